"""Staging, publishing and the serving tables' changes: the parts of the batch that are not Spark's."""

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spark.jobs.changes import ROLLUPS, TOTALS, item_keys, items, marked, to_drop, to_put, with_marker
from spark.jobs.publish import publish, remove_stale
from spark.jobs.staging import RawCache, Staged
from tests.fakes.world import MemoryStore
from tickertape.domain.periods import Level
from tickertape.lake.keys import RawKind
from tickertape.serving.rollups import rollup_item


class CountingStore(MemoryStore):
    """A bucket that remembers what was read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.writes: list[str] = []

    def get(self, key: str) -> bytes:
        self.reads.append(key)
        return super().get(key)

    def put(self, key: str, body: bytes) -> None:
        self.writes.append(key)
        super().put(key, body)


def stage(store: MemoryStore, folder: Path) -> Staged:
    return RawCache(store, folder).refresh(RawKind.TWEETS)


def lines(staged: Staged) -> list[bytes]:
    return sorted(line for file in staged.files for line in file.read_bytes().splitlines())


def test_plain_and_compressed_objects_become_lines(tmp_path: Path) -> None:
    """An object is read by its first bytes, and its last line needs no newline."""
    store = MemoryStore()
    store.put("raw/tweets/a", b"1\n2")
    store.put("raw/tweets/b.gz", gzip.compress(b"3\n"))
    store.put("raw/tweets/c", gzip.compress(b"4"))
    store.put("raw/tweets/empty", b"")
    store.put("raw/bars/d", b"5\n")
    assert [b"1", b"2", b"3", b"4"] == lines(stage(store, tmp_path))


def test_only_new_objects_are_fetched(tmp_path: Path) -> None:
    """What was fetched once is not asked for again, not even by another process."""
    store = CountingStore()
    store.put("raw/tweets/a", b"1\n")
    stage(store, tmp_path)
    store.put("raw/tweets/b", b"2\n")
    assert [b"1", b"2"] == lines(stage(store, tmp_path))
    assert ["raw/tweets/a", "raw/tweets/b"] == store.reads


def test_objects_that_the_lake_no_longer_has_are_forgotten(tmp_path: Path) -> None:
    """The batch is a function of what is in the lake now."""
    store = MemoryStore()
    for key in "ab":
        store.put(f"raw/tweets/{key}", key.encode())
    stage(store, tmp_path)
    store.delete(["raw/tweets/a"])
    assert [b"b"] == lines(stage(store, tmp_path))


def test_a_broken_object_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    """A compressed object that was cut off is named, now and in later runs."""
    store = MemoryStore()
    store.put("raw/tweets/a", b"1\n")
    store.put("raw/tweets/cut", gzip.compress(b"2\n" * 999)[:-9])
    for _ in range(2):
        staged = stage(store, tmp_path)
        assert (("raw/tweets/cut",), [b"1"]) == (staged.unreadable, lines(staged))


def test_a_fetch_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    """Lines without a manifest do not count."""
    store = MemoryStore()
    store.put("raw/tweets/a", b"1\n")
    (tmp_path / "tweets").mkdir()
    (tmp_path / "tweets" / "half.jsonl").write_bytes(b"1\n")
    assert [b"1"] == lines(stage(store, tmp_path))


def test_many_fetches_become_few_files(tmp_path: Path) -> None:
    """A lake that grows for days does not grow the number of files that Spark opens."""
    store = MemoryStore()
    for number in range(40):
        store.put(f"raw/tweets/{number:02}", b"%02d" % number)
        staged = stage(store, tmp_path)
    assert 20 > len(staged.files)
    assert [b"%02d" % number for number in range(40)] == lines(staged)


def write_parquet(root: Path, body: bytes, name: str = "part-00001-1b2c-c000.zstd.parquet") -> None:
    folder = root / "tweets" / "year=2014" / "month=06"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(body)


def test_files_are_published_under_names_that_do_not_change(tmp_path: Path) -> None:
    """Spark names its files anew each time; the lake's names are numbers."""
    store = MemoryStore()
    write_parquet(tmp_path, b"a")
    write_parquet(tmp_path, b"b", "part-00003-9f-c000.zstd.parquet")
    publish(store, tmp_path, {})
    prefix = "curated/tweets/year=2014/month=06"
    assert {f"{prefix}/part-00000.parquet": b"a", f"{prefix}/part-00001.parquet": b"b"} == store.objects


