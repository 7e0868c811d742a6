"""Arrow data of pyarrow, polars, DuckDB and pandas, in every type of text."""

import gc
import threading
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest
from conftest import GITLAB, NPM, Haystack

import scalr_detect
from scalr_detect import Scanner

SCANNER = Scanner()
TEXTS = [
    "nothing to see here",
    None,
    f"token = {NPM}",
    "",
    "short",
    f"é好🔑 {NPM} and\n{GITLAB}",
    f"token = {NPM}",
    NPM,
    None,
    "the last one, which is longer than twelve",
]

dictionary = pyarrow.dictionary(pyarrow.int8(), pyarrow.string())
TYPES: dict[str, Any] = {
    "utf8": pyarrow.string(),
    "large_utf8": pyarrow.large_string(),
    "utf8_view": pyarrow.string_view(),
    "binary": pyarrow.binary(),
    "large_binary": pyarrow.large_binary(),
    "binary_view": pyarrow.binary_view(),
    **{
        f"dictionary, {index}": pyarrow.dictionary(index, pyarrow.string())
        for index in (
            pyarrow.int8(),
            pyarrow.uint8(),
            pyarrow.int16(),
            pyarrow.uint16(),
            pyarrow.int32(),
            pyarrow.uint32(),
            pyarrow.int64(),
            pyarrow.uint64(),
        )
    },
    "dictionary of binary": pyarrow.dictionary(pyarrow.int32(), pyarrow.binary()),
    "dictionary of large_utf8": pyarrow.dictionary(pyarrow.int32(), pyarrow.large_string()),
}


def column(type: Any, texts: list[str | None] = TEXTS) -> Any:
    is_binary = "binary" in str(type)
    values = [text.encode() if text is not None and is_binary else text for text in texts]
    return pyarrow.array(values).dictionary_encode().cast(type) if "dictionary" in str(type) else pyarrow.array(values, type)


def expected(values: list[Any], rows: Any = None) -> list[dict[str, Any]]:
    """What the scanner finds in each value by itself."""
    return [
        {"row": row}
        | {
            name: getattr(found, name)
            for name in ("detector", "start", "end", "match_start", "match_end", "line", "column")
        }
        | {name: getattr(found, name) for name in ("confidence", "severity", "fingerprint")}
        | {"decoded_by": list(found.decoded_by), "details": list(found.details.items())}
        | {"weak": found.weak, "placeholder": found.placeholder}
        for row, value in enumerate(values)
        if value is not None
        for found in SCANNER.scan(value)
    ]


def table(found: Any) -> list[dict[str, Any]]:
    read = pyarrow.table(found)
    read.validate(full=True)
    rows: list[dict[str, Any]] = read.to_pylist()
    return rows


def without_field(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "field"} for row in rows]


def redacted(values: list[Any]) -> list[Any]:
    return [None if value is None else SCANNER.redact(value) for value in values]


@pytest.mark.parametrize("name", TYPES)
def test_types(name: str) -> None:
    array = column(TYPES[name])
    values = array.to_pylist()
    found = table(SCANNER.scan_arrow(array))
    assert len(found) == 5
    assert without_field(found) == expected(values)
    assert {row["field"] for row in found} == {None}
    # Of text they are characters, of binary data bytes: what Python counts.
    for row in found:
        assert values[row["row"]][row["start"] : row["end"]] in (NPM, GITLAB, NPM.encode(), GITLAB.encode())
    again = pyarrow.array(SCANNER.redact_arrow(array))
    again.validate(full=True)
    assert again.type == array.type
    assert again.to_pylist() == redacted(values)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(("start", "length"), [(0, 0), (1, 5), (2, 1), (3, 7), (5, 1), (9, 1), (10, 0)])
def test_slices(name: str, start: int, length: int) -> None:
    array = column(TYPES[name]).slice(start, length)
    values = array.to_pylist()
    assert without_field(table(SCANNER.scan_arrow(array))) == expected(values)
    again = pyarrow.array(SCANNER.redact_arrow(array))
    again.validate(full=True)
    assert again.to_pylist() == redacted(values)
    batch = pyarrow.record_batch({"a": column(TYPES[name]), "b": column(pyarrow.string())}).slice(start, length)
    found = table(SCANNER.scan_arrow(batch))
    assert without_field([row for row in found if row["field"] == "a"]) == expected(batch["a"].to_pylist())
    back = pyarrow.table(SCANNER.redact_arrow(batch))
    back.validate(full=True)
    assert back["a"].to_pylist() == redacted(values)


