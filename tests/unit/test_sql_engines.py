"""The saved queries over the demo tape's lake, and Spark's answers beside DuckDB's."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs
from pyspark.sql import SparkSession

from spark.sql import SparkSqlError, StagedTable, answer
from tests.demo_lake import write_demo_lake
from tests.fakes.catalogue import MemoryCatalogue
from tickertape.lake.catalogue.crawl import crawl
from tickertape.lake.examples import example, examples
from tickertape.lake.files import LakeFiles
from tickertape.lake.sql import run_sql
from tickertape.lake.views import LakeTables


def on_disk(root: Path) -> dict[str, StagedTable]:
    return {
        folder.name: StagedTable(folder, tuple(map(str, sorted(folder.rglob("*.parquet")))))
        for folder in root.iterdir()
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo tape's lake, with a table that nobody declared and some raw lines."""
    folder = tmp_path_factory.mktemp("lake")
    write_demo_lake(folder)
    for city in ("Köln", "A b"):
        file = folder / "curated" / "mine" / f"city={city}" / "a.parquet"
        file.parent.mkdir(parents=True)
        pq.write_table(pa.table({"x": [1, 2], "tags": [["a"], []], "of": [{"a": 1}, None]}), file)
    raw = folder / "raw" / "bars" / "2026" / "one"
    raw.parent.mkdir(parents=True)
    raw.write_bytes(b'{"symbol": "A", "close": 1.5}\n')
    return folder


@pytest.fixture(scope="module")
def tables(root: Path) -> LakeTables:
    lake, catalogue = LakeFiles(str(root), fs.LocalFileSystem()), MemoryCatalogue()
    crawl(lake, catalogue)
    return LakeTables(lake, catalogue)


@pytest.mark.parametrize("name", list(examples()))
def test_a_saved_query_answers_the_same_on_duckdb_and_spark(
    spark: SparkSession, tables: LakeTables, root: Path, name: str
) -> None:
    """It has rows, a line that says what it answers, and one meaning."""
    rows = run_sql(example(name), tables)
    assert len(rows) >= 10
    assert len(examples()[name]) > 20
    assert rows == answer(spark, example(name), tables, on_disk(root / "curated"))


def test_the_hourly_high_is_that_of_the_bars(tables: LakeTables) -> None:
    """For an hour and a stock: the highest price of its bars, and the first minute that had it."""
    rows = run_sql(example("hourly_highs"), tables)
    (row,) = [row for row in rows if (row["symbol"], row["hour_start"]) == ("AAPL", "2025-11-25T15:00:00Z")]
    bars = run_sql(
        "SELECT ts, high FROM bars WHERE symbol = 'AAPL' "
        "AND ts >= '2025-11-25 15:00:00' AND ts < '2025-11-25 16:00:00'",
        tables,
    )
    highest = max(bar["high"] for bar in bars)
    assert (highest, min(bar["ts"] for bar in bars if bar["high"] == highest)) == (row["high"], row["reached_at"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM mine ORDER BY city, x;",
        "SELECT count(*) AS n, min(created_at) AS first, CAST(max(created_at) AS DATE) AS last FROM mentions -- all",
        "SELECT * FROM raw_bars",
        "SELECT id, level FROM mentions LEFT JOIN rollups ON mentions.ticker = rollups.ticker ORDER BY id LIMIT 3",
        "WITH a AS (SELECT 1 AS x, NULL AS y) SELECT x, y, true AS z FROM a",
    ],
)
def test_spark_answers_what_duckdb_answers(spark: SparkSession, tables: LakeTables, root: Path, query: str) -> None:
    """Tables that are staged and tables that are not, partitions, nested values, times and nulls."""
    staged = {name: path for name, path in on_disk(root / "curated").items() if name != "mine"}
    assert run_sql(query, tables) == answer(spark, query, tables, staged)


@pytest.mark.parametrize(
    "query",
    [
        "SELEC 1",
        "SELECT * FROM nowhere",
        "SELECT nothing FROM mentions",
        "SET spark.sql.runSQLOnFiles = true",
        "SELECT * FROM csv.`/etc/passwd`",
        "SELECT * FROM text.`/etc/passwd`",
        "CREATE TABLE t AS SELECT 1",
        "INSERT OVERWRITE DIRECTORY 'stolen' USING csv SELECT 1",
        "FROM mentions INSERT OVERWRITE DIRECTORY 'stolen' USING csv SELECT id",
        "SELECT reflect('java.lang.System', 'getenv', 'PATH')",
        "SELECT java_method('java.lang.System', 'exit', 1)",
        "SELECT 1) AS x; DROP VIEW mentions; SELECT * FROM (SELECT 1",
        "ADD JAR '/tmp/x.jar'",
    ],
)
def test_spark_only_reads_the_tables(spark: SparkSession, tables: LakeTables, query: str) -> None:
    """What is wrong, or more than a query over them, is one line that names the tables."""
    with pytest.raises(SparkSqlError, match=r"there are .*mentions \(") as caught:
        answer(spark, query, tables)
    assert "\n" not in str(caught.value)
    assert not Path("stolen").exists()
