"""The crawl over a local folder, into a catalogue in memory."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from tests.fakes.catalogue import MemoryCatalogue
from tests.fakes.lake import RestlessLake
from tickertape.domain.catalogue import Column, Format, TableEntry
from tickertape.domain.hive_types import parse_type
from tickertape.lake.catalogue.crawl import crawl
from tickertape.lake.catalogue.report import CrawlReport
from tickertape.lake.files import LakeFiles
from tickertape.lake.keys import Table

Write = Callable[..., Path]
_SECONDS = count(1_700_000_000)


@pytest.fixture
def lake(tmp_path: Path) -> LakeFiles:
    """An empty lake."""
    return LakeFiles(str(tmp_path), fs.LocalFileSystem())


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a Parquet file, a second after the last one."""

    def put(key: str, **columns: Any) -> Path:
        file = tmp_path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), file)
        return aged(file)

    return put


def aged(file: Path) -> Path:
    now = next(_SECONDS)
    os.utime(file, (now, now))
    return file


def put_lines(tmp_path: Path, key: str, *events: Any) -> None:
    file = tmp_path / key
    file.parent.mkdir(parents=True, exist_ok=True)
    body = b"".join(event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n" for event in events)
    file.write_bytes(gzip.compress(body))
    aged(file)


def of(report: CrawlReport, table: str) -> list[str]:
    return [str(found) for found in report.found if found.table == table]


def columns(catalogue: MemoryCatalogue, table: str) -> dict[str, str]:
    return {column.name: str(column.type) for column in catalogue.tables()[table].columns}


def test_the_declared_tables_are_registered_before_anything_is_written(
    lake: LakeFiles, catalogue: MemoryCatalogue
) -> None:
    """An empty lake has all curated tables, with their columns and partition keys."""
    report = crawl(lake, catalogue)
    assert {str(table) for table in Table} == catalogue.tables().keys() == report.tables.keys()
    assert "timestamp" == columns(catalogue, "mentions")["created_at"]
    assert "year" == catalogue.tables()["mentions"].partition_keys[0].name
    assert () == crawl(lake, catalogue).found


def test_a_table_that_nobody_declared_is_found_with_its_partitions(
    lake: LakeFiles, catalogue: MemoryCatalogue, write: Write
) -> None:
    """A folder with Parquet files is a table: columns from the footers, keys from the folders."""
    write("curated/my_table/year=2014/zip=01234/a.parquet", x=[1], tags=[["a"]], year=["ignored"])
    write("curated/my_table/year=2015/zip=5/a.parquet", x=[1], tags=[["a"]])
    report = crawl(lake, catalogue)
    table = catalogue.tables()["my_table"]
    assert {"x": "bigint", "tags": "array<string>"} == columns(catalogue, "my_table")
    assert (Column("year", parse_type("int")), Column("zip", parse_type("string"))) == table.partition_keys
    assert [("2014", "01234"), ("2015", "5")] == sorted(catalogue.partitions("my_table"))
    assert table.location == lake.location("curated/my_table/")
    assert of(report, "my_table") == [
        "new table my_table 2 columns",
        "new partition my_table.year=2014/zip=01234",
        "new partition my_table.year=2015/zip=5",
    ]


def test_only_what_is_new_is_opened(lake: LakeFiles, catalogue: MemoryCatalogue, write: Write) -> None:
    """A crawl opens the files that came or changed since the last one, whatever else there is."""
    for month in range(1, 10):
        write(f"curated/t/month={month}/a.parquet", x=[1])
    assert 9 == crawl(lake, catalogue).opened
    assert 0 == crawl(lake, catalogue).opened
    write("curated/t/month=3/b.parquet", x=[1])
    write("curated/t/month=4/a.parquet", x=[1, 2])
    report = crawl(lake, catalogue)
    assert 2 == report.opened
    assert () == report.found


def test_a_new_partition_and_a_new_column_are_taken_up(
    lake: LakeFiles, catalogue: MemoryCatalogue, write: Write
) -> None:
    """Both are in the catalogue afterwards, and in the report."""
    write("curated/t/month=1/a.parquet", x=[1])
    crawl(lake, catalogue)
    write("curated/t/month=2/a.parquet", x=[1], y=["new"])
    assert of(crawl(lake, catalogue), "t") == [
        "new column t.y string (curated/t/month=2/a.parquet)",
        "new partition t.month=2",
    ]
    assert {"x": "bigint", "y": "string"} == columns(catalogue, "t")


def test_a_wider_type_is_taken_up_and_a_conflicting_one_is_not(
    lake: LakeFiles, catalogue: MemoryCatalogue, write: Write
) -> None:
    """`int` becomes `bigint`; where a string comes instead of a number, the number stays and the report says so."""
    write("curated/t/month=1/a.parquet", x=pa.array([1], pa.int32()), y=[1])
    crawl(lake, catalogue)
    write("curated/t/month=2/a.parquet", x=[1], y=["one"])
    assert of(crawl(lake, catalogue), "t") == [
        "type widened t.x int -> bigint (curated/t/month=2/a.parquet)",
        "type conflict t.y bigint -> string (curated/t/month=2/a.parquet)",
        "new partition t.month=2",
    ]
    assert {"x": "bigint", "y": "bigint"} == columns(catalogue, "t")
    write("curated/t/month=3/a.parquet", x=pa.array([1], pa.int32()), y=[1])
    assert ["new partition t.month=3"] == of(crawl(lake, catalogue), "t")


def test_what_is_gone_is_forgotten(lake: LakeFiles, catalogue: MemoryCatalogue, write: Write) -> None:
    """A partition without files is dropped, and so is a table that nobody declared; a declared one stays, empty."""
    gone = [
        write("curated/t/month=1/a.parquet", x=[1]),
        write("curated/u/a.parquet", x=[1]),
        write("curated/tweets/year=2014/month=06/a.parquet", id=["1"]),
    ]
    write("curated/t/month=2/a.parquet", x=[1])
    crawl(lake, catalogue)
    for file in gone:
        file.unlink()
    assert [str(found) for found in crawl(lake, catalogue).found] == [
        "dropped partition t.month=1",
        "dropped partition tweets.year=2014/month=06",
        "dropped table u",
    ]
    assert {"t", *map(str, Table)} == catalogue.tables().keys()


def test_a_table_with_other_folders_is_registered_anew(
    lake: LakeFiles, catalogue: MemoryCatalogue, write: Write
) -> None:
    """When the partition keys change, the old partitions go with them; a file left in the old folders is reported."""
    write("curated/t/month=1/a.parquet", x=[1], day=[5])
    crawl(lake, catalogue)
    for day in (1, 2):
        write(f"curated/t/month=1/day={day}/a.parquet", x=[1])
    assert of(crawl(lake, catalogue), "t") == [
        "files outside partitions t (curated/t/month=1/a.parquet)",
        "partition keys changed t month -> month/day",
        "new table t 1 columns",
        "new partition t.month=1/day=1",
        "new partition t.month=1/day=2",
    ]
    assert {"x": "bigint"} == columns(catalogue, "t")


def test_a_broken_file_stops_nothing_and_is_looked_at_again(
    lake: LakeFiles, catalogue: MemoryCatalogue, write: Write
) -> None:
    """It is reported each time, until it is replaced by one that can be read."""
    broken = write("curated/t/month=1/a.parquet", x=[1])
    write("curated/t/month=1/b.parquet", x=[1])
    broken.write_bytes(b"PAR1 not really")
    for _ in range(2):
        assert "unreadable file t.curated/t/month=1/a.parquet" in of(crawl(lake, catalogue), "t")
    write("curated/t/month=1/a.parquet", x=[1], z=[1.5])
    assert ["new column t.z double (curated/t/month=1/a.parquet)"] == of(crawl(lake, catalogue), "t")


def test_a_file_that_vanishes_stops_nothing(catalogue: MemoryCatalogue, write: Write, tmp_path: Path) -> None:
    """Gone between listing and reading: counted, and not registered."""
    file = write("curated/t/month=1/a.parquet", x=[1])
    report = crawl(RestlessLake(str(tmp_path), file.unlink), catalogue)
    assert ["vanished file t.curated/t/month=1/a.parquet", "new table t 0 columns"] == of(report, "t")
    assert {} == catalogue.partitions("t")


def test_tables_of_others_are_left_alone(lake: LakeFiles, catalogue: MemoryCatalogue, write: Write) -> None:
    """A table that no crawl registered is neither changed nor dropped."""
    theirs = [TableEntry(name, "s3://elsewhere/", Format.PARQUET, ()) for name in ("t", "u")]
    for table in theirs:
        catalogue.put_table(table)
    write("curated/t/a.parquet", x=[1])
    assert ["left out t the catalogue has another table of that name, s3://elsewhere/"] == of(
        crawl(lake, catalogue), "t"
    )
    assert theirs == [catalogue.tables()[name] for name in ("t", "u")]


def test_lines_of_json_are_tables(lake: LakeFiles, catalogue: MemoryCatalogue, tmp_path: Path) -> None:
    """Types are inferred from the lines of a few objects, gzip or not; a broken line or object stops nothing."""
    tweet = {"id": "1", "followers": 1, "polarity": 1, "author": {"id": "a", "name": None}, "tickers": [], "geo": None}
    put_lines(tmp_path, "raw/tweets/2026/01/01/00/one", tweet, b"{broken\n", b"[1]\n")
    put_lines(
        tmp_path, "raw/tweets/2026/01/01/01/two", tweet | {"polarity": 0.5, "author": {"name": "n"}, "tickers": ["A"]}
    )
    (tmp_path / "raw/tweets/2026/01/01/01/three").write_bytes(b"\x1f\x8bnot gzip")
    report = crawl(lake, catalogue)
    assert columns(catalogue, "raw_tweets") == {
        "id": "string",
        "followers": "bigint",
        "polarity": "double",
        "author": "struct<name:string,id:string>",
        "tickers": "array<string>",
        "geo": "string",
    }
    assert "unreadable file raw_tweets.raw/tweets/2026/01/01/01/three" in of(report, "raw_tweets")
    put_lines(tmp_path, "raw/tweets/2026/01/01/02/four", {"id": 7, "source": "x"})
    report = crawl(lake, catalogue)
    assert 1 == report.opened
    assert of(report, "raw_tweets") == [
        "type conflict raw_tweets.id string -> bigint",
        "new column raw_tweets.source string",
    ]


def test_of_many_raw_objects_a_few_are_opened(lake: LakeFiles, catalogue: MemoryCatalogue, tmp_path: Path) -> None:
    """The cost of raw tables does not grow with the lake, and quarantine is one of them."""
    for number in range(50):
        put_lines(tmp_path, f"raw/bars/2026/01/01/{number:02}/x", {"symbol": "A"})
    put_lines(tmp_path, "quarantine/ingest/tweets/aa.jsonl", {"reason": "odd"})
    assert 8 + 1 == crawl(lake, catalogue).opened
    assert {"reason": "string"} == columns(catalogue, "quarantine")
    assert 0 == crawl(lake, catalogue).opened
    put_lines(tmp_path, "quarantine/ingest/tweets/00.jsonl", {"reason": "odd", "detail": "d"})
    assert ["new column quarantine.detail string"] == of(crawl(lake, catalogue), "quarantine")