@pytest.mark.parametrize("name", TYPES)
def test_chunks(name: str) -> None:
    array = column(TYPES[name])
    chunked = pyarrow.chunked_array([array, array.slice(0, 0), array.slice(3), array.slice(5, 2)])
    values = chunked.to_pylist()
    assert without_field(table(SCANNER.scan_arrow(chunked))) == expected(values)
    again = pyarrow.chunked_array(SCANNER.redact_arrow(chunked))
    again.validate(full=True)
    assert (again.to_pylist(), again.type) == (redacted(values), chunked.type)
    assert [len(chunk) for chunk in again.chunks] == [len(chunk) for chunk in chunked.chunks]


@pytest.mark.parametrize("name", ["utf8", "utf8_view", "binary"])
def test_nothing_but_nulls(name: str) -> None:
    for values in ([], [None], [None] * 100):
        array = pyarrow.array(values, TYPES[name])
        assert table(SCANNER.scan_arrow(array)) == []
        assert pyarrow.array(SCANNER.redact_arrow(array)).to_pylist() == values


def sample() -> Any:
    return pyarrow.table(
        {
            "id": [1, 2, 3],
            "text": [f"a {NPM}", "b", None],
            "raw": pyarrow.array([b"x", None, GITLAB.encode()], pyarrow.large_binary()),
            "view": pyarrow.array([None, f"view {NPM}", "y"], pyarrow.string_view()),
            "category": pyarrow.array([NPM, "no", NPM]).dictionary_encode(),
            "numbers": [[1], [2, 3], None],
            "struct": [{"a": 1}, None, {"a": 3}],
        }
    )


def test_tables() -> None:
    data = sample()
    found = table(SCANNER.scan_arrow(data))
    assert [(row["row"], row["field"]) for row in sorted(found, key=lambda row: (row["field"], row["row"]))] == [
        (0, "category"),
        (2, "category"),
        (2, "raw"),
        (0, "text"),
        (1, "view"),
    ]
    back = pyarrow.table(SCANNER.redact_arrow(data))
    back.validate(full=True)
    assert back.schema == data.schema
    for name in data.column_names:
        values = data[name].to_pylist()
        if name in ("text", "raw", "view", "category"):
            values = redacted(values)
        assert back[name].to_pylist() == values, name
    assert table(SCANNER.scan_arrow(back)) == []


def test_metadata_stays() -> None:
    field = pyarrow.field("text", pyarrow.string(), nullable=False, metadata={"key": "value", "é": ""})
    schema = pyarrow.schema([field], metadata={"of": "the table"})
    data = pyarrow.table({"text": [NPM]}, schema=schema)
    back = pyarrow.table(SCANNER.redact_arrow(data))
    assert back.schema.equals(schema, check_metadata=True)


@pytest.mark.parametrize("columns", [["text"], ("text", "view"), iter(["view", "text", "text"]), []])
def test_chosen_columns(columns: Any) -> None:
    columns = list(columns)
    found = table(SCANNER.scan_arrow(sample(), columns=columns))
    assert {row["field"] for row in found} == set(columns)
    back = pyarrow.table(SCANNER.redact_arrow(sample(), columns=columns))
    for name in sample().column_names:
        values = sample()[name].to_pylist()
        assert back[name].to_pylist() == (redacted(values) if name in columns else values)


