"""The corpus of the library gives the same findings whatever it is passed as."""

import array
import mmap
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import Haystack, brief

from scalr_detect import Scanner


class Writable(bytearray):
    pass


def read_only(data: bytes) -> Any:
    return numpy.frombuffer(data, dtype=numpy.uint8)


PASSED_AS: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "a bytearray's subclass": Writable,
    "memoryview": memoryview,
    "writable memoryview": lambda data: memoryview(bytearray(data)),
    "read-only view of a bytearray": lambda data: memoryview(bytearray(data)).toreadonly(),
    "view of an array": lambda data: memoryview(array.array("B", data)),
    "view of a read-only numpy array": lambda data: memoryview(read_only(data or b"x"))[: len(data)],
    "slice of a memoryview": lambda data: memoryview(b"xyz" + data + b"xyz")[3:-3],
    "unaligned writable memoryview": lambda data: memoryview(bytearray(b"xyz" + data + b"xyz"))[3:-3],
    "array": lambda data: array.array("B", data),
    "signed array": lambda data: array.array("b", data),
    "numpy array": lambda data: numpy.frombuffer(bytearray(data), dtype=numpy.uint8),
    "read-only numpy array": read_only,
}


@pytest.mark.parametrize("passed_as", PASSED_AS)
def test_buffers(corpus: list[Haystack], low: Scanner, passed_as: str) -> None:
    make = PASSED_AS[passed_as]
    for haystack in corpus:
        if passed_as.endswith("numpy array") and not haystack.data:
            continue  # numpy makes no array of nothing.
        data = make(haystack.data)
        assert brief(low.scan(data)) == haystack.findings, haystack.name
        assert low.is_match(data) == bool(haystack.findings), haystack.name


def test_text(corpus: list[Haystack], low: Scanner) -> None:
    texts = not_ascii = 0
    for haystack in corpus:
        text = haystack.text()
        if text is None:
            continue
        texts += 1
        not_ascii += not text.isascii()
        findings = low.scan(text)
        assert brief(findings) == haystack.findings_in_characters(), haystack.name
        for found, in_bytes in zip(findings, low.scan(haystack.data), strict=True):
            assert found.match_start == len(haystack.data[: in_bytes.match_start].decode())
            assert found.match_end == len(haystack.data[: in_bytes.match_end].decode())
            assert found.secret == in_bytes.secret
            before = text[: found.start]
            assert found.line == 1 + before.count("\n") == in_bytes.line
            assert found.column == found.start - before.rfind("\n")
            if not found.decoded_by:
                assert text[found.start : found.end].encode() == found.secret
    assert texts > 8000
    assert not_ascii > 200


def test_files(corpus: list[Haystack], low: Scanner, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for haystack in corpus[::7]:
        path.write_bytes(haystack.data)
        assert brief(low.scan_file(path)) == haystack.findings, haystack.name
        if not haystack.data:
            continue  # Nothing cannot be mapped.
        for access in (mmap.ACCESS_READ, mmap.ACCESS_WRITE, mmap.ACCESS_COPY):
            with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=access) as mapped:
                assert brief(low.scan(mapped)) == haystack.findings, haystack.name


def expected(haystack: Haystack) -> bytes:
    """What redaction makes of it."""
    out, at = b"", 0
    for detector, start, end, fingerprint in haystack.findings:
        out += haystack.data[at:start] + f"[{detector}:{fingerprint[:6]}]".encode()
        at = end
    return out + haystack.data[at:]


def test_redaction(corpus: list[Haystack], low: Scanner) -> None:
    replaced = 0
    for haystack in corpus:
        redacted = low.redact(haystack.data)
        # The findings of a secret that is a part of another are left out of a scan; redaction replaces them too.
        assert len(re.findall(rb"\[[a-z0-9-]+:[0-9a-f]{6}\]", redacted)) >= len(haystack.findings), haystack.name
        replaced += redacted == expected(haystack)
        text = haystack.text()
        if text is not None:
            assert low.redact(text) == redacted.decode(), haystack.name
        assert low.redact(bytearray(haystack.data)) == redacted, haystack.name
        assert low.redact(memoryview(haystack.data)) == redacted, haystack.name
        assert low.redact(array.array("B", haystack.data)) == redacted, haystack.name
        redactor = low.bytes_redactor()
        pieces = [redactor.push(haystack.data[at : at + 50]) for at in range(0, len(haystack.data), 50)]
        assert b"".join([*pieces, redactor.finish()]) == redacted, haystack.name
    assert replaced > 0.95 * len(corpus)
