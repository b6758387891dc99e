"""SQL over the curated tables, from a local folder of Parquet files."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from tickertape.lake.files import LakeFiles
from tickertape.lake.keys import Table
from tickertape.lake.sql import SqlError, run_sql
from tickertape.lake.tables import SCHEMAS
from tickertape.lake.views import LakeTables


@pytest.fixture
def tables(tmp_path: Path) -> LakeTables:
    """A lake with three mentions in two months and no other table."""
    for month, tickers in ((5, ["AAPL"]), (6, ["AAPL", "MSFT"])):
        folder = tmp_path / "curated" / "mentions" / "year=2014" / f"month={month:02}"
        folder.mkdir(parents=True)
        rows = [
            {"id": f"{month}-{n}", "ticker": ticker, "created_at": datetime(2014, month, 1, 12, tzinfo=UTC)}
            for n, ticker in enumerate(tickers)
        ]
        schema = pa.schema([field for field in SCHEMAS[Table.MENTIONS] if field.name not in ("year", "month")])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "part-00000.parquet")
    return LakeTables(LakeFiles(str(tmp_path), fs.LocalFileSystem()))


def test_rows_of_all_partitions_are_counted(tables: LakeTables) -> None:
    """A query sees the rows of every file, and the partition as columns."""
    query = "SELECT ticker, count(*) AS n, max(month) AS month FROM mentions GROUP BY 1 ORDER BY 1"
    expected = [{"ticker": "AAPL", "n": 2, "month": 6}, {"ticker": "MSFT", "n": 1, "month": 6}]
    assert expected == run_sql(query, tables)


def test_values_are_ready_for_json(tables: LakeTables) -> None:
    """Times are ISO 8601 UTC, sums are numbers, infinities are none."""
    query = "SELECT min(created_at) AS t, sum(1) AS s, 1/0::DOUBLE AS i, 1 AS x, 2 AS x FROM mentions"
    assert [{"t": "2014-05-01T12:00:00Z", "s": 3, "i": None, "x": 1, "x_2": 2}] == run_sql(query, tables)


def test_a_table_that_no_batch_has_written_is_empty(tables: LakeTables) -> None:
    """Before the first batch a table has its columns and no rows."""
    assert [] == run_sql("SELECT level, period, ticker, mentions FROM rollups", tables)


@pytest.mark.parametrize("query", ["SELECT * FROM nowhere", "SELEC 1", "SELECT nothing FROM mentions"])
def test_a_wrong_query_says_which_tables_there_are(tables: LakeTables, query: str) -> None:
    """The error names the tables and columns."""
    with pytest.raises(SqlError, match=r"mentions \(id, ticker"):
        run_sql(query, tables)


@pytest.mark.parametrize("query", ["SELECT * FROM read_csv('/etc/passwd')", "COPY mentions TO '/tmp/stolen.csv'"])
def test_a_query_reaches_no_files(tables: LakeTables, query: str) -> None:
    """Nothing but the registered tables can be read, and nothing can be written."""
    with pytest.raises(SqlError):
        run_sql(query, tables)
