"""The hook for pre-commit, from this repository, with the wheel that was built."""

import os
import subprocess
import tomllib
from pathlib import Path

from conftest import NPM

import scalr_detect

ROOT = Path(__file__).parents[3]
IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.com")


def run(*command: str | Path, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_hook_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == scalr_detect.__version__
    assert project["dependencies"] == [f"scalr-detect=={scalr_detect.__version__}"]


def environment_for(folder: Path) -> dict[str, str]:
    wheel = os.environ.get("SCALR_DETECT_WHEEL")
    assert wheel is not None, "SCALR_DETECT_WHEEL is not set: run `cargo xtask test python`, which sets it"
    # What is released is looked for among the wheels that were built.
    return {
        **os.environ,
        "PIP_FIND_LINKS": str(Path(wheel).parent),
        "PRE_COMMIT_HOME": str(folder / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def make_hook_repository(folder: Path, environment: dict[str, str]) -> None:
    """A repository with the hooks and nothing else, as cloning this one would need all of it to be committed."""
    folder.mkdir()
    run("git", "init", "-q", cwd=folder, environment=environment)
    for name in (".pre-commit-hooks.yaml", "pyproject.toml"):
        (folder / name).write_text((ROOT / name).read_text())
    run("git", "add", "-A", cwd=folder, environment=environment)
    run("git", *IDENTITY, "commit", "-qm", "hook", cwd=folder, environment=environment)


def test_the_hook(tmp_path: Path) -> None:
    environment = environment_for(tmp_path)
    hook, user = tmp_path / "hook", tmp_path / "user"
    make_hook_repository(hook, environment)
    user.mkdir()
    run("git", "init", "-q", cwd=user, environment=environment)
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


def test_the_hooks_for_commits_messages_and_pushes(tmp_path: Path) -> None:
    environment = environment_for(tmp_path)
    hook, user, server = tmp_path / "hook", tmp_path / "user", tmp_path / "server.git"
    make_hook_repository(hook, environment)
    run("git", "init", "-q", "--bare", server, cwd=tmp_path, environment=environment)
    user.mkdir()

    def git(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run("git", *IDENTITY, *arguments, cwd=user, environment=environment)

    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", server)
    revision = run("git", "rev-parse", "HEAD", cwd=hook, environment=environment).stdout.strip()
    ids = ("scalr-detect-staged", "scalr-detect-message", "scalr-detect-push")
    hooks = "".join(f"      - id: {id}\n" for id in ids)
    configuration = f"repos:\n  - repo: {hook}\n    rev: {revision}\n    hooks:\n{hooks}"
    (user / ".pre-commit-config.yaml").write_text(configuration)
    types = ("-t", "pre-commit", "-t", "commit-msg", "-t", "pre-push")
    result = run("pre-commit", "install", *types, cwd=user, environment=environment)
    assert result.returncode == 0, result.stdout + result.stderr

    def refused(result: subprocess.CompletedProcess[str], *parts: str) -> None:
        said = result.stdout + result.stderr
        assert result.returncode != 0, said
        assert all(part in said for part in parts), said
        assert NPM not in said

    # What is staged is scanned, and not what is in the work tree.
    (user / "a.txt").write_text("clean\n")
    git("add", "-A")
    result = git("commit", "-qm", "clean")
    assert result.returncode == 0, result.stdout + result.stderr
    (user / "a.txt").write_text(f"token = {NPM}\n")
    git("add", "-A")
    (user / "a.txt").write_text("clean again\n")
    refused(git("commit", "-qm", "leak"), "a.txt:1:9", "this commit is refused")
    git("add", "-A")
    refused(git("commit", "-qm", f"with {NPM}"), "COMMIT_EDITMSG:1:6", "its message")
    # The first push of a repository, a push without anything bad, and one that adds and removes.
    result = git("push", "-q", "origin", "main")
    assert result.returncode == 0, result.stdout + result.stderr
    (user / "a.txt").write_text(f"token = {NPM}\n")
    git("add", "-A")
    git("commit", "-q", "--no-verify", "-m", "leak")
    (user / "a.txt").write_text("clean\n")
    git("add", "-A")
    result = git("commit", "-qm", "unleak")
    assert result.returncode == 0, result.stdout + result.stderr
    refused(git("push", "-q", "origin", "main"), "a.txt:1:9", "this push is refused")
    refused(git("push", "-q", "origin", "main:new"), "a.txt:1:9", "this push is refused")
