"""The package as it is installed: version, types, documentation, the command."""

import ast
import importlib.metadata
import inspect
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import NPM

import scalr_detect
from scalr_detect import _native, respond

ROOT = Path(__file__).parents[3]
PACKAGE = Path(scalr_detect.__file__).parent
STUB = ast.parse((PACKAGE / "_native.pyi").read_text())


def test_it_is_the_installed_one() -> None:
    assert ROOT not in PACKAGE.parents or "site-packages" in PACKAGE.parts


def test_there_is_one_version() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    assert scalr_detect.__version__ == _native.__version__ == importlib.metadata.version("scalr-detect") == cargo


def test_it_says_what_it_is() -> None:
    metadata = importlib.metadata.metadata("scalr-detect")
    assert metadata["License-Expression"] == "MIT OR Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    # Nothing else is installed with it.
    assert all("extra ==" in wanted for wanted in importlib.metadata.requires("scalr-detect") or [])
    files = {str(file) for file in importlib.metadata.files("scalr-detect") or []}
    assert "scalr_detect/py.typed" in files and "scalr_detect/_native.pyi" in files
    assert any(file.endswith("LICENSE-MIT") for file in files)
    assert not any("test" in file for file in files)


def test_all_names_are_there() -> None:
    everything = [(scalr_detect, name) for name in scalr_detect.__all__] + [(respond, name) for name in respond.__all__]
    for module, name in everything:
        one = getattr(module, name)
        assert name == "__version__" or one.__doc__, name
        if isinstance(one, type):
            assert one.__module__.startswith("scalr_detect")


def documented() -> list[tuple[str, str]]:
    """Names in the stub and their documentation, which is that of the last overload."""
    found: dict[str, str] = {}
    for node in STUB.body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            continue
        if text := ast.get_docstring(node):
            found[node.name] = text
        for below in getattr(node, "body", []):
            if isinstance(below, ast.FunctionDef) and (text := ast.get_docstring(below)):
                found[f"{node.name}.{below.name}"] = text
    return list(found.items())


def runtime(name: str) -> Any:
    one: Any = _native
    for part in name.split("."):
        one = inspect.getattr_static(one, part)
    return one


@pytest.mark.parametrize(("name", "text"), documented())
def test_help_says_what_the_stub_says(name: str, text: str) -> None:
    assert inspect.cleandoc(runtime(name).__doc__ or "") == text


def test_whatever_is_public_is_documented() -> None:
    names = {name for name, _ in documented()}
    for node in STUB.body:
        if isinstance(node, ast.ClassDef):
            assert node.name in names
            for below in node.body:
                if isinstance(below, ast.FunctionDef) and not below.name.startswith("_"):
                    assert f"{node.name}.{below.name}" in names


def run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


COMMANDS = [
    [os.path.join(sysconfig.get_path("scripts"), "scalr-detect")],
    [sys.executable, "-m", "scalr_detect"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=["script", "module"])
def test_the_command(command: list[str], tmp_path: Path) -> None:
    assert run(*command, "--version").stdout == f"scalr-detect {scalr_detect.__version__}\n"
    clean, dirty = tmp_path / "clean", tmp_path / "-dirty é"
    clean.write_text("nothing\n")
    dirty.write_text(f"token = {NPM}\n")
    assert run(*command, "scan", str(clean)).returncode == 0
    result = run(*command, "scan", "--format", "jsonl", "--", dirty.name, cwd=tmp_path)
    assert result.returncode == 1
    found = json.loads(result.stdout.splitlines()[0])
    assert (found["detector"], found["path"], found["start"]) == ("npm-access-token", dirty.name, 8)
    assert NPM not in result.stdout + result.stderr
    assert run(*command, "scan", str(tmp_path / "missing")).returncode == 3
    wrong = run(*command, "scna")
    assert wrong.returncode == 2 and "scan" in wrong.stderr
    assert run(*command, "scan", "-", input=f"x {NPM}\n").returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
def test_the_command_with_a_name_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff\xfe")).write_text(NPM)
    assert run(*COMMANDS[0], "scan", os.fsdecode(b"\xff\xfe"), cwd=tmp_path).returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="there are no such signals elsewhere")
def test_the_command_stops_when_interrupted() -> None:
    import signal

    command = [*COMMANDS[0], "scan", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write(b"x" * 200_000)
        process.stdin.flush()  # It reads, so it runs.
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 3
        assert b"interrupted" in process.stdout.read() + process.stderr.read()


def test_wheel() -> None:
    wheel = os.environ.get("SCALR_DETECT_WHEEL")
    assert wheel is not None, "SCALR_DETECT_WHEEL is not set: run `cargo xtask test python`, which sets it"
    name = Path(wheel).name
    assert re.fullmatch(r"scalr_detect-[0-9.]+-cp311-abi3-\w+\.whl", name), name
    assert Path(wheel).stat().st_size < 6 << 20
