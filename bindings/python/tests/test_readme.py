"""The examples of the README run, one after the other."""

import re
from pathlib import Path

import pytest
from conftest import NPM

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)


def test_examples(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(README.parent)
    assert len(EXAMPLES) == 9
    names = {"TOKEN": NPM}
    for example in EXAMPLES:
        exec(compile(example, str(README), "exec"), names)
    shown = capsys.readouterr()
    assert "npm-access-token 14 54 checked" in shown.out
    assert "token=[npm-access-token:" in shown.out
    assert "Contain the leak" in shown.out and "deploy.py" in shown.out
    assert "login failed: [npm-access-token:" in shown.err
    assert NPM not in shown.out + shown.err
