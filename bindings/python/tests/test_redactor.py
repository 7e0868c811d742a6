"""Redaction of logs and streams."""

import contextlib
import io
import logging
import logging.config
import sys
import threading
from typing import Any

import pytest
from conftest import GITLAB, NPM, Haystack

import scalr_detect
from scalr_detect import Redactor, Scanner


def chunks(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.fixture
def logged() -> Any:
    """A logger, and what its handler with a redactor writes."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(Redactor())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, out


@pytest.mark.parametrize(
    ("message", "args", "expected"),
    [
        ("nothing %s here %d", ("to see", 3), "INFO nothing to see here 3"),
        ("no arguments, 100%", (), "INFO no arguments, 100%"),
        (f"token {NPM}", (), "INFO token [npm-access-token:"),
        ("token %s", (NPM,), "INFO token [npm-access-token:"),
        ("token %(token)s", ({"token": NPM},), "INFO token [npm-access-token:"),
        ("100%% of %s", (NPM,), "INFO 100% of [npm-access-token:"),
        # A message of which only the whole is a secret.
        ("token npm_%s", (NPM[4:],), "INFO token [npm-access-token:"),
        ({"a": NPM}, (), "INFO {'a': '[npm-access-token:"),
        (ValueError(NPM), (), "INFO [npm-access-token:"),
        # Mistakes in logging calls.
        ("too few %s %s", (NPM,), "INFO too few %s %s ('[npm-access-token:"),
        ("no place", (NPM,), "INFO no place ('[npm-access-token:"),
    ],
)
def test_messages(logged: Any, message: Any, args: Any, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    logger, out = logged
    logger.info(message, *args)
    assert out.getvalue().startswith(expected)
    assert NPM not in out.getvalue() and NPM not in capsys.readouterr().err


def test_tracebacks_and_stacks(logged: Any) -> None:
    logger, out = logged
    try:
        raise ValueError(f"bad token {NPM}")
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert "ValueError: bad token [npm-access-token:" in out.getvalue()
    assert "Stack (most recent call last)" in out.getvalue()
    assert NPM not in out.getvalue()


def test_what_else_is_in_a_record() -> None:
    record = logging.makeLogRecord({"msg": "m", "exc_text": f"Error: {NPM}", "stack_info": f"in {NPM}"})
    cycle: list[Any] = [NPM]
    cycle.append(cycle)
    extra = {
        "header": f"Bearer {NPM}",
        "nested": {"a": [NPM, {"b": (NPM, 3)}], NPM: {NPM}},
        "raw": NPM.encode(),
        "number": 3,
        "cycle": cycle,
    }
    vars(record).update(extra)
    assert Redactor().filter(record) is True
    assert NPM not in record.exc_text and NPM not in record.stack_info  # type: ignore[operator]
    for name in ("header", "nested", "raw"):
        assert NPM not in repr(vars(record)[name]), name
    assert vars(record)["number"] == 3
    assert extra["header"] == f"Bearer {NPM}"


def test_a_record_without_a_secret_stays_as_it_is() -> None:
    record = logging.makeLogRecord({"msg": "m", "name": "n", "extra": "x"})
    before = dict(vars(record))
    assert Redactor().filter(record)
    assert vars(record) == before


def test_the_template_stays_where_there_is_no_secret() -> None:
    record = logging.makeLogRecord({"msg": "%s and %.3s", "args": ("a", NPM)})
    assert Redactor().filter(record)
    assert record.msg == "%s and %.3s" and record.getMessage() == "a and [np"
    assert NPM not in repr(record.args)


def test_filter_of_a_configuration() -> None:
    out = io.StringIO()
    logging.config.dictConfig(
        {
            "version": 1,
            "filters": {"redact": {"()": "scalr_detect.Redactor"}},
            "handlers": {"h": {"class": "logging.StreamHandler", "stream": out, "filters": ["redact"]}},
            "loggers": {"configured": {"handlers": ["h"], "level": "INFO"}},
        }
    )
    logging.getLogger("configured.child").info("token %s", NPM)
    assert out.getvalue().startswith("token [npm-access-token:")
    assert isinstance(Redactor(), logging.Filter)


def test_the_scanner_decides() -> None:
    record = logging.makeLogRecord({"msg": f"{NPM} {GITLAB}"})
    Redactor(scanner=Scanner(only=["npm-*"])).filter(record)
    assert NPM not in record.msg and GITLAB in record.msg


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_pushed_text(size: int) -> None:
    text = f"é好🔑 \udc80 token={NPM} 🔑好é\nnext {GITLAB}" * 3
    redactor = Redactor()
    pieces = [redactor.push(piece) for piece in chunks(text, size)]
    assert "".join([*pieces, redactor.finish()]) == scalr_detect.redact(text)


def test_long_words_are_cut_between_characters() -> None:
    text = "🔑" * 300_000
    redactor = Redactor()
    pieces = [redactor.push(piece) for piece in chunks(text, 50_001)]
    assert any(pieces)
    assert "".join([*pieces, redactor.finish()]) == text


def test_corpus(corpus: list[Haystack]) -> None:
    for haystack in corpus[::5]:
        text = haystack.text()
        if text is None:
            continue
        redactor = Redactor()
        pieces = [redactor.push(piece) for piece in chunks(text, 50)]
        assert "".join([*pieces, redactor.finish()]) == scalr_detect.redact(text), haystack.name


def test_a_stream() -> None:
    out = io.StringIO()
    with Redactor(out) as redactor:
        print("a line", file=redactor)
        assert out.getvalue() == "a line\n"
        assert redactor.write("token npm_") == 10
        redactor.flush()
        assert out.getvalue() == "a line\ntoken "
        redactor.writelines([NPM[4:20], NPM[20:]])
        redactor.flush()
        assert NPM[4:20] not in out.getvalue()
    assert out.getvalue().startswith("a line\ntoken [npm-access-token:")
    assert redactor.closed and not out.closed
    redactor.close()
    for call in (lambda: redactor.write("x"), lambda: redactor.push("x"), redactor.finish):
        with pytest.raises(ValueError):
            call()
    assert redactor.filter(logging.makeLogRecord({"msg": "still a filter"}))


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with Redactor(sys.stdout) as out, contextlib.redirect_stdout(out):
        print("token", NPM)
        print(NPM, end="")
    assert NPM not in capsys.readouterr().out


def test_as_a_text_stream() -> None:
    redactor = Redactor(io.StringIO())
    assert redactor.writable() and not redactor.readable() and not redactor.seekable() and not redactor.isatty()
    assert isinstance(redactor, io.TextIOBase)
    assert redactor.encoding
    with pytest.raises(OSError):
        redactor.fileno()
    with pytest.raises(OSError):
        redactor.read()
    redactor.close()


@pytest.mark.parametrize("text", [b"x", None, 3, bytearray(b"x")])
def test_only_text(text: Any) -> None:
    with Redactor(io.StringIO()) as redactor:
        for call in (redactor.push, redactor.write):
            with pytest.raises(TypeError, match="str is needed"):
                call(text)


def test_without_a_stream() -> None:
    redactor = Redactor()
    with pytest.raises(ValueError, match=r"Redactor\(stream\)"):
        redactor.write("x")
    assert not redactor.writable()
    redactor.flush()
    redactor.close()


def test_a_stream_that_fails() -> None:
    class Broken:
        def write(self, text: str, /) -> None:
            raise OSError("disk full")

    redactor = Redactor(Broken())
    with pytest.raises(OSError, match="disk full"):
        redactor.write("a line\n")
    redactor.write("wo")
    with pytest.raises(OSError, match="disk full"):
        redactor.close()
    assert redactor.closed


def test_bytes() -> None:
    redactor = Scanner().bytes_redactor()
    out = redactor.push(b"token ")
    out += redactor.push(bytearray(NPM[:10].encode()))
    out += redactor.push(memoryview(NPM[10:].encode()))
    out += redactor.push(memoryview(bytearray(b" \xff" * 300_000)))
    out += redactor.finish()
    assert out.startswith(b"token [npm-access-token:") and out.endswith(b" \xff")
    assert out == scalr_detect.redact(f"token {NPM}".encode() + b" \xff" * 300_000)
    with pytest.raises(ValueError, match="finished"):
        redactor.push(b"x")
    with pytest.raises(ValueError, match="finished"):
        redactor.finish()
    with pytest.raises(TypeError, match="use Redactor"):
        Scanner().bytes_redactor().push("text")  # type: ignore[arg-type]


def test_nothing_shows_what_is_held_back() -> None:
    redactor = Redactor(io.StringIO())
    redactor.write(NPM)
    assert NPM not in repr(redactor) and NPM not in repr(redactor._redactor)
    redactor.close()


def test_threads_write_whole_lines() -> None:
    out = io.StringIO()
    redactor = Redactor(out)

    def write(number: int) -> None:
        for line in range(200):
            redactor.write(f"{number} {line} {NPM} end\n")

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    redactor.close()
    lines = out.getvalue().splitlines()
    assert len(lines) == 1600
    assert NPM not in out.getvalue()
    assert all(line.endswith("] end") for line in lines)
