"""SQL over what the catalogue knows, and over files that change while they are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from tests.fakes.catalogue import MemoryCatalogue
from tests.fakes.lake import RestlessLake
from tickertape.lake.catalogue.crawl import crawl
from tickertape.lake.files import LakeFiles
from tickertape.lake.sql import SqlError, UnreadableLake, run_sql
from tickertape.lake.views import LakeTables

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a Parquet file."""

    def put(key: str, **columns: Any) -> Path:
        file = tmp_path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), file)
        return file

    return put


@pytest.fixture
def lake(tmp_path: Path) -> LakeFiles:
    return LakeFiles(str(tmp_path), fs.LocalFileSystem())


@pytest.fixture
def crawled(lake: LakeFiles) -> Callable[[], LakeTables]:
    """Crawls the lake and gives its tables."""
    catalogue = MemoryCatalogue()

    def tables() -> LakeTables:
        crawl(lake, catalogue)
        return LakeTables(lake, catalogue)

    return tables


def test_a_table_that_nobody_declared_is_there_after_a_crawl(
    crawled: Callable[[], LakeTables], lake: LakeFiles, write: Write
) -> None:
    """With its partitions as columns; the error of a query before the crawl names the tables that there are."""
    write("curated/my_table/city=K%C3%B6ln/part=1/a.parquet", x=[1, 2])
    with pytest.raises(SqlError, match=r"there are .*mentions \("):
        run_sql("SELECT * FROM my_table", LakeTables(lake))
    rows = run_sql("SELECT * FROM my_table ORDER BY x", crawled())
    assert [{"x": 1, "city": "Köln", "part": 1}, {"x": 2, "city": "Köln", "part": 1}] == rows


def test_a_new_partition_and_a_new_column_are_seen(crawled: Callable[[], LakeTables], write: Write) -> None:
    """Rows of a partition are there at once, its new columns after the crawl; where a file lacks one it is null."""
    write("curated/t/month=1/a.parquet", x=[1])
    before = crawled()
    write("curated/t/month=2/a.parquet", x=[2], y=["new"])
    assert [{"x": 1, "month": 1}, {"x": 2, "month": 2}] == run_sql("SELECT * FROM t ORDER BY x", before)
    assert run_sql("SELECT * FROM t ORDER BY x", crawled()) == [
        {"x": 1, "y": None, "month": 1},
        {"x": 2, "y": "new", "month": 2},
    ]


def test_a_declared_table_has_the_columns_of_the_lake_besides_its_own(
    crawled: Callable[[], LakeTables], write: Write
) -> None:
    """The declared columns are there though the files lack them, wider where the files are, with what is new."""
    write("curated/mentions/year=2014/month=06/a.parquet", id=["1"], extra=[{"a": 1}])
    (row,) = run_sql("SELECT id, ticker, extra, year FROM mentions", crawled())
    assert {"id": "1", "ticker": None, "extra": {"a": 1}, "year": 2014} == row


def test_files_of_a_wider_type_and_of_the_older_one_are_one_column(
    crawled: Callable[[], LakeTables], write: Write
) -> None:
    """Old files with `int` are read as the `bigint` of the new ones."""
    write("curated/t/a.parquet", x=pa.array([1], pa.int32()))
    write("curated/t/b.parquet", x=[2**40])
    assert [{"s": 1 + 2**40}] == run_sql("SELECT sum(x) AS s FROM t", crawled())


def test_a_column_of_a_conflicting_type_is_an_error_that_says_what_to_do(
    crawled: Callable[[], LakeTables], write: Write
) -> None:
    """The other columns can be read; the one that does not fit names the crawl, which names the file."""
    write("curated/t/a.parquet", x=[1], y=[1])
    tables = crawled()
    write("curated/t/b.parquet", x=[2], y=["two"])
    assert [{"s": 3}] == run_sql("SELECT sum(x) AS s FROM t", tables)
    with pytest.raises(UnreadableLake, match="catalogue crawl"):
        run_sql("SELECT sum(y) AS s FROM t", tables)


def test_only_the_partitions_and_columns_asked_for_are_read(crawled: Callable[[], LakeTables], write: Write) -> None:
    """A file that is broken, and a column whose pages are, do not matter to a query that needs neither."""
    broken = write("curated/t/year=2014/month=1/a.parquet", x=[1])
    write("curated/t/year=2014/month=2/a.parquet", x=[2])
    worn = write("curated/t/year=2015/month=1/a.parquet", x=[4], y=["words"])
    tables = crawled()
    broken.write_bytes(b"no Parquet")
    with worn.open("r+b") as file:
        file.seek(pq.read_metadata(worn).row_group(0).column(1).data_page_offset)
        file.write(b"\xff" * 12)
    assert [{"s": 6}] == run_sql("SELECT sum(x) AS s FROM t WHERE year = 2015 OR month = 2", tables)
    for query in ("SELECT sum(x) AS s FROM t WHERE year = 2014", "SELECT y FROM t WHERE year = 2015"):
        with pytest.raises(UnreadableLake):
            run_sql(query, tables)


