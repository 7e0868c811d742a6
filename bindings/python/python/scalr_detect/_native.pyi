from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Final, final, overload

from typing_extensions import Buffer, CapsuleType

from .types import ArrowArrayExporter, ArrowStreamExporter, Confidence, Kind, Severity

__all__ = [
    "ArrowArray",
    "ArrowStream",
    "BuildError",
    "BytesRedactor",
    "Detector",
    "Finding",
    "Scanner",
    "__version__",
    "_main",
    "_panic",
    "_scanner",
    "catalog",
]

__version__: Final[str]

class BuildError(ValueError):
    """A scanner that cannot be built as it was asked for. The text says what to do about it."""

@final
class Scanner:
    """Finds secrets. Cannot be changed once it is built, so threads share it.

    :param only: ids of the detectors to use, such as ``["scalr-api-token", "github-*"]``; by default all.
    :param exclude: ids of detectors to leave out.
    :param min_confidence: the least confidence of what is found.
    :param decoders: whether to look into base64, hexadecimal, percent-encoding, escapes and UTF-16.
    :param custom: detectors of your own, as the TOML text of a detector file. They stay in memory until the
        process ends, so build such a scanner once.
    :raises BuildError: for an id that is not known (the nearest one is named), a confidence that does not exist, or a
        mistake in ``custom``.
    """

    def __new__(
        cls,
        *,
        only: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        min_confidence: Confidence = "medium",
        decoders: bool = True,
        custom: str | None = None,
    ) -> Scanner: ...
    def is_match(self, data: str | Buffer, /) -> bool:
        """Whether there is a secret in it. Stops at the first."""

    def scan(self, data: str | Buffer, /) -> list[Finding]:
        """All findings, in order; they do not overlap.

        Offsets index what was passed: characters of a ``str``, bytes of anything else. ``str``, ``bytes`` and read-only
        buffers are searched where they are; do not change what is under a read-only view meanwhile. Buffers that can be
        written to (``bytearray``, most numpy arrays) are copied first, a piece at a time. The interpreter is released, unless
        the data is small.

        :raises TypeError: if it is neither ``str`` nor a buffer of single bytes.
        :raises BufferError: if the buffer has gaps.
        """

    def scan_file(self, path: str | bytes | PathLike[str] | PathLike[bytes], /) -> list[Finding]:
        """All findings in a file of any size, in memory that does not grow with it. Offsets are in bytes.

        :raises OSError: if it cannot be read.
        """

    @overload
    def redact(self, data: str, /) -> str: ...
    @overload
    def redact(self, data: bytearray, /) -> bytearray: ...  # type: ignore[overload-overlap]
    @overload
    def redact(self, data: memoryview, /) -> memoryview: ...  # type: ignore[overload-overlap]
    @overload
    def redact(self, data: Buffer, /) -> bytes:
        """The same with ``[detector-id:fingerprint]`` in the place of every secret.

        The result is of the type of the argument (a ``memoryview`` is one of new bytes); for buffers of other types it is
        ``bytes``. The same secret has the same placeholder everywhere.

        :raises TypeError: if it is neither ``str`` nor a buffer of single bytes.
        :raises BufferError: if the buffer has gaps.
        """

    def bytes_redactor(self) -> BytesRedactor:
        """A redactor of a stream of bytes. For text and logs there is :class:`Redactor`."""

    def scan_arrow(
        self, data: ArrowStreamExporter | ArrowArrayExporter, /, *, columns: Iterable[str] | None = None
    ) -> ArrowStream:
        """Searches Arrow data: a column of text or binary data, or those of a table. No text is copied.

        Takes whatever has ``__arrow_c_stream__`` or ``__arrow_c_array__``: tables, batches, columns and readers of pyarrow,
        polars, DuckDB, pandas and others. The result is a table with a row for each finding: ``row`` (in all batches, from
        0), ``field`` (the column's name, null if it was a single column), ``detector``, ``start``, ``end``,
        ``match_start``, ``match_end``, ``line``, ``column``, ``confidence``, ``severity``, ``fingerprint``, ``decoded_by``
        (a list), ``details`` (a map), ``weak`` and ``placeholder``. Secrets are not in it. Offsets are within the value: characters of text, bytes of
        binary data.

        :param columns: the columns of a table to search; by default all that have text or binary data.
        :raises TypeError: if it is no Arrow data, or has no text, or has nested text and ``columns`` is not given.
        :raises ValueError: if a column does not exist, or the data is malformed.
        """

    def redact_arrow(
        self, data: ArrowStreamExporter | ArrowArrayExporter, /, *, columns: Iterable[str] | None = None
    ) -> ArrowStream | ArrowArray:
        """The same Arrow data with placeholders in the place of secrets, of the same types, in the same batches.

        What has no secret in it is not copied. A stream is redacted as the result is read, which can be done once; an array
        at once.

        :param columns: the columns of a table to redact; by default all that have text or binary data.
        :raises TypeError: if it is no Arrow data, or has no text, or has nested text and ``columns`` is not given.
        :raises ValueError: if a column does not exist, or the data is malformed.
        """

    def __reduce__(self) -> tuple[object, tuple[dict[str, object]]]: ...

