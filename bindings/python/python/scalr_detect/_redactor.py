"""Redaction of text as it is written: logs and streams."""

import codecs
import io
import logging
import threading
from types import TracebackType
from typing import Any, Protocol

from ._native import Scanner


class _Writer(Protocol):
    def write(self, text: str, /) -> object: ...


# What a record has of its own. Its message is redacted as a whole, the rest is of the program and not of its data.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# Deeper than anybody nests what is logged.
_DEPTH = 20


class Redactor(logging.Filter, io.TextIOBase):
    """Keeps secrets out of logs and streams of text.

    It is a filter for logging. Add it to handlers: a filter of a logger does not see what other loggers pass on. Messages,
    tracebacks and what was given as ``extra`` are redacted; the record is passed on::

        handler.addFilter(Redactor())

    It is a stream that passes on to another, and a context manager. What may still become a secret is held back, the last word
    as a rule, until more is written or it is closed; the other stream stays open::

        with Redactor(sys.stdout) as out:
            print("…", file=out)

    And by itself: :meth:`push` takes text and returns what is safe, :meth:`finish` returns the rest.

    Threads may share it.

    :param stream: where :meth:`write` writes to: whatever has a method ``write`` for text.
    :param scanner: what to look for; by default everything.
    """

    def __init__(self, stream: _Writer | None = None, *, scanner: Scanner | None = None) -> None:
        logging.Filter.__init__(self)
        self._scanner = Scanner() if scanner is None else scanner
        self._stream = stream
        self._redactor = self._scanner.bytes_redactor()
        # Keeps a character whose bytes have not all come back yet.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        # Whoever is interrupted while writing, by a signal or a destructor, may write too.
        self._lock = threading.RLock()
        self._finished = False

    def __repr__(self) -> str:
        return f"Redactor({self._stream!r}, scanner={self._scanner!r})"

    # A stream that passes on.

    def push(self, text: str) -> str:
        """Takes the next piece of text; returns what is safe now, redacted.

        :raises ValueError: if it is finished or closed.
        """
        if not isinstance(text, str):
            raise TypeError(f"str is needed, not {type(text).__name__}: use Scanner.bytes_redactor() for bytes")
        with self._lock:
            return self._decoder.decode(self._redactor.push(text.encode("utf-8", "surrogatepass")))

    def finish(self) -> str:
        """Ends the stream; returns the rest, redacted.

        :raises ValueError: if it is finished or closed.
        """
        with self._lock:
            rest = self._redactor.finish()
            self._finished = True
            return self._decoder.decode(rest, final=True)

    def write(self, text: str, /) -> int:
        """Writes what is safe of it, redacted, to the stream, and holds back the rest."""
        if self._stream is None:
            raise ValueError("this redactor has no stream: make it with Redactor(stream), or use push")
        with self._lock:
            safe = self.push(text)
            if safe:
                self._stream.write(safe)
        return len(text)

    def flush(self) -> None:
        """Flushes the stream. What is held back stays so, as it may become a secret."""
        flush = getattr(self._stream, "flush", None)
        if flush is not None and not self.closed:
            flush()

    def close(self) -> None:
        """Writes the rest, redacted, and flushes the stream, which stays open."""
        lock = getattr(self, "_lock", None)
        # Not there if it was not made to the end.
        if lock is None:
            return
        with lock:
            if self.closed:
                return
            try:
                rest = "" if self._finished else self.finish()
                if rest and self._stream is not None:
                    self._stream.write(rest)
            finally:
                # Flushes.
                super().close()

    def __enter__(self) -> "Redactor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def writable(self) -> bool:
        """Whether it has a stream."""
        return self._stream is not None

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        isatty = getattr(self._stream, "isatty", None)
        return bool(isatty()) if isatty is not None else False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream."""
        return str(getattr(self._stream, "encoding", "utf-8"))

    # A filter for logging.

    def filter(self, record: logging.LogRecord) -> bool:
        """Redacts a record. Always true. Never raises: a record that cannot be formatted is redacted as it is."""
        try:
            message = str(record.getMessage())
            redacted = self._scanner.redact(message)
            if redacted != message:
                record.msg, record.args = redacted, None
            elif record.args:
                # The template stays, for those that group by it. What it did not show is redacted all the same.
                record.args = self._redacted(record.args, _DEPTH)
        except Exception:
            # The handler would print the parts as they are.
            record.msg, record.args = self._scanner.redact(f"{record.msg} {record.args!r}"), None
        if record.exc_info and record.exc_info[0] is not None:
            # Formatters take the text where there is no exception, which may have the secret in it.
            record.exc_text = record.exc_text or _FORMATTER.formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._scanner.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._scanner.redact(record.stack_info)
        for name, value in vars(record).items():
            if name not in _OWN:
                vars(record)[name] = self._redacted(value, _DEPTH)
        return True

    def _redacted(self, value: Any, depth: int) -> Any:
        """The same value with all text in it redacted."""
        if isinstance(value, (str, bytes, bytearray)):
            return self._scanner.redact(value)
        if depth and isinstance(value, dict):
            return {self._redacted(key, depth - 1): self._redacted(one, depth - 1) for key, one in value.items()}
        if depth and type(value) in (list, tuple, set, frozenset):
            return type(value)(self._redacted(one, depth - 1) for one in value)
        return value


_FORMATTER = logging.Formatter()
