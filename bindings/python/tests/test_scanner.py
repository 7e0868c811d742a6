"""The scanner: options, arguments of every kind, errors."""

import copy
import io
import mmap
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import GITLAB, NPM, brief

import scalr_detect
from scalr_detect import BuildError, Scanner

CUSTOM = """
provider = "Acme"
references = ["https://docs.example.com/tokens"]
remediation = "Revoke it."
impact = "All."

[[detector]]
id = "acme-token"
name = "Acme token"
kind = "prefixed"
severity = "low"
token = 'acmetok_[0-9A-Za-z]{32}'
hit = ['ACME=«acmetok_{base62:32}»', 'token: «acmetok_{base62:32}»']
miss = [{ text = 'ACME=acmetok_{base62:20}', why = "truncated" }]
"""


def test_a_finding_has_all_there_is_to_say() -> None:
    text = f"first\nkey 🔑 = {NPM} ok"
    [found] = scalr_detect.scan(text)
    assert (found.detector, found.start, found.end) == ("npm-access-token", 14, 54 - 14 + 14)
    assert text[found.start : found.end] == NPM
    assert (found.match_start, found.match_end) == (14, 54)
    assert (found.line, found.column) == (2, 9)
    assert (found.confidence, found.severity) == ("checked", scalr_detect.catalog()["npm-access-token"].severity)
    assert len(found.fingerprint) == 32 and int(found.fingerprint, 16)
    assert found.decoded_by == ()
    assert isinstance(found.details, dict)
    assert found.secret == NPM.encode()


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["npm-access-token", "gitlab-personal-access-token"]),
        ({"only": ["npm-access-token"]}, ["npm-access-token"]),
        ({"only": ("npm-*", "gitlab-*")}, ["npm-access-token", "gitlab-personal-access-token"]),
        ({"only": iter(["npm-*"])}, ["npm-access-token"]),
        ({"exclude": {"npm-access-token"}}, ["gitlab-personal-access-token"]),
        ({"exclude": []}, ["npm-access-token", "gitlab-personal-access-token"]),
        ({"only": None, "exclude": None, "min_confidence": "checked", "decoders": False, "custom": None}, None),
    ],
)
def test_options(options: dict[str, Any], ids: list[str] | None) -> None:
    found = Scanner(**options).scan(f"a {NPM} b {GITLAB} c")
    if ids is not None:
        assert [one.detector for one in found] == ids
    assert all(one.confidence == "checked" for one in found if options.get("min_confidence"))


def test_decoders() -> None:
    import base64

    data = b"data: " + base64.b64encode(f"my token is {NPM}, keep it".encode())
    [found] = scalr_detect.scan(data)
    assert (found.decoded_by, found.secret) == (("base64",), NPM.encode())
    assert Scanner(decoders=False).scan(data) == []


