"""Staging, publishing and the serving tables' changes: the parts of the batch that are not Spark's."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark.jobs.changes import ROLLUPS, TOTALS, item_keys, items, most_mentioned, to_drop, to_put, totals_of
from spark.jobs.publish import publish, remove_stale
from spark.jobs.slices import affected, kept_by_day, near
from spark.jobs.snapshot import Shown
from spark.jobs.staging import Staged, stage
from spark.jobs.tables import File, LocalTables, State
from tests.fakes.world import MemoryStore
from tickertape.domain.periods import Level
from tickertape.lake.keys import RawKind, Table, slice_key
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


def staged(store: MemoryStore, folder: Path) -> Staged:
    return stage(store, RawKind.TWEETS, store.keys("raw/tweets/"), folder / "lines.jsonl")


def lines(found: Staged) -> list[bytes]:
    return sorted(found.lines.read_bytes().splitlines())


def test_plain_and_compressed_objects_become_lines(tmp_path: Path) -> None:
    """An object is read by its first bytes, and its last line needs no newline."""
    store = MemoryStore()
    store.put("raw/tweets/a", b"1\n2")
    store.put("raw/tweets/b.gz", gzip.compress(b"3\n"))
    store.put("raw/tweets/c", gzip.compress(b"4"))
    store.put("raw/tweets/empty", b"")
    assert [b"1", b"2", b"3", b"4"] == lines(staged(store, tmp_path))


def test_a_broken_object_is_named_and_stops_nothing(tmp_path: Path) -> None:
    """A compressed object that was cut off gives none of its lines, and its neighbours all of theirs."""
    store = MemoryStore()
    store.put("raw/tweets/a", b"1\n")
    store.put("raw/tweets/cut", gzip.compress(b"2\n" * 999)[:-9])
    found = staged(store, tmp_path)
    assert (("raw/tweets/cut",), [b"1"]) == (found.unreadable, lines(found))
    assert {"raw/tweets/a", "raw/tweets/cut"} == found.keys


def test_an_object_that_vanishes_is_counted_and_not_taken_for_read(tmp_path: Path) -> None:
    """Between the listing and the reading somebody may delete."""
    store = MemoryStore()
    store.put("raw/tweets/a", b"1\n")
    found = stage(store, RawKind.TWEETS, ["raw/tweets/a", "raw/tweets/gone"], tmp_path / "lines.jsonl")
    assert ["raw/tweets/a"] == sorted(found.keys)
    assert ("raw/tweets/gone",) == found.vanished


def test_what_the_transform_turned_away_goes_to_quarantine(tmp_path: Path) -> None:
    """A reject that travelled among the events is no event, and is kept where such lines are."""
    store = MemoryStore()
    reject = json.dumps({"outcome": "dropped", "stage": "transform_tweets"}).encode()
    store.put("raw/tweets/a", b"1\n" + reject + b"\n")
    assert [b"1"] == lines(staged(store, tmp_path))
    assert [reject + b"\n"] == [store.objects[key] for key in store.keys("quarantine/transform_tweets/tweets/")]


def test_a_slice_is_a_month() -> None:
    """Few rows a month are one slice, touched by any of its days."""
    assert frozenset() == kept_by_day({"2014-06-05": 10, "2014-06-06": 10}, {"2014-05": 99_999})
    assert ("2014-06",) == affected(["2014-06-06"], ["2014-05", "2014-06"]).slices


def test_a_large_month_is_kept_by_day() -> None:
    """Its other days count, and are not touched."""
    assert {"2014-06"} == kept_by_day({"2014-06-06": 10}, {"2014-06-05": 100_000})
    assert ("2014-06-06",) == affected(["2014-06-06"], ["2014-05", "2014-06-05", "2014-06-06"]).slices


def test_slices_near_others_are_found_by_their_days() -> None:
    """A month is near from its first day to its last, over the turn of a year as well."""
    names = ["2013-12-30", "2013-12-31", "2014-01", "2014-02", "2014-03-01", "2014-03-02"]
    assert {"2014-02"} == near(names, ["2014-02-28"])
    assert {"2014-02", "2014-03-01"} == near(names, ["2014-02-28"], after=1)
    assert {"2013-12-31", "2014-01"} == near(names, ["2014-01"], before=1)
    assert set(names) == near(names, ["2014-01", "2014-02"], before=2, after=2)
    assert set() == near(names, [], before=9)


def written(root: Path, body: int, name: str = "2014-06") -> Path:
    folder = root / "run" / "tweets" / f"slice={name}"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"n": [body]}), folder / "part-00000-1b2c.zstd.parquet")
    return folder.parent


def test_a_run_that_is_killed_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    """Files that no state names do not count, and are removed once there is a state."""
    tables = LocalTables(tmp_path)
    first = State("code").with_slices("tweets", (), tables.adopt("tweets", written(tmp_path, 1)))
    tables.commit(first)
    second = first.with_slices("tweets", ["2014-06"], tables.adopt("tweets", written(tmp_path, 2)))
    assert first == tables.load("code")
    tables.commit(second)
    tables.collect_garbage(tables.in_use(second))
    assert (second, 1) == (tables.load("code"), len(list(tmp_path.rglob("*.parquet"))))


@pytest.mark.parametrize("damage", ["code", "file", "state"])
def test_tables_that_cannot_be_trusted_are_begun_anew(tmp_path: Path, damage: str) -> None:
    """Made by other code, without one of their files, or with half a state: nothing is assumed of them."""
    tables = LocalTables(tmp_path)
    state = State("code").with_slices("tweets", (), tables.adopt("tweets", written(tmp_path, 1)))
    tables.commit(state)
    if damage == "file":
        tables.path("tweets", state.slices("tweets")["2014-06"]).unlink()
    if damage == "state":
        (tmp_path / "state.json").write_text('{"made_by": "code"')
    made_by = "other code" if damage == "code" else "code"
    assert State(made_by) == tables.load(made_by)


def test_a_slice_has_a_key_that_does_not_change() -> None:
    """Folders are named by the time of the rows, as deep as the table has them."""
    assert "curated/tweets/year=2014/month=06/2014-06.parquet" == slice_key(Table.TWEETS, "2014-06")
    assert "curated/tweets/year=2014/month=06/2014-06-17.parquet" == slice_key(Table.TWEETS, "2014-06-17")
    assert "curated/rollups/year=2014/2014.parquet" == slice_key(Table.ROLLUPS, "2014")


KEY = slice_key(Table.TWEETS, "2014-06")


def slice_file(root: Path, body: bytes) -> Path:
    path = root / f"2014-06.{body.decode()}.parquet"
    path.write_bytes(body)
    return path


def test_what_is_there_already_is_not_uploaded_again(tmp_path: Path) -> None:
    """Unchanged files stay, changed and missing ones are written."""
    store = CountingStore()
    before = publish(store, {KEY: slice_file(tmp_path, b"a")}, {})
    publish(store, {KEY: slice_file(tmp_path, b"a")}, before)
    assert [KEY] == store.writes
    before = publish(store, {KEY: slice_file(tmp_path, b"b")}, before)
    store.delete([KEY])
    publish(store, {KEY: slice_file(tmp_path, b"b")}, before)
    assert (3, b"b") == (len(store.writes), store.objects[KEY])


def test_objects_no_longer_true_are_removed(tmp_path: Path) -> None:
    """A slice that has no rows any more goes, and nothing outside the curated tables does."""
    store = MemoryStore()
    store.put("curated/tweets/year=1999/month=01/1999-01.parquet", b"old")
    store.put("raw/tweets/a", b"{}")
    assert 1 == remove_stale(store, publish(store, {KEY: slice_file(tmp_path, b"a")}, {}))
    assert [KEY, "raw/tweets/a"] == sorted(store.objects)


def rollups(*rows: tuple[str, str, str, int]) -> pa.Table:
    counts = {"positive": 0, "neutral": 0, "negative": 0, "polarity": 0.5, "authors": 1, "spam": 0}
    content = [{"level": a, "period": b, "ticker": c, "mentions": d, **counts} for a, b, c, d in rows]
    return pa.Table.from_pylist(content, schema=ROLLUPS.schema)


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
    """Keys and counts are those of the serving store."""
    row = BEFORE.slice(0, 1).to_pylist()[0]
    expected = rollup_item(Level.YEARLY, "2014", "AAPL", row)
    assert [[expected]] == list(items(ROLLUPS, BEFORE.slice(0, 1), 0))


def test_totals_add_up_their_tickers() -> None:
    """A period's mentions and number of tickers are those of its tickers; a period without any has none."""
    everyone = rollups(("YEARLY", "2014", "", 4), ("YEARLY", "2013", "", 1))
    totals = totals_of(everyone, BEFORE)
    found = {row["period"]: (row["tweets"], row["mentions"], row["tickers"]) for row in totals.to_pylist()}
    assert ({"2014": (4, 6, 3), "2013": (1, 0, 0)}, TOTALS.schema) == (found, totals.schema)


