"""The hook for pre-commit, from this repository, with the wheel that was built."""

import os
import subprocess
import tomllib
from pathlib import Path

from conftest import NPM

import scalr_detect

ROOT = Path(__file__).parents[3]


def run(*command: str | Path, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_hook_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == scalr_detect.__version__
    assert project["dependencies"] == [f"scalr-detect=={scalr_detect.__version__}"]


def test_the_hook(tmp_path: Path) -> None:
    wheel = os.environ.get("SCALR_DETECT_WHEEL")
    assert wheel is not None, "SCALR_DETECT_WHEEL is not set: run `cargo xtask test python`, which sets it"
    # What is released is looked for among the wheels that were built.
    environment = {
        **os.environ,
        "PIP_FIND_LINKS": str(Path(wheel).parent),
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    # A repository with the hook and nothing else, as cloning this one would need all of it to be committed.
    hook, user = tmp_path / "hook", tmp_path / "user"
    for folder in (hook, user):
        folder.mkdir()
        run("git", "init", "-q", cwd=folder, environment=environment)
    for name in (".pre-commit-hooks.yaml", "pyproject.toml"):
        (hook / name).write_text((ROOT / name).read_text())
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    run("git", "add", "-A", cwd=hook, environment=environment)
    run("git", *identity, "commit", "-qm", "hook", cwd=hook, environment=environment)
    (user / "-clean.txt").write_text("nothing to see here\n")
    run("git", "add", "-A", cwd=user, environment=environment)
    command = ("pre-commit", "try-repo", hook, "scalr-detect", "--all-files", "--verbose")
    result = run(*command, cwd=user, environment=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "scalr-detect" in result.stdout and "Passed" in result.stdout
    (user / "dirty é.txt").write_text(f"token = {NPM}\n")
    run("git", "add", "-A", cwd=user, environment=environment)
    result = run(*command, cwd=user, environment=environment)
    assert result.returncode == 1 and "npm-access-token" in result.stdout
    assert NPM not in result.stdout + result.stderr