def test_custom_detectors() -> None:
    token = "acmetok_" + "q8Zr3Tn6Yw1Kd5Bv9Xm2Hs7Jf4Gc0LpA"
    scanner = Scanner(custom=CUSTOM)
    [found] = scanner.scan(f"ACME={token}")
    assert (found.detector, found.severity, found.secret) == ("acme-token", "low", token.encode())
    assert [one.detector for one in scanner.scan(f"{NPM} ")] == ["npm-access-token"]
    assert [one.detector for one in Scanner(only=["acme-token"], custom=CUSTOM).scan(f"{NPM} {token}")] == ["acme-token"]
    assert scalr_detect.scan(f"{token}") == [] or scalr_detect.scan(f"{token}")[0].detector != "acme-token"


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"only": ["gitlab-personal-acces-token"]}, BuildError, "did you mean .*gitlab-personal-access-token"),
        ({"exclude": ["npm-acces-token"]}, BuildError, "did you mean .*npm-access-token"),
        ({"only": ["zzzzzzzzzzz"]}, BuildError, "unknown detector"),
        ({"only": []}, BuildError, "leave it out"),
        ({"only": "npm-access-token"}, TypeError, r"only=\["),
        ({"only": 3}, TypeError, r"only=\["),
        ({"only": [3]}, TypeError, r"only=\["),
        ({"exclude": "npm-*"}, TypeError, r"exclude=\["),
        ({"min_confidence": "sure"}, BuildError, "low, medium, high, checked"),
        ({"min_confidence": None}, TypeError, "min_confidence"),
        ({"min_confidence": 1}, TypeError, "min_confidence"),
        ({"decoders": "yes"}, TypeError, "decoders"),
        ({"custom": b"x"}, TypeError, "custom"),
        ({"custom": "not toml at all ["}, BuildError, "custom"),
        ({"custom": CUSTOM.replace("severity", "sverity")}, BuildError, "sverity"),
        ({"custom": CUSTOM.replace("acme-token", "npm-access-token")}, BuildError, "npm-access-token"),
        ({"confidence": "low"}, TypeError, "confidence"),
    ],
)
def test_wrong_options(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Scanner(**options)


def test_options_have_names() -> None:
    with pytest.raises(TypeError):
        Scanner(["npm-*"])  # type: ignore[call-arg]


def test_an_error_of_an_iterator_is_passed_on() -> None:
    def ids() -> Any:
        yield "npm-*"
        raise OSError("no more ids")

    with pytest.raises(OSError, match="no more ids"):
        Scanner(only=ids())


def test_errors_have_no_secret() -> None:
    # A file that is no detector file, passed by mistake.
    with pytest.raises(BuildError) as caught:
        Scanner(custom=f"TOKEN={NPM}\n")
    assert NPM not in str(caught.value) and NPM not in repr(caught.value)
    with pytest.raises(TypeError) as wrong:
        scalr_detect.scan([NPM])  # type: ignore[arg-type]
    assert NPM not in str(wrong.value)


@pytest.mark.parametrize("method", ["scan", "is_match", "redact"])
@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (None, TypeError, "NoneType"),
        (3, TypeError, "int"),
        ([b"x"], TypeError, "list"),
        (io.BytesIO(b"x"), TypeError, "BytesIO"),
        (Path("x"), TypeError, "Path"),
        (memoryview(b"abcdefgh").cast("I"), TypeError, r"cast\('B'\)"),
        (memoryview(b"abcdefgh").cast("B", (2, 4)), TypeError, r"cast\('B'\)"),
        (numpy.zeros(4, dtype=numpy.uint16), TypeError, "uint8"),
        (numpy.zeros((2, 2), dtype=numpy.uint8), TypeError, "one dimension"),
        (memoryview(b"abcdefgh")[::2], BufferError, "gaps"),
        (memoryview(b"abcdefgh")[::-1], BufferError, "gaps"),
        (numpy.zeros(8, dtype=numpy.uint8)[::2], BufferError, "gaps"),
    ],
)
def test_wrong_data(method: str, data: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        getattr(Scanner(), method)(data)
    with pytest.raises(error, match=says):
        getattr(scalr_detect, method)(data)


def test_closed_objects() -> None:
    view = memoryview(bytearray(b"x"))
    view.release()
    with pytest.raises(ValueError):
        scalr_detect.scan(view)
    mapped = mmap.mmap(-1, 10)
    mapped.close()
    with pytest.raises(ValueError):
        scalr_detect.scan(mapped)


@pytest.mark.parametrize("empty", ["", b"", bytearray(), memoryview(b""), memoryview(bytearray()), numpy.zeros(0, numpy.uint8)])
def test_nothing_in_it(empty: Any) -> None:
    assert scalr_detect.scan(empty) == []
    assert not scalr_detect.is_match(empty)
    assert len(scalr_detect.redact(empty)) == 0


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, bytes.decode])
@pytest.mark.parametrize("size", [2047, 2048, 2049, 262_143, 262_144, 262_145, 5_000_000])
def test_sizes(make: Any, size: int) -> None:
    line = b"nothing to see in this line of text, and so on\n"
    tail = f" {NPM}".encode()
    data = (line * (size // len(line) + 1))[: size - len(tail)] + tail
    passed = make(data)
    [found] = scalr_detect.scan(passed)
    assert (found.start, found.end, found.secret) == (size - len(NPM), size, NPM.encode())
    assert scalr_detect.is_match(passed)
    redacted = scalr_detect.redact(passed)
    assert len(redacted) == size - len(NPM) + len("[npm-access-token:012345]")
    assert scalr_detect.scan(redacted) == []


def test_huge() -> None:
    data = bytearray(300 << 20)
    data[-100:-100 + len(NPM)] = NPM.encode()
    at = len(data) - 100
    for passed in (data, memoryview(data).toreadonly()):
        [found] = scalr_detect.scan(passed)
        assert (found.start, found.end) == (at, at + len(NPM))


def test_the_type_stays() -> None:
    class Text(str):
        pass

    clean, dirty = "clean", f"dirty {NPM}"
    assert scalr_detect.redact(clean) is clean
    assert type(scalr_detect.redact(Text(clean))) is str
    data = clean.encode()
    assert scalr_detect.redact(data) is data
    for text in (clean, dirty):
        data = text.encode()
        assert type(scalr_detect.redact(text)) is str
        assert type(scalr_detect.redact(data)) is bytes
        changing = bytearray(data)
        redacted = scalr_detect.redact(changing)
        assert type(redacted) is bytearray and redacted is not changing
        assert type(scalr_detect.redact(memoryview(data))) is memoryview
        # Before Python 3.12 numpy does not say that its arrays are buffers.
        array: Any = numpy.frombuffer(data, dtype=numpy.uint8)
        assert type(scalr_detect.redact(array)) is bytes
    assert scalr_detect.redact(dirty).startswith("dirty [npm-access-token:")


@pytest.mark.parametrize(
    "text",
    [
        f"\udc80\udcff {NPM} \udc80",
        f"é\ud83d {NPM}",
        f"𝒳好é\x00 {NPM} 🔑",
    ],
)
def test_text_with_any_characters(text: str) -> None:
    [found] = scalr_detect.scan(text)
    assert text[found.start : found.end] == NPM
    assert found.column == found.start + 1
    assert scalr_detect.is_match(text)
    redacted = scalr_detect.redact(text)
    assert redacted == text[: found.start] + f"[npm-access-token:{found.fingerprint[:6]}]" + text[found.end :]
    unchanged = text.replace(NPM, "")
    assert scalr_detect.redact(unchanged) == unchanged


def test_invalid_utf8_is_searched() -> None:
    data = b"\xff\xfe\x80 " + NPM.encode() + b" \xc3"
    [found] = scalr_detect.scan(data)
    assert data[found.start : found.end] == NPM.encode()
    assert scalr_detect.redact(data).startswith(b"\xff\xfe\x80 [npm-access-token:")


@pytest.mark.parametrize("as_path", [str, Path, os.fsencode])
def test_files(tmp_path: Path, as_path: Any) -> None:
    path = tmp_path / "näme.txt"
    path.write_text(f"token = {NPM}\n")
    [found] = Scanner().scan_file(as_path(path))
    assert (found.start, found.line, found.column) == (8, 1, 9)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as caught:
        Scanner().scan_file(missing)
    assert caught.value.filename == missing
    assert caught.value.strerror == "No such file or directory"
    with pytest.raises(IsADirectoryError):
        Scanner().scan_file(tmp_path)
    with pytest.raises((ValueError, OSError)):
        Scanner().scan_file("a\0b")
    with pytest.raises(TypeError):
        Scanner().scan_file(3)  # type: ignore[arg-type]


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0, io.SEEK_END)
        file.write(f"\n{NPM}\n".encode())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [found] = Scanner().scan_file(path)
    assert found.start == (1 << 30) + 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_a_large_mapped_file_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(200 << 20)
        file.seek(0, io.SEEK_END)
        file.write(f"\n{NPM}\n".encode())
    with path.open("rb") as large, mmap.mmap(large.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        [found] = scalr_detect.scan(mapped)
        assert found.start == (200 << 20) + 1


def test_pickled_scanners_find_the_same() -> None:
    scanner = Scanner(only=["npm-*", "acme-token"], min_confidence="low", decoders=False, custom=CUSTOM)
    for again in (pickle.loads(pickle.dumps(scanner)), copy.deepcopy(scanner), copy.copy(scanner)):
        assert repr(again) == repr(scanner)
        assert brief(again.scan(f"{NPM} {GITLAB}")) == brief(scanner.scan(f"{NPM} {GITLAB}"))


def test_representations() -> None:
    assert repr(Scanner()) == "Scanner(only=None, exclude=None, min_confidence=\"medium\", decoders=True, custom=None)"
    scanner = Scanner(only=["npm-*"], exclude=["npm-access-token"], custom=CUSTOM)
    assert "custom=..." in repr(scanner) and '["npm-*"]' in repr(scanner)


def test_nothing_can_be_changed() -> None:
    scanner = Scanner()
    [found] = scanner.scan(NPM)
    for one, name in [(scanner, "x"), (found, "start"), (found, "x"), (scalr_detect.Detector("npm-access-token"), "id")]:
        with pytest.raises(AttributeError):
            setattr(one, name, 1)
    with pytest.raises(TypeError):
        type("Sub", (Scanner,), {})
    with pytest.raises(TypeError):
        scalr_detect.catalog()["x"] = 1  # type: ignore[index]


def test_a_panic_is_an_error() -> None:
    from scalr_detect import _native

    with pytest.raises(RuntimeError, match="bug"):
        _native._panic()
    assert scalr_detect.scan("x") == []


def test_references_are_not_lost() -> None:
    data = b"x" * 10_000 + NPM.encode()
    changing = bytearray(data)
    before = sys.getrefcount(data)
    for _ in range(100):
        scalr_detect.scan(data)
        scalr_detect.scan(changing)
    assert sys.getrefcount(data) == before
    changing.append(0)  # Nobody holds its buffer any more.
