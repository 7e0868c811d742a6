"""Types for annotations."""

from typing import Literal, NotRequired, Protocol, TypeAlias, TypedDict

Confidence: TypeAlias = Literal["low", "medium", "high", "checked"]
"""How sure a finding is, the least first."""

Severity: TypeAlias = Literal["info", "low", "medium", "high", "critical"]
"""How bad a leak is, the least first."""

Kind: TypeAlias = Literal["prefixed", "structured", "keyword", "uri", "pem", "generic"]
"""How a kind of secret is recognised."""

Validity: TypeAlias = Literal["live", "dead", "unknown"]
"""Whether a secret still works."""

Manager: TypeAlias = Literal["env", "aws-secrets-manager", "vault", "conjur"]
"""Where a secret is kept."""

Language: TypeAlias = Literal["python", "javascript", "go", "java", "rust", "shell", "terraform"]
"""What a snippet is written in."""


class ArrowStreamExporter(Protocol):
    """Arrow data in batches: tables, columns in chunks, readers."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowArrayExporter(Protocol):
    """Arrow data in one piece: arrays, batches."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...


class Practice(TypedDict):
    """How secrets of a kind are best kept."""

    topic: Literal["least-privilege", "expiry", "rotation", "allow-list", "monitoring", "keyless"]
    text: str
    link: NotRequired[str]


class Snippet(TypedDict):
    """A program that reads a secret, and what the tests of scalr-detect do with it."""

    manager: Manager
    manager_name: str
    language: Language
    file: str
    tested: Literal["run", "compiled", "vetted"]
    how: str


class NotKnown(TypedDict):
    """Why it is not known whether a token may see something."""

    unknown: str


class Item(TypedDict):
    """A thing that a token reaches."""

    id: str
    facts: dict[str, str]


class Listing(TypedDict):
    """One kind of thing that a token reaches, with the first of them."""

    name: str
    access: Literal["granted", "none"] | NotKnown
    total: int
    items: list[Item]


class Impact(TypedDict):
    """What a token reaches."""

    host: str
    token: Item | None
    lists: list[Listing]
