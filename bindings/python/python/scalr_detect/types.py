"""Types for annotations."""

from typing import Literal, Protocol, TypeAlias

Confidence: TypeAlias = Literal["low", "medium", "high", "checked"]
"""How sure a finding is, the least first."""

Severity: TypeAlias = Literal["info", "low", "medium", "high", "critical"]
"""How bad a leak is, the least first."""

Kind: TypeAlias = Literal["prefixed", "structured", "keyword", "uri", "pem", "generic"]
"""How a kind of secret is recognised."""


class ArrowStreamExporter(Protocol):
    """Arrow data in batches: tables, columns in chunks, readers."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowArrayExporter(Protocol):
    """Arrow data in one piece: arrays, batches."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
