"""What the tests share. No secret stands in a file: they are put together here, or come from the corpus."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import scalr_detect

NPM = "npm_" + "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP"
GITLAB = "glpat-" + "x7Kd9mQ2vR4tY8wZ3pLs"


class Haystack:
    """One of the corpus: bytes, and what the library finds in them."""

    def __init__(self, name: str, data: bytes, findings: list[tuple[str, int, int, str]]) -> None:
        self.name = name
        self.data = data
        self.findings = findings

    def text(self) -> str | None:
        """Its text, if it is one."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return None

    def findings_in_characters(self) -> list[tuple[str, int, int, str]]:
        """The same, with offsets in characters: of the text before them, decoded."""
        return [
            (detector, len(self.data[:start].decode()), len(self.data[:end].decode()), fingerprint)
            for detector, start, end, fingerprint in self.findings
        ]


def brief(findings: list[scalr_detect.Finding]) -> list[tuple[str, int, int, str]]:
    return [(found.detector, found.start, found.end, found.fingerprint) for found in findings]


@pytest.fixture(scope="session")
def corpus() -> list[Haystack]:
    path = os.environ.get("SCALR_DETECT_CORPUS")
    if path is None:
        pytest.fail("SCALR_DETECT_CORPUS is not set: run `cargo xtask test`, or point it to what `cargo xtask corpus --json` prints")
    objects: list[Any] = json.loads(Path(path).read_text())
    haystacks = [
        Haystack(
            one["name"],
            bytes.fromhex(one["haystack"]),
            [(found["detector"], found["start"], found["end"], found["fingerprint"]) for found in one["findings"]],
        )
        for one in objects
    ]
    assert len(haystacks) > 9000
    assert sum(len(one.findings) for one in haystacks) > 5000
    return haystacks


@pytest.fixture(scope="session")
def low() -> scalr_detect.Scanner:
    """The scanner of the corpus."""
    return scalr_detect.Scanner(min_confidence="low")