NESTED = {
    "list": pyarrow.array([[NPM]]),
    "struct": pyarrow.array([{"a": NPM}]),
    "deep": pyarrow.array([[{"a": [NPM]}]]),
    "map": pyarrow.array([[("a", NPM)]], pyarrow.map_(pyarrow.string(), pyarrow.string())),
    "dictionary in a list": pyarrow.ListArray.from_arrays([0, 1], pyarrow.array([NPM]).dictionary_encode()),
    "run ends": pyarrow.RunEndEncodedArray.from_arrays([1], pyarrow.array([NPM])),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_text_is_not_passed_over_silently(name: str) -> None:
    data = pyarrow.table({"id": [1], "text": [NPM], "nested": NESTED[name]})
    for call in (SCANNER.scan_arrow, SCANNER.redact_arrow):
        with pytest.raises(TypeError, match="nested.*columns="):
            call(data)
        with pytest.raises(TypeError, match="neither text nor"):
            call(data, columns=["nested"])
        with pytest.raises(TypeError):
            call(NESTED[name]) if name != "struct" else call(data)
    assert len(table(SCANNER.scan_arrow(data, columns=["text"]))) == 1
    back = pyarrow.table(SCANNER.redact_arrow(data, columns=["text"]))
    assert back["nested"].to_pylist() == data["nested"].to_pylist()


class NoCapsules:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return "no capsule"


class WrongCapsules:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pyarrow.array([1]).__arrow_c_array__()[0]


class Failing:
    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        raise OSError("no data today")


@pytest.mark.parametrize(
    ("data", "columns", "error", "says"),
    [
        ([NPM], None, TypeError, "list"),
        ("text", None, TypeError, "str"),
        (None, None, TypeError, "NoneType"),
        (pyarrow.array([1]), None, TypeError, "text or binary"),
        (pyarrow.array([NPM]), ["a"], TypeError, "one column"),
        (pyarrow.schema([]), None, TypeError, "Schema"),
        (pyarrow.table({"a": [NPM]}), ["b"], ValueError, "there are a"),
        (pyarrow.table({"a": [1]}), ["a"], TypeError, "neither text"),
        (pyarrow.table({"a": [NPM]}), "a", TypeError, r"columns=\["),
        (pyarrow.table({"a": [NPM]}), 3, TypeError, r"columns=\["),
        (NoCapsules(), None, TypeError, "no capsule"),
        (WrongCapsules(), None, ValueError, "PyCapsule"),
        (Failing(), None, OSError, "no data today"),
    ],
)
def test_wrong_data(data: Any, columns: Any, error: type[Exception], says: str) -> None:
    for call in (SCANNER.scan_arrow, SCANNER.redact_arrow):
        with pytest.raises(error, match=says) as caught:
            call(data, columns=columns)
        assert NPM not in str(caught.value)


def test_tables_without_text() -> None:
    data = pyarrow.table({"a": [1, 2]})
    assert table(SCANNER.scan_arrow(data)) == []
    assert pyarrow.table(SCANNER.redact_arrow(data)) == data
    nothing = pyarrow.table({})
    assert table(SCANNER.scan_arrow(nothing)) == []


def test_structs_with_nulls_and_offsets() -> None:
    structs = pyarrow.StructArray.from_arrays(
        [pyarrow.array([NPM, NPM, "x", NPM, NPM]), pyarrow.array([1, 2, 3, 4, 5])],
        ["text", "number"],
        mask=pyarrow.array([False, True, False, False, False]),
    )
    assert [row["row"] for row in table(SCANNER.scan_arrow(structs))] == [0, 3, 4]
    assert [row["row"] for row in table(SCANNER.scan_arrow(structs.slice(1, 3)))] == [2]
    back = pyarrow.array(SCANNER.redact_arrow(structs.slice(1, 3)))
    back.validate(full=True)
    placeholder = SCANNER.redact(NPM)
    assert back.to_pylist() == [None, {"text": "x", "number": 3}, {"text": placeholder, "number": 4}]


def buffers(array: Any) -> set[int]:
    return {buffer.address for buffer in array.buffers() if buffer is not None and buffer.size}


def test_what_has_no_secret_is_not_copied() -> None:
    for type in (pyarrow.string(), pyarrow.large_string(), pyarrow.string_view(), pyarrow.binary()):
        clean = column(type, ["nothing to see here", None, "nor here, where there is a bit more text"])
        assert buffers(pyarrow.array(SCANNER.redact_arrow(clean))) == buffers(clean)
    # Of views, nothing but the views and what has changed.
    views = column(pyarrow.string_view(), ["a text of more than twelve bytes", f"more than twelve {NPM}"])
    old, new = views.buffers(), pyarrow.array(SCANNER.redact_arrow(views)).buffers()
    assert old[2].address == new[2].address and old[1].address != new[1].address
    # Other columns.
    data = pyarrow.record_batch({"a": [1, 2], "b": ["x", NPM]})
    back = pyarrow.table(SCANNER.redact_arrow(data))
    assert buffers(data["a"]) == buffers(back["a"].chunk(0))


def test_results_outlive_what_they_are_made_of() -> None:
    gc.collect()
    before = pyarrow.total_allocated_bytes()
    data = pyarrow.array([f"{number} {'x' * 100}" for number in range(10_000)] + [NPM], pyarrow.string_view())
    result = pyarrow.array(SCANNER.redact_arrow(data))
    found = pyarrow.table(SCANNER.scan_arrow(data))
    clean = pyarrow.array(SCANNER.redact_arrow(data.slice(0, 10_000)))
    del data
    gc.collect()
    assert result.to_pylist()[5].startswith("5 x") and clean.to_pylist()[7].startswith("7 x")
    assert found["row"].to_pylist() == [10_000]
    del result, found, clean
    gc.collect()
    assert pyarrow.total_allocated_bytes() == before


def test_what_is_not_read_is_released() -> None:
    gc.collect()
    before = pyarrow.total_allocated_bytes()
    for _ in range(10):
        data = pyarrow.table({"a": ["x" * 1000, NPM] * 100})
        SCANNER.redact_arrow(data)
        SCANNER.redact_arrow(data).__arrow_c_stream__()  # type: ignore[union-attr]
        SCANNER.redact_arrow(data["a"].chunk(0)).__arrow_c_array__()  # type: ignore[union-attr]
        SCANNER.scan_arrow(data).__arrow_c_schema__()
        with pytest.raises(ValueError):
            SCANNER.scan_arrow(data, columns=["b"])
        del data
    gc.collect()
    assert pyarrow.total_allocated_bytes() == before


def test_how_often_results_can_be_read() -> None:
    found = SCANNER.scan_arrow(sample())
    assert pyarrow.table(found) == pyarrow.table(found)
    array = SCANNER.redact_arrow(pyarrow.array([NPM]))
    assert pyarrow.array(array) == pyarrow.array(array)
    stream = SCANNER.redact_arrow(sample())
    assert pyarrow.schema(stream) == sample().schema
    pyarrow.table(stream)
    for read in (pyarrow.table, pyarrow.schema):
        with pytest.raises(ValueError, match="read already"):
            read(stream)


def reader(batches: Any) -> Any:
    schema = pyarrow.schema([("text", pyarrow.string())])
    return pyarrow.RecordBatchReader.from_batches(schema, batches)


def batch(text: str) -> Any:
    return pyarrow.record_batch({"text": [text]})


def test_streams_are_redacted_as_they_are_read() -> None:
    read = []

    def batches() -> Any:
        for number in range(5):
            read.append(number)
            yield batch(f"{number} {NPM}")

    out = pyarrow.RecordBatchReader.from_stream(SCANNER.redact_arrow(reader(batches())))
    assert read == []
    assert out.read_next_batch()["text"].to_pylist() == [SCANNER.redact(f"0 {NPM}")]
    assert len(read) < 5
    assert out.read_all().num_rows == 4


def test_errors_of_a_stream_are_passed_on() -> None:
    def batches() -> Any:
        yield batch("fine")
        raise RuntimeError(f"broken near {NPM}")

    with pytest.raises(ValueError, match="broken near") as caught:
        SCANNER.scan_arrow(reader(batches()))
    assert NPM not in str(caught.value)
    out = pyarrow.RecordBatchReader.from_stream(SCANNER.redact_arrow(reader(batches())))
    out.read_next_batch()
    with pytest.raises(OSError, match="broken near"):
        out.read_next_batch()


def test_corpus(corpus: list[Haystack], low: Scanner) -> None:
    """Exactly the same as of the library, as binary data and as text."""
    data = [haystack.data for haystack in corpus]
    wanted = [(row, *found) for row, haystack in enumerate(corpus) for found in haystack.findings]
    for type in (pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view()):
        assert rows(low.scan_arrow(pyarrow.array(data, type))) == wanted
    texts = [haystack.text() for haystack in corpus]
    wanted = [
        (row, *found)
        for row, haystack in enumerate(corpus)
        if texts[row] is not None
        for found in haystack.findings_in_characters()
    ]
    for make in (
        lambda: pyarrow.array(texts),
        lambda: pyarrow.array(texts, pyarrow.large_string()),
        lambda: pyarrow.chunked_array([texts[:5000], texts[5000:]], pyarrow.string_view()),
        lambda: pyarrow.array(texts).dictionary_encode(),
        lambda: polars.Series(texts),
        lambda: polars.Series(texts, dtype=polars.Categorical),
    ):
        assert rows(low.scan_arrow(make())) == wanted
    again = pyarrow.array(low.redact_arrow(pyarrow.array(texts, pyarrow.string_view()))).to_pylist()
    assert again == [None if text is None else low.redact(text) for text in texts]


def rows(found: Any) -> list[tuple[int, str, int, int, str]]:
    columns = pyarrow.table(found)
    names = ("row", "detector", "start", "end", "fingerprint")
    return list(zip(*(columns[name].to_pylist() for name in names), strict=True))


def test_many_findings_come_in_batches() -> None:
    array = pyarrow.array([f"{NPM} " * 10] * 15_000)
    found = pyarrow.RecordBatchReader.from_stream(SCANNER.scan_arrow(array))
    sizes = [one.num_rows for one in found]
    assert sum(sizes) == 150_000 and len(sizes) == 3
    assert rows(SCANNER.scan_arrow(array))[-1][0] == 14_999


def test_details_and_decoders() -> None:
    import base64

    encoded = base64.b64encode(f"my token is {NPM}, keep it".encode()).decode()
    [found] = table(SCANNER.scan_arrow(pyarrow.array([f"data: {encoded}"])))
    assert found["decoded_by"] == ["base64"]
    assert NPM not in repr(found)


# Other libraries.


def test_polars() -> None:
    frame = polars.DataFrame({"id": [1, 2], "text": [f"a {NPM}", None], "raw": [b"x", GITLAB.encode()]})
    found = polars.DataFrame(SCANNER.scan_arrow(frame))
    assert found.select("row", "field", "detector").sort("row").rows() == [
        (0, "text", "npm-access-token"),
        (1, "raw", "gitlab-personal-access-token"),
    ]
    back = polars.DataFrame(SCANNER.redact_arrow(frame))
    assert back.schema == frame.schema
    assert back["text"].to_list() == redacted(frame["text"].to_list())
    assert back["raw"].to_list() == redacted(frame["raw"].to_list())
    series = polars.Series(SCANNER.redact_arrow(frame["text"]))
    assert series.to_list() == back["text"].to_list()
    # What offsets count is what polars counts.
    start, end = found.filter(polars.col("field") == "text").select("start", "end").row(0)
    assert frame["text"].str.slice(start, end - start)[0] == NPM


def test_polars_expressions() -> None:
    frame = polars.LazyFrame({"text": [f"a {NPM}", "b"] * 3})
    back = frame.with_columns(
        polars.col("text").map_batches(
            lambda series: polars.Series(SCANNER.redact_arrow(series)), return_dtype=polars.String
        )
    ).collect()
    assert back["text"].to_list() == redacted([f"a {NPM}", "b"] * 3)


def test_duckdb() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE messages AS SELECT range AS id, 'message ' || range AS text FROM range(10000)")
    connection.execute("INSERT INTO messages VALUES (10000, ?)", [f"a {NPM}"])
    found = SCANNER.scan_arrow(connection.sql("FROM messages ORDER BY id"))
    assert connection.sql("SELECT row, field, detector FROM found").fetchall() == [
        (10000, "text", "npm-access-token")
    ]
    # A connection has one open result, so what reads it is another one.
    back = SCANNER.redact_arrow(connection.sql("FROM messages ORDER BY id"))
    assert duckdb.connect().sql("SELECT count(*), max(text) FILTER (text LIKE '%npm%') FROM back").fetchall() == [
        (10001, SCANNER.redact(f"a {NPM}"))
    ]


def test_duckdb_functions() -> None:
    connection: Any = duckdb.connect()

    def redact(texts: Any) -> Any:
        return pyarrow.chunked_array(SCANNER.redact_arrow(texts))

    connection.create_function("redact", redact, ["VARCHAR"], "VARCHAR", type="arrow")
    connection.execute("CREATE TABLE t AS SELECT 'token ' || ? AS text FROM range(5000)", [NPM])
    assert connection.sql("SELECT DISTINCT redact(text) FROM t").fetchall() == [(SCANNER.redact(f"token {NPM}"),)]


def test_duckdb_whose_query_calls_python() -> None:
    """The search waits for threads that need the interpreter, so it must not have it."""
    connection = duckdb.connect()
    connection.create_function("token", lambda number: f"{number} {NPM}", ["BIGINT"], "VARCHAR")
    found = SCANNER.scan_arrow(connection.sql("SELECT token(range) AS text FROM range(20000)"))
    assert pyarrow.table(found).num_rows == 20_000


def test_pandas() -> None:
    frame = pandas.DataFrame({"id": [1, 2], "text": pandas.Series([f"a {NPM}", "b"], dtype="string[pyarrow]")})
    assert [(row["row"], row["field"]) for row in table(SCANNER.scan_arrow(frame))] == [(0, "text")]
    back = pyarrow.table(SCANNER.redact_arrow(frame)).to_pandas()
    assert back["text"].to_list() == redacted(frame["text"].to_list())
    series = SCANNER.scan_arrow(frame["text"])
    assert len(table(series)) == 1


def test_threads() -> None:
    data = pyarrow.chunked_array([[f"{number} {NPM}" for number in range(2000)]] * 3)
    failures: list[BaseException] = []

    def check() -> None:
        try:
            for _ in range(5):
                assert len(rows(SCANNER.scan_arrow(data))) == 6000
                assert pyarrow.chunked_array(SCANNER.redact_arrow(data)).length() == 6000
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=check) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("made", [scalr_detect.ArrowStream, scalr_detect.ArrowArray, scalr_detect.BytesRedactor])
def test_only_a_scanner_makes_results(made: type) -> None:
    with pytest.raises(TypeError):
        made()
