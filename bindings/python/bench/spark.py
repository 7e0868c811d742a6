"""How fast Spark scans Parquet on one core, beside the bare scanner, and where the rest of the time goes.

    python spark.py [MEGABYTES]    # in an environment with pyspark, pyarrow and the package; Java 17

Every step is run with one core (`local[1]`) and a sink that drops what it gets; the best of seven rounds counts, in which the
steps take turns, as Java gets faster with time.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from pyspark.sql import SparkSession

from scalr_detect import Scanner
from scalr_detect import spark as secrets

SECRET = "npm_" + "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP"
WORDS = "request served user from cache in for the of connection closed opened by host worker job done".split()
# Bytes of text in a row, about.
ROW = 1000


def best(steps: dict[str, Callable[[], Any]], rounds: int = 7) -> dict[str, float]:
    """Seconds of each step."""
    times: dict[str, float] = {}
    for _ in range(rounds):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            times[name] = min(times.get(name, float("inf")), time.perf_counter() - start)
    return times


def timed(batches: Iterator[Any]) -> Iterator[Any]:
    """How long a worker waits for batches, searches them, and what is left of its time."""
    scanner, begin = Scanner(), time.perf_counter()
    waited = searched = 0.0
    before = begin
    for batch in batches:
        start = time.perf_counter()
        waited += start - before
        pyarrow.table(scanner.scan_arrow(batch))
        before = time.perf_counter()
        searched += before - start
    yield pyarrow.RecordBatch.from_pydict({"waited": [waited], "searched": [searched]})


def identity(batches: Iterator[Any]) -> Iterator[Any]:
    return batches


def swallow(batches: Iterator[Any]) -> Iterator[Any]:
    """Takes everything and returns nothing, as a scan without findings does."""
    for batch in batches:
        yield batch.slice(0, 0)


def main() -> None:
    size = int(sys.argv[1]) * 10**6 if len(sys.argv) > 1 else 256 * 10**6
    rows = size // ROW
    random_ = random.Random(1)
    # Not one text over and over, which Parquet would store once.
    pieces = [" ".join(random_.choices(WORDS, k=20)) + f" {random_.randrange(10**9)}\n" for _ in range(5000)]
    with tempfile.TemporaryDirectory() as folder:
        texts = ["".join(random_.choices(pieces, k=7)) for _ in range(rows)]
        for row in range(0, rows, 10_000):
            texts[row] += f" token={SECRET}"
        expected = len(range(0, rows, 10_000))
        table = pyarrow.table({"id": range(rows), "text": texts})
        total = sum(len(text) for text in texts)
        del texts
        pyarrow.parquet.write_table(table, Path(folder) / "part.parquet", row_group_size=20_000, use_dictionary=False)

        scanner = Scanner()
        column = table["text"]
        bytes_ = [text.as_buffer() for text in column.chunk(0)][: 10_000]
        joined = b"".join(bytes_)
        results = best(
            {
                "bare scanner, 10 MB at once": lambda: scanner.scan(joined),
                "scan_arrow, rows of 1 KB": lambda: scanner.scan_arrow(column),
                "Parquet read by pyarrow, one thread": lambda: pyarrow.parquet.read_table(
                    Path(folder) / "part.parquet", use_threads=False
                ),
            }
        )
        results["bare scanner, 10 MB at once"] *= total / len(joined)
        assert pyarrow.table(scanner.scan_arrow(column)).num_rows == expected

        os.environ["PYSPARK_PYTHON"] = sys.executable
        session = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.memory", "4g")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("ERROR")
        df = session.read.parquet(folder)

        def run(df: Any) -> Callable[[], None]:
            return lambda: df.write.format("noop").mode("overwrite").save()

        assert secrets.scan(df).count() == expected
        results |= best(
            {
                "Spark reads Parquet": run(df.select("text")),
                "Spark, Python takes batches, returns none": run(df.select("text").mapInArrow(swallow, "text string")),
                "Spark, Python returns batches as they are": run(df.mapInArrow(identity, df.schema)),
                "Spark, scalr_detect.spark.scan": run(secrets.scan(df)),
                "Spark, scalr_detect.spark.redact": run(secrets.redact(df)),
            }
        )
        inside = df.select("text").mapInArrow(timed, "waited double, searched double")
        parts = [inside.groupBy().sum().collect()[0] for _ in range(7)]
        results["of a scan, the worker waits for batches"] = min(part[0] for part in parts)
        results["of a scan, the worker searches"] = min(part[1] for part in parts)
        session.stop()
    print(f"{total / 1e6:.0f} MB of text in {rows} rows, {expected} secrets\n")
    print("| | s | GB/s |\n|---|---:|---:|")
    for name, seconds in results.items():
        print(f"| {name} | {seconds:.3f} | {total / seconds / 1e9:.3f} |")


if __name__ == "__main__":
    main()
