from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Final, Literal, final, overload

from typing_extensions import Buffer, CapsuleType

from .types import (
    ArrowArrayExporter,
    ArrowStreamExporter,
    Confidence,
    Impact,
    Kind,
    Language,
    Manager,
    Practice,
    Severity,
    Snippet,
    Validity,
)

__all__ = [
    "ArrowArray",
    "ArrowStream",
    "BuildError",
    "BytesRedactor",
    "CannotRevoke",
    "Change",
    "Client",
    "Credential",
    "Detector",
    "Finding",
    "Fixed",
    "ImpactError",
    "Left",
    "Revocation",
    "Revoked",
    "Scanner",
    "Verdict",
    "__version__",
    "_main",
    "_panic",
    "_scanner",
    "can_revoke",
    "can_verify",
    "catalog",
    "fix",
    "known_hosts",
    "playbook",
    "practices",
    "snippet",
    "snippets",
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

class CannotRevoke(ValueError):
    """A secret that cannot be revoked from here. The text says why."""

class ImpactError(Exception):
    """Nothing can be said of what a token reaches. The text says why."""

@final
class Credential:
    """A secret, and what is needed to ask its provider about it. Nothing shows the secret.

    :param detector: the id of its kind, or an alias of it.
    :param secret: the secret.
    :param details: what else is known of it, by the names that :attr:`Finding.details` has: the other parts of the
        credential, and its host.
    :raises ValueError: for an id that is not known; the nearest one is named.
    """

    def __new__(
        cls, detector: str, secret: str | Buffer, details: Mapping[str, str] | None = None
    ) -> Credential: ...
    @classmethod
    def of(cls, finding: Finding, /) -> Credential:
        """The one that was found."""

    @property
    def detector(self) -> str:
        """The id of its detector."""

    @property
    def fingerprint(self) -> str:
        """The identity of the secret, as a finding has it."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Verdict:
    """What a provider's answer says about a secret."""

    @property
    def validity(self) -> Validity:
        """``live`` if the provider accepts it, ``dead`` if the provider said that it does not, or else ``unknown``."""

    @property
    def evidence(self) -> str:
        """From what this is concluded, in a line."""

    @property
    def host(self) -> str | None:
        """Who was asked; ``None`` if nobody."""

    @property
    def status(self) -> int | None:
        """The status of the answer; ``None`` if there was none."""

    @property
    def facts(self) -> dict[str, str]:
        """What the answer tells and is no secret, such as an account."""

@final
class Revocation:
    """What it takes to revoke a secret. Made by :meth:`Client.revocation`, done by :meth:`Client.revoke`."""

    @property
    def request(self) -> str:
        """The request: method and URL, with ``…`` for the secret."""

    @property
    def effect(self) -> str:
        """What it does: a sentence."""

    @property
    def documented(self) -> str:
        """The page of the provider's documentation."""

    @property
    def is_by_other(self) -> bool:
        """Whether it is another's token that revokes, and not the secret itself."""

@final
class Revoked:
    """What became of a revocation."""

    @property
    def is_accepted(self) -> bool:
        """Whether the provider said that it is done."""

    @property
    def is_dead(self) -> bool:
        """Whether the secret is known to be dead."""

    @property
    def evidence(self) -> str:
        """What the provider answered, in a line."""

    @property
    def host(self) -> str | None:
        """The host that was asked; ``None`` if none was."""

    @property
    def status(self) -> int | None:
        """The status of the answer; ``None`` if there was none."""

    @property
    def after(self) -> Verdict:
        """What asking about the secret gave afterwards."""

@final
class Client:
    """Asks providers about secrets, and tells them to revoke them.

    It asks the hosts of :func:`known_hosts` and those that are named here, and no other; a secret goes to its own provider
    and nowhere else. Answers are kept as long as the client is there, so that a secret is asked about once. Threads share
    it. The interpreter is released while it waits; Ctrl-C is seen when a call is done.

    :param scalr_host: the host of your Scalr account, for tokens in or near which none stands.
    :param hosts: the same for other providers, such as ``{"gitlab": "gitlab.example.com"}``.
    :param allow_hosts: hosts that may be asked where they stand in or near a secret; ``*.`` at the start stands for all
        below it.
    :param allow_private: whether hosts with private, loopback and link-local addresses may be asked.
    :param timeout: how many seconds a call may take in all.
    :param concurrency: how many requests may be under way at once, 1 to 64.
    :raises ValueError: for what is no host, a provider that has no hosts of its users, or a number out of range.
    """

    def __new__(
        cls,
        *,
        scalr_host: str | None = None,
        hosts: Mapping[str, str] | None = None,
        allow_hosts: Iterable[str] | None = None,
        allow_private: bool = False,
        timeout: float = 60.0,
        concurrency: int = 8,
    ) -> Client: ...
    def verify(self, credentials: Iterable[Credential], /) -> list[Verdict]:
        """Asks the providers whether these secrets still work; a verdict for each, in the same order."""

    def revocation(self, credential: Credential, authority: str | None = None) -> Revocation:
        """What it takes to revoke a secret. Sends nothing.

        :param authority: the token of an administrator, for a provider that lets others revoke, as Scalr does; by default,
            and with all other providers, the secret revokes itself.
        :raises CannotRevoke: if the provider has no such API, or something that it needs is not known.
        """

    def revoke(self, revocation: Revocation, /) -> Revoked:
        """Revokes a secret, and asks whether it is dead then. This cannot be undone."""

    def impact(self, host: str, token: str, limit: int = 100) -> Impact:
        """Lists what a Scalr token reaches. Only reads: no state is downloaded, and no value of a variable is kept.

        :param host: the host of the Scalr account.
        :param limit: how many things of each kind are listed; all are counted.
        :raises ImpactError: if the host does not accept the token, or is not Scalr's.
        :raises ValueError: if it is no host.
        """

def can_verify(detector: str, /) -> bool:
    """Whether a provider can be asked about secrets of this kind.

    :raises ValueError: for an id that is not known; the nearest one is named.
    """

def can_revoke(detector: str, /) -> bool:
    """Whether secrets of this kind can be revoked by their provider's API.

    :raises ValueError: for an id that is not known; the nearest one is named.
    """

def known_hosts() -> list[str]:
    """The hosts that may be asked without being named; ``*.`` at the start stands for all below it."""

def playbook(
    detector: str,
    /,
    *,
    format: Literal["text", "markdown", "json"] = "text",
    finding: Finding | None = None,
    path: str | bytes | PathLike[str] | PathLike[bytes] | None = None,
    verdict: Verdict | None = None,
) -> str:
    """What to do about a leak: a checklist, with what is known filled in. No secret is in it; of Scalr tokens the last six
    characters are, by which Scalr's own pages and logs name a token.

    :param detector: the id of the kind of secret.
    :param format: ``text``, ``markdown`` or ``json``.
    :param finding: the secret that leaked.
    :param path: where it was found.
    :param verdict: whether it still works.
    :raises ValueError: for an id or a format that is not known, a finding of another kind, or a path or verdict without a
        finding.
    """

def practices(detector: str, /) -> list[Practice]:
    """How secrets of this kind are best kept: one practice for each topic.

    :raises ValueError: for an id that is not known; the nearest one is named.
    """

def snippet(manager: Manager, language: Language, secret: str | None = None) -> str:
    """A program that reads a secret from where it is safe; its head says how to store the secret first.

    :param manager: where the secret is kept: ``env``, ``aws-secrets-manager``, ``vault`` or ``conjur``.
    :param language: ``python``, ``javascript``, ``go``, ``java``, ``rust``, ``shell`` or ``terraform``.
    :param secret: the name of the secret in the manager; by default ``SCALR_TOKEN`` or ``scalr/api-token``.
    :raises ValueError: for a manager or a language that is not known, or a name that the manager does not allow.
    """

def snippets() -> list[Snippet]:
    """The snippets that there are, and what the tests of scalr-detect do with each."""

def fix(
    path: str | bytes | PathLike[str] | PathLike[bytes],
    text: str | Buffer,
    *,
    manager: Manager = "env",
    name: str | None = None,
) -> Fixed:
    """Takes the secrets out of a file: what was written there is read from the environment instead. Nothing is opened or
    written.

    It knows Python, JavaScript, TypeScript, Go, Java, Rust, YAML, Terraform, the shell and environment files.

    :param path: the path of the file, which says what kind of file it is.
    :param text: its content.
    :param manager: where secrets are read from; others than ``env`` only in the shell, and ``aws-secrets-manager`` in
        Python.
    :param name: the variable, or the name of the secret in the manager; by default by the kind of secret, or by what it is
        assigned to.
    :raises ValueError: for a manager that is not known, or a name that it does not allow.
    :raises TypeError: if the content is neither ``str`` nor a buffer of single bytes.
    """

@final
class Fixed:
    """A file after it was fixed."""

    @property
    def text(self) -> Any:
        """The new content, of the type that was passed; the old one if nothing was changed. What was left alone is still in it."""

    @property
    def advice(self) -> str | None:
        """What must hold of such a file for the change to work, if that is not plain."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was replaced, in order."""

    @property
    def left(self) -> tuple[Left, ...]:
        """What was left alone, in order."""

    @property
    def diff(self) -> str:
        """What changes, as a unified diff in which secrets are masked."""

@final
class Change:
    """A secret that was replaced."""

    @property
    def detector(self) -> str:
        """The id of the detector that found it."""

    @property
    def line(self) -> int:
        """The line of the old content on which the secret started, from 1."""

    @property
    def column(self) -> int:
        """The column, from 1, in characters of a ``str`` or bytes."""

    @property
    def name(self) -> str:
        """The variable that must be set, or the name of the secret in the manager."""

    @property
    def masked(self) -> str:
        """The secret, masked."""

@final
class Left:
    """A secret that was left alone."""

    @property
    def detector(self) -> str:
        """The id of the detector that found it."""

    @property
    def line(self) -> int:
        """The line on which the secret starts, from 1."""

    @property
    def column(self) -> int:
        """The column, from 1, in characters of a ``str`` or bytes."""

    @property
    def why(self) -> str:
        """Why, in a clause."""

    @property
    def masked(self) -> str:
        """The secret, masked."""

def _main(args: list[str]) -> int: ...
def _panic() -> None: ...
def _scanner(options: dict[str, object]) -> Scanner: ...
