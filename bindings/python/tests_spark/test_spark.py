"""PySpark in local mode, on generated Parquet."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from scalr_detect import Scanner
from scalr_detect import spark as secrets

NPM = "npm_" + "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP"
GITLAB = "glpat-" + "x7Kd9mQ2vR4tY8wZ3pLs"
ROWS = 20_000


def message(number: int) -> str | None:
    if number % 1000 == 7:
        return f"é🔑 {number}: token = {NPM}"
    return None if number % 100 == 3 else f"message {number}, with nothing to see in it"


def body(number: int) -> bytes:
    return f"\xff {GITLAB}".encode("latin-1") if number % 5000 == 11 else b"\xff\xfe"


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def messages(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    folder = tmp_path_factory.mktemp("messages")
    for part in range(4):
        numbers = list(range(part * ROWS // 4, (part + 1) * ROWS // 4))
        table = pyarrow.table(
            {
                "id": pyarrow.array(numbers, pyarrow.int64()),
                "text": pyarrow.array([message(number) for number in numbers], pyarrow.string()),
                "body": pyarrow.array([body(number) for number in numbers], pyarrow.binary()),
                "tags": pyarrow.array([[number] for number in numbers], pyarrow.list_(pyarrow.int32())),
            }
        )
        pyarrow.parquet.write_table(table, folder / f"{part}.parquet")
    return spark.read.parquet(str(folder))


def expected() -> list[tuple[Any, ...]]:
    scanner = Scanner()
    found = []
    for number in range(ROWS):
        for name, value in (("text", message(number)), ("body", body(number))):
            for one in scanner.scan(value) if value is not None else ():
                found.append((number, name, one.detector, one.start, one.end, one.line, one.column, one.fingerprint))
    return sorted(found)


def test_scan(messages: DataFrame) -> None:
    found = secrets.scan(messages, keep=["id"])
    rows = found.select("id", "field", "detector", "start", "end", "line", "column", "fingerprint").collect()
    assert sorted(tuple(row) for row in rows) == expected()
    assert len(rows) == 24
    assert found.columns[0] == "id" and "secret" not in found.columns
    # What offsets count is what Spark counts.
    token = messages.join(found.where("field = 'text'"), "id").selectExpr(
        "substring(text, int(start) + 1, int(end - start))"
    )
    assert {row[0] for row in token.collect()} == {NPM}


def test_scan_of_chosen_columns(messages: DataFrame) -> None:
    found = secrets.scan(messages, columns=["body"], keep=["text", "tags"])
    assert {(row.field, row.detector) for row in found.collect()} == {("body", "gitlab-personal-access-token")}
    assert {row.text for row in found.collect()} == {message(number) for number in range(11, ROWS, 5000)}
    assert secrets.scan(messages, scanner=Scanner(only=["npm-*"])).count() == 20
    assert secrets.scan(messages.select("id")).count() == 0


def test_redact(messages: DataFrame) -> None:
    clean = secrets.redact(messages)
    assert clean.schema == messages.schema
    scanner = Scanner()
    rows = {row.id: row for row in clean.collect()}
    assert len(rows) == ROWS
    for number in range(ROWS):
        text = message(number)
        assert rows[number].text == (None if text is None else scanner.redact(text))
        assert rows[number].body == scanner.redact(body(number))
        assert rows[number].tags == [number]
    assert secrets.scan(clean).count() == 0
    only = secrets.redact(messages, columns=["text"])
    assert secrets.scan(only).count() == 4


def test_redacted_parquet(messages: DataFrame, spark: SparkSession, tmp_path: Path) -> None:
    secrets.redact(messages).write.parquet(str(tmp_path / "clean"))
    back = spark.read.parquet(str(tmp_path / "clean"))
    assert back.count() == ROWS and back.where(f.col("text").contains(NPM)).count() == 0
    assert back.where(f.col("text").contains("[npm-access-token:")).count() == 20


def test_one_scanner_a_worker(messages: DataFrame) -> None:
    """However many batches and tasks there are."""

    def count(batches: Iterator[Any]) -> Iterator[Any]:
        get = secrets._built(Scanner(only=["npm-*"]))
        for made in {id(get()) for _ in batches}:
            yield pyarrow.RecordBatch.from_pydict({"pid": [os.getpid()], "made": [made]})

    rows = messages.repartition(8).mapInArrow(count, "pid bigint, made bigint").collect()
    assert len(rows) == 8
    # Spark may replace a worker that is idle, so there may be more than run at once.
    assert len({row.pid for row in rows}) < 8
    assert len({(row.pid, row.made) for row in rows}) == len({row.pid for row in rows})


def test_empty(spark: SparkSession) -> None:
    empty = spark.createDataFrame([], "id bigint, text string")
    assert secrets.scan(empty, keep=["id"]).collect() == []
    assert secrets.redact(empty).collect() == []
    nulls = spark.createDataFrame([(1, None)], "id bigint, text string")
    assert secrets.scan(nulls).collect() == []
    assert [row.text for row in secrets.redact(nulls).collect()] == [None]


def test_names_with_anything_in_them(spark: SparkSession) -> None:
    df = spark.createDataFrame([(1, NPM)], "`a.b` bigint, `the ``text``` string")
    [row] = secrets.scan(df, keep=["a.b"]).collect()
    assert (row["a.b"], row.field) == (1, "the `text`")
    [clean] = secrets.redact(df).collect()
    assert clean["the `text`"] == Scanner().redact(NPM)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"columns": ["missing"]}, ValueError, "there are id, text, body, tags"),
        ({"columns": ["id"]}, TypeError, "neither strings"),
        ({"columns": "text"}, TypeError, "list of names"),
        ({"keep": ["missing"]}, ValueError, "no column"),
        ({"keep": ["id", "id"]}, ValueError, "rename"),
    ],
)
def test_wrong_options(messages: DataFrame, options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        secrets.scan(messages, **options)


def test_nested_text_is_not_passed_over_silently(spark: SparkSession) -> None:
    df = spark.createDataFrame([(NPM, [NPM], {"a": NPM}, (1, NPM))], "t string, a array<string>, m map<string, string>, s struct<n: int, t: string>")
    for name in ("a", "m", "s"):
        for call in (secrets.scan, secrets.redact):
            with pytest.raises(TypeError, match="nested"):
                call(df.select("t", name))
    assert secrets.scan(df, columns=["t"]).count() == 1
    flat = df.select(f.explode("a").alias("text"))
    assert secrets.scan(flat).count() == 1
    doubled = spark.createDataFrame([(NPM, 1)], "t string, `start` int")
    with pytest.raises(ValueError, match="rename"):
        secrets.scan(doubled, keep=["start"])


def test_errors_of_workers_have_no_secret(spark: SparkSession) -> None:
    def fail(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            Scanner().scan_arrow(batch, columns=["missing"])
            yield batch

    df = spark.createDataFrame([(NPM,)], "text string")
    with pytest.raises(PythonException, match="there are text") as caught:
        df.mapInArrow(fail, "text string").collect()
    assert NPM not in str(caught.value)


def test_the_example_of_the_readme(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "messages")
    spark.createDataFrame([(1, NPM), (2, "x")], "id bigint, text string").write.parquet(path)
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    [example] = re.findall(r'^```python title="spark"\n(.*?)^```', readme, re.MULTILINE | re.DOTALL)
    exec(compile(example, "README.md", "exec"), {"spark": spark, "PATH": path})
    assert secrets.scan(spark.read.parquet(path + "-clean")).count() == 0
    assert spark.read.parquet(path + "-clean").count() == 2