@pytest.mark.parametrize(
    ("most", "shown"),
    [
        (0, {("2014", "AAPL"), ("2014", "MSFT"), ("2014", "T"), ("2015", "T")}),
        (1, {("2014", "T"), ("2015", "T")}),
        (2, {("2014", "T"), ("2014", "MSFT"), ("2015", "T")}),
    ],
)
def test_a_period_shows_its_most_mentioned_tickers(most: int, shown: set[tuple[str, str]]) -> None:
    """As many as the setting says, each period its own; 0 for all of them."""
    rows = pa.concat_tables([BEFORE, rollups(("YEARLY", "2015", "T", 1))])
    assert shown == {(row["period"], row["ticker"]) for row in most_mentioned(rows, most).to_pylist()}


def test_of_equally_mentioned_tickers_the_first_by_name_is_shown() -> None:
    """A rerun shows the same."""
    rows = rollups(("DAILY", "2014-06-06", "B", 1), ("DAILY", "2014-06-06", "A", 1))
    assert ["A"] == most_mentioned(rows, 1)["ticker"].to_pylist()


def test_no_rows_are_no_special_case() -> None:
    """An empty lake has no totals and no most mentioned ticker."""
    assert (0, 0) == (totals_of(rollups(), rollups()).num_rows, most_mentioned(rollups(), 3).num_rows)


def test_the_mark_changes_with_any_slice() -> None:
    """With how many tickers are shown, and with the version."""
    shown = Shown({"rollups": {"2014": File("2014.a.parquet", 3)}}, (3, 1), "2014", 1)
    other = Shown({"rollups": {"2014": File("2014.b.parquet", 3)}}, (3, 1), "2014", 1)
    assert 4 == len({shown.mark(0), shown.mark(5), other.mark(0), replace(shown, version=2).mark(0)})
