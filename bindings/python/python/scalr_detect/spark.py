"""Scans and redactions of Spark DataFrames, on all of its machines.

>>> from scalr_detect import spark as secrets
>>> findings = secrets.scan(messages, keep=["id"])
>>> clean = secrets.redact(messages)

Both are lazy, as Spark is, and work by ``mapInArrow``: a worker gets batches in Arrow's format, which are searched where they
are. Each worker process builds one scanner and keeps it. Needs PySpark 4, pyarrow and pandas where Spark runs, and this package on
every machine.

Columns of strings and binary data are looked at. Text within arrays, maps and structs is not: such columns must be made flat
first, or ``columns`` names those to look at.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ._native import Scanner

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

__all__ = ["redact", "scan"]

# What a finding has, in Spark's words; see Scanner.scan_arrow. There is no row: a DataFrame has no order.
_FINDING = """
    field string not null, detector string not null, `start` bigint not null, `end` bigint not null,
    match_start bigint not null, match_end bigint not null, line bigint not null, column bigint not null,
    confidence string not null, severity string not null, fingerprint string not null,
    decoded_by array<string> not null, details map<string, string> not null,
    weak boolean not null, placeholder boolean not null
"""


def scan(
    df: DataFrame,
    *,
    columns: Iterable[str] | None = None,
    keep: Iterable[str] = (),
    scanner: Scanner | None = None,
) -> DataFrame:
    """A DataFrame with a row for each finding in the rows of ``df``.

    Its columns are those of ``keep``, from the row in which it was found, and then ``field`` (the column in which), ``detector``,
    ``start``, ``end``, ``match_start``, ``match_end``, ``line``, ``column``, ``confidence``, ``severity``, ``fingerprint``,
    ``decoded_by`` (an array), ``details`` (a map), ``weak`` and ``placeholder``. Secrets are not in it. Offsets are within the value: characters of
    strings, bytes of binary data.

    :param columns: the columns to search; by default all with strings or binary data.
    :param keep: columns of ``df`` to have beside each finding, such as an id. They may be searched too.
    :param scanner: what to look for; by default everything.
    :raises TypeError: if there is nested text and ``columns`` is not given.
    :raises ValueError: if a column does not exist, or is in ``keep`` with the name of a column of the result.
    """
    from pyspark.sql.types import StructType

    kept = list(keep)
    searched = _columns(df, columns)
    finding = StructType.fromDDL(_FINDING)
    assert isinstance(finding, StructType)
    schema = StructType([*(_field(df.schema, name) for name in kept), *finding.fields])
    if doubled := {name for name in kept if kept.count(name) > 1} | set(kept) & set(finding.names):
        raise ValueError(f"rename or leave out of keep, as the result has such a column: {', '.join(sorted(doubled))}")
    # No more than is looked at goes to the workers.
    names = list(dict.fromkeys([*kept, *searched]))
    search = functools.partial(_scan, _built(scanner), names, searched, kept)
    return _numbered(df, names).mapInArrow(search, schema)


def redact(
    df: DataFrame, *, columns: Iterable[str] | None = None, scanner: Scanner | None = None
) -> DataFrame:
    """The same DataFrame with ``[detector-id:fingerprint]`` in the place of every secret.

    :param columns: the columns to redact; by default all with strings or binary data.
    :param scanner: what to look for; by default everything.
    :raises TypeError: if there is nested text and ``columns`` is not given.
    :raises ValueError: if a column does not exist.
    """
    redaction = functools.partial(_redact, _built(scanner), df.schema.names, _columns(df, columns))
    return _numbered(df, df.schema.names).mapInArrow(redaction, df.schema)


def _scan(
    scanner: _Built,
    columns: list[str],
    searched: list[str],
    kept: list[str],
    batches: Iterator[pyarrow.RecordBatch],
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow

    for numbered in batches:
        batch = pyarrow.RecordBatch.from_arrays(numbered.columns, names=columns)
        found = pyarrow.table(scanner().scan_arrow(batch, columns=searched))
        rows = found["row"].combine_chunks()
        names = [name for name in found.column_names if name != "row"]
        arrays = [batch.column(name).take(rows) for name in kept]
        table = pyarrow.table([*arrays, *(found[name] for name in names)], names=[*kept, *names])
        yield from table.to_batches()


def _redact(
    scanner: _Built, names: list[str], columns: list[str], batches: Iterator[pyarrow.RecordBatch]
) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow

    for numbered in batches:
        batch = pyarrow.RecordBatch.from_arrays(numbered.columns, names=names)
        yield from pyarrow.RecordBatchReader.from_stream(scanner().redact_arrow(batch, columns=columns))


@functools.lru_cache(maxsize=8)
def _unpickled(pickled: bytes) -> Scanner:
    """One scanner a worker, which serves many tasks."""
    import pickle

    scanner: Scanner = pickle.loads(pickled)
    return scanner


# What a worker gets a scanner from.
_Built = functools.partial[Scanner]


def _built(scanner: Scanner | None) -> _Built:
    import pickle

    return functools.partial(_unpickled, pickle.dumps(Scanner() if scanner is None else scanner))


def _columns(df: DataFrame, columns: Iterable[str] | None) -> list[str]:
    """The columns to look at, checked here, as an error in a worker is hard to read."""
    if columns is not None:
        if isinstance(columns, str):
            raise TypeError("columns must be a list of names, such as columns=[…]")
        chosen = list(columns)
        for name in chosen:
            if not _is_text(_field(df.schema, name).dataType):
                raise TypeError(f"column {name!r} has neither strings nor binary data: leave it out")
        return chosen
    for field in df.schema.fields:
        if not _is_text(field.dataType) and _has_text(field.dataType):
            raise TypeError(
                f"the text in column {field.name!r} is nested, which is not searched: make a flat column of it, or name "
                "the columns to search with columns=[…]"
            )
    return [field.name for field in df.schema.fields if _is_text(field.dataType)]


def _field(schema: StructType, name: str) -> Any:
    found = [field for field in schema.fields if field.name == name]
    if len(found) != 1:
        problem = "there is no column" if not found else "there is more than one column"
        raise ValueError(f"{problem} {name!r}: there are {', '.join(schema.names)}")
    return found[0]


def _numbered(df: DataFrame, names: list[str]) -> DataFrame:
    """These columns, with plain names: mapInArrow fails where a name has a dot or a backtick in it."""
    from pyspark.sql.functions import col

    for name in names:
        _field(df.schema, name)
    quoted = ("`" + name.replace("`", "``") + "`" for name in names)
    return df.select(*(col(name).alias(f"_{number}") for number, name in enumerate(quoted)))


def _is_text(type: Any) -> bool:
    from pyspark.sql.types import BinaryType, CharType, StringType, VarcharType

    return isinstance(type, (BinaryType, CharType, StringType, VarcharType))


def _has_text(type: Any) -> bool:
    from pyspark.sql.types import ArrayType, MapType, StructType

    if isinstance(type, ArrayType):
        return _has_text(type.elementType)
    if isinstance(type, MapType):
        return _has_text(type.keyType) or _has_text(type.valueType)
    if isinstance(type, StructType):
        return any(_has_text(field.dataType) for field in type.fields)
    return _is_text(type)