def test_what_is_there_already_is_not_uploaded_again(tmp_path: Path) -> None:
    """Unchanged files stay, changed and missing ones are written."""
    store = CountingStore()
    write_parquet(tmp_path, b"a")
    before = publish(store, tmp_path, {})
    publish(store, tmp_path, before)
    assert 1 == len(store.writes)
    write_parquet(tmp_path, b"changed")
    before = publish(store, tmp_path, before)
    store.delete(list(before))
    publish(store, tmp_path, before)
    assert 3 == len(store.writes)


def test_objects_no_longer_true_are_removed(tmp_path: Path) -> None:
    """A partition that has no rows any more goes, and nothing outside the curated tables does."""
    store = MemoryStore()
    write_parquet(tmp_path, b"a")
    store.put("curated/tweets/year=1999/month=01/part-00000.parquet", b"old")
    store.put("raw/tweets/a", b"{}")
    assert 1 == remove_stale(store, publish(store, tmp_path, {}))
    assert ["raw/tweets/a"] == [key for key in store.objects if "1999" in key or key.startswith("raw/")]


def rollups(*rows: tuple[str, str, str, int]) -> pa.Table:
    counts = {"positive": 0, "neutral": 0, "negative": 0, "polarity": 0.5, "authors": 1}
    content = [{"level": a, "period": b, "ticker": c, "mentions": d, **counts} for a, b, c, d in rows]
    return pa.Table.from_pylist(content, schema=ROLLUPS.schema)


def totals(*rows: tuple[str, str, int]) -> pa.Table:
    counts = {"mentions": 0, "positive": 0, "neutral": 0, "negative": 0, "authors": 1, "tickers": 0}
    content: list[dict[str, Any]] = [{"level": a, "period": b, "tweets": c, **counts} for a, b, c in rows]
    return pa.Table.from_pylist(content, schema=pa.schema(list(TOTALS.schema)[:-1]))


BEFORE = rollups(("YEARLY", "2014", "AAPL", 1), ("YEARLY", "2014", "MSFT", 2), ("YEARLY", "2014", "T", 3))
AFTER = rollups(("YEARLY", "2014", "AAPL", 1), ("YEARLY", "2014", "MSFT", 5), ("YEARLY", "2015", "T", 3))


def test_only_new_and_changed_rows_are_put() -> None:
    """A row is put when it differs in any column."""
    assert [("2014", "MSFT"), ("2015", "T")] == [
        (row["period"], row["ticker"]) for row in to_put(ROLLUPS, BEFORE, AFTER).to_pylist()
    ]


def test_only_rows_whose_key_is_gone_are_dropped() -> None:
    """A changed row is overwritten, not deleted."""
    drop = to_drop(ROLLUPS, BEFORE, AFTER)
    assert [[{"period": "YEARLY#2014", "ticker": "T"}]] == list(item_keys(ROLLUPS, drop))


def test_a_row_becomes_an_item_with_its_keys() -> None:
    """Keys and counts are those of the serving store, and an item is read back as the row it was made of."""
    row = BEFORE.slice(0, 1).to_pylist()[0]
    expected = rollup_item(Level.YEARLY, "2014", "AAPL", row)
    assert [[expected]] == list(items(ROLLUPS, BEFORE.slice(0, 1)))
    assert row == ROLLUPS.row_of(expected)


def test_the_newest_year_carries_the_mark() -> None:
    """One item says which rows the tables show."""
    years = totals(("YEARLY", "2013", 1), ("YEARLY", "2014", 1), ("DAILY", "2015-01-01", 1))
    assert ["2014"] == marked(with_marker(BEFORE, years))["period"].to_pylist()


@pytest.mark.parametrize(
    ("changed_rollups", "tweets", "same"), [(BEFORE, 1, True), (AFTER, 1, False), (BEFORE, 2, False)]
)
def test_the_mark_changes_with_any_row(changed_rollups: pa.Table, tweets: int, same: bool) -> None:
    """The order of the rows is no change."""
    marks = [
        marked(with_marker(rows, totals(("YEARLY", "2014", count))))["snapshot"].to_pylist()
        for rows, count in ((BEFORE, 1), (changed_rollups.sort_by([("ticker", "descending")]), tweets))
    ]
    assert same == (marks[0] == marks[1])


def test_no_rows_have_no_mark() -> None:
    """An empty lake is no special case."""
    assert 0 == marked(with_marker(rollups(), totals())).num_rows