def test_folders_whose_values_are_no_numbers_are_left_out(crawled: Callable[[], LakeTables], write: Write) -> None:
    """One odd folder does not make its table unreadable."""
    write("curated/t/month=1/a.parquet", x=[1])
    tables = crawled()
    write("curated/t/month=odd/a.parquet", x=[2])
    write("curated/t/month=__HIVE_DEFAULT_PARTITION__/a.parquet", x=[4])
    assert [{"x": 1, "month": 1}, {"x": 4, "month": None}] == run_sql("SELECT * FROM t ORDER BY x", tables)


@pytest.mark.parametrize("replaced", [1, 3])
def test_files_replaced_between_listing_and_reading_are_read_anew(tmp_path: Path, write: Write, replaced: int) -> None:
    """The answer is that of one state of the lake, the last one, though files vanish and come while it is made."""
    write("curated/mentions/year=2014/month=1/part-0.parquet", id=["a"])

    def replace(number: int) -> Callable[[], None]:
        def happen() -> None:
            for file in tmp_path.rglob("*.parquet"):
                file.unlink()
            for part in range(2):
                write(f"curated/mentions/year=2014/month=1/part-{number}{part}.parquet", id=[f"{number}-{part}"])

        return happen

    lake = RestlessLake(str(tmp_path), *(replace(number) for number in range(replaced)))
    rows = run_sql("SELECT id FROM mentions ORDER BY id", LakeTables(lake))
    assert [{"id": f"{replaced - 1}-0"}, {"id": f"{replaced - 1}-1"}] == rows


def test_a_file_overwritten_in_place_is_read_anew(tmp_path: Path, write: Write) -> None:
    """As the batch does it: the same names with other content, in the middle of which a file may be cut short."""
    file = write("curated/mentions/year=2014/month=1/part-0.parquet", id=["old"])
    cut = [
        lambda: file.write_bytes(file.read_bytes()[:50]),
        lambda: write("curated/mentions/year=2014/month=1/part-0.parquet", id=["new", "newer"]),
    ]
    rows = run_sql("SELECT count(*) AS n FROM mentions", LakeTables(RestlessLake(str(tmp_path), *cut)))
    assert [{"n": 2}] == rows


def test_a_lake_that_never_rests_ends_in_an_error(tmp_path: Path, write: Write) -> None:
    """The number of attempts is bounded."""
    file = write("curated/mentions/year=2014/month=1/part-0.parquet", id=["old"])
    sizes = iter(range(20, 60))
    lake = RestlessLake(str(tmp_path), *([lambda: file.write_bytes(b"x" * next(sizes))] * 40))
    with pytest.raises(UnreadableLake):
        run_sql("SELECT count(*) AS n FROM mentions", LakeTables(lake))
    assert lake.listings <= 6


def test_lines_of_json_are_a_table(crawled: Callable[[], LakeTables], tmp_path: Path) -> None:
    """Broken lines have no row, values of another type are null, and a query may use the table twice."""
    folder = tmp_path / "raw" / "tweets" / "2026" / "01"
    folder.mkdir(parents=True)
    events = [{"id": "1", "n": 1, "author": {"name": "a"}}, {"id": "2", "n": 2.5, "author": {"name": None}}]
    (folder / "one").write_bytes(b"".join(json.dumps(event).encode() + b"\n" for event in events))
    tables = crawled()
    (folder / "two").write_bytes(b'{"id": 3, "n": "x", "more": 1}\n{broken\n\n[]\n')
    assert run_sql("SELECT id, n, author FROM raw_tweets WHERE n IN (SELECT n FROM RAW_TWEETS)", tables) == [
        {"id": "1", "n": 1.0, "author": {"name": "a"}},
        {"id": "2", "n": 2.5, "author": {"name": None}},
    ]
    assert [{"id": "3", "n": None}] == run_sql("SELECT id, n FROM raw_tweets WHERE n IS NULL", tables)


def test_all_tables_are_shown(crawled: Callable[[], LakeTables]) -> None:
    """Those that a query does not name as well."""
    assert {"tweets", "mentions", "rollups", "bars"} <= {row["name"] for row in run_sql("SHOW TABLES", crawled())}