@final
class Finding:
    """A secret that was found.

    Findings are equal if all of them is equal, and are ordered by where they are. A pickled finding has the secret in it;
    its ``repr`` has not.
    """

    def __new__(
        cls,
        detector: str,
        start: int,
        end: int,
        match_start: int,
        match_end: int,
        line: int,
        column: int,
        confidence: Confidence,
        severity: Severity,
        fingerprint: str,
        decoded_by: Iterable[str],
        details: dict[str, str],
        weak: bool,
        placeholder: bool,
        secret: bytes,
    ) -> Finding: ...
    @property
    def detector(self) -> str:
        """The id of the detector; ``catalog()[finding.detector]`` says more, for those that are built in."""

    @property
    def start(self) -> int:
        """Where the secret starts in what was passed; the encoded text, if it was decoded."""

    @property
    def end(self) -> int:
        """Where the secret ends: behind its last character or byte."""

    @property
    def match_start(self) -> int:
        """Where the match starts, which may have more than the secret, such as the rest of a URL."""

    @property
    def match_end(self) -> int:
        """Where the match ends."""

    @property
    def line(self) -> int:
        """The line on which the secret starts, from 1."""

    @property
    def column(self) -> int:
        """The column in which the secret starts, from 1, in characters of a ``str`` or bytes."""

    @property
    def confidence(self) -> Confidence:
        """How sure it is: ``checked`` if a checksum or decoded claims hold."""

    @property
    def severity(self) -> Severity:
        """How bad a leak of this kind is."""

    @property
    def fingerprint(self) -> str:
        """The identity of the secret, the same wherever it is found: 32 hexadecimal digits that do not tell it."""

    @property
    def decoded_by(self) -> tuple[str, ...]:
        """The encodings around the secret, the outermost first: ``base64``, ``hex``, ``percent``, ``escape``, ``utf16``."""

    @property
    def details(self) -> dict[str, str]:
        """What can be read from the secret and around it, such as the id of a token, its owner or its host."""

    @property
    def weak(self) -> bool:
        """Whether the secret is a password that is guessed by whoever tries."""

    @property
    def placeholder(self) -> bool:
        """Whether the secret is known to stand for another: published for everyone's use, or made up."""

    @property
    def secret(self) -> bytes:
        """The secret itself, decoded: bytes, as not all are text. Nothing else shows it; handle it with care."""

    def __lt__(self, other: Finding, /) -> bool: ...
    def __le__(self, other: Finding, /) -> bool: ...
    def __gt__(self, other: Finding, /) -> bool: ...
    def __ge__(self, other: Finding, /) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Finding], tuple[object, ...]]: ...

@final
class Detector:
    """A kind of secret of the built-in catalogue, by its id or an alias of it.

    :raises ValueError: if there is none; the nearest one is named.
    """

    def __new__(cls, id: str, /) -> Detector: ...
    @property
    def id(self) -> str:
        """Its stable name, such as ``scalr-api-token``."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def provider(self) -> str:
        """Who issues such secrets."""

    @property
    def kind(self) -> Kind:
        """How it is recognised."""

    @property
    def severity(self) -> Severity:
        """How bad a leak is."""

    @property
    def confidence(self) -> Confidence:
        """The confidence of a finding on which no check decides."""

    @property
    def check(self) -> str | None:
        """The check of checksum or content, if there is one."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other ids it is known by."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The other parts of the credential, which are looked for around the secret and put into the details."""

    @property
    def impact(self) -> str:
        """What somebody can do who has it."""

    @property
    def remediation(self) -> str:
        """How to revoke or replace it."""

    @property
    def references(self) -> tuple[str, ...]:
        """Pages of documentation."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Detector], tuple[str]]: ...

def catalog() -> Mapping[str, Detector]:
    """All detectors that are built in, by id. Cannot be changed."""

@final
class BytesRedactor:
    """Redacts a stream of bytes as it passes, in bounded memory. Made by :meth:`Scanner.bytes_redactor`.

    Threads may share it: each piece is taken as a whole.
    """

    def push(self, data: Buffer, /) -> bytes:
        """Takes the next piece; returns what is safe now, redacted. The rest waits until it is known to be no secret.

        :raises ValueError: if it is finished.
        """

    def finish(self) -> bytes:
        """Ends the stream; returns the rest, redacted.

        :raises ValueError: if it is finished.
        """

@final
class ArrowStream:
    """Arrow data in batches, for whatever reads ``__arrow_c_stream__``, such as ``pyarrow.table(stream)``."""

    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType: ...

@final
class ArrowArray:
    """Arrow data in one piece, for whatever reads ``__arrow_c_array__``, such as ``pyarrow.array(array)``."""

    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[CapsuleType, CapsuleType]: ...

def _main(args: list[str]) -> int: ...
def _panic() -> None: ...
def _scanner(options: dict[str, object]) -> Scanner: ...
