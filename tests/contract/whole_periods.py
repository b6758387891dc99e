"""What a reader sees of a period while it is rewritten, over a fake DynamoDB and over a real one.

`tests/integration/test_store_contracts.py` asks the same of the emulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.queries import counts
from dashboard.queries.reader import ServingReader
from spark.jobs.changes import ROLLUPS as ROWS
from spark.jobs.serving import Served, serve
from spark.jobs.snapshot import ServingTables
from spark.jobs.tables import File, LocalTables
from spark.jobs.tweets import TOTALS as ALL_TWEETS
from tests.e2e.dashboard_world import RESOURCES
from tickertape.domain.periods import Level
from tickertape.lake.keys import Table
from tickertape.serving.keys import rollup_partition
from tickertape.serving.store import scan

ROLLUPS, TOTALS = "whole_rollups", "whole_totals"
KEYS = {ROLLUPS: ("period", "ticker"), TOTALS: ("level", "period_start")}
# Mentions by ticker, by period.
Mentions = Mapping[tuple[Level, str], Mapping[str, int]]

HOUR, LATER, DAY = (Level.HOURLY, "2014-06-06T14"), (Level.HOURLY, "2014-06-06T15"), (Level.DAILY, "2014-06-06")
WEEK, YEAR = (Level.WEEKLY, "2014-W23"), (Level.YEARLY, "2014")
# More than a batch takes, so that there is something between two writes.
_MANY = {f"T{number:02}": number + 1 for number in range(40)}
OLD: Mentions = {
    HOUR: _MANY | {"GONE": 1},
    DAY: _MANY | {"GONE": 1},
    # Its total stays what it is.
    WEEK: {"AAPL": 1, "FB": 2},
    YEAR: {"KEPT": 1, "GONE": 2},
}
NEW: Mentions = {
    # With counts that change, a ticker more, another one less, and one whose counts stay.
    HOUR: {ticker: 2 * mentions for ticker, mentions in _MANY.items()} | {"T00": 1, "NEW": 1},
    LATER: {"NEW": 1},
    WEEK: {"AAPL": 2, "FB": 1},
    YEAR: {"KEPT": 1, "NEW": 2},
}
PERIODS = (HOUR, LATER, DAY, WEEK, YEAR)


class Killed(BaseException):
    """Stands for kill -9: nothing handles it."""


@dataclass(frozen=True, slots=True)
class Store:
    """Two empty tables, and a folder for what the batch keeps beside them."""

    client: Any
    folder: Path

    def write(self, mentions: Mentions) -> Served:
        """As the batch does."""
        local = LocalTables(self.folder)
        tables = ServingTables(self.client, ROLLUPS, TOTALS)
        return serve(tables, local, _files(local, mentions), self.folder / "served.json")

    def seen(self) -> Mentions:
        """What somebody sees who has not asked before."""
        resources = replace(RESOURCES, ticker_rollups_table=ROLLUPS, period_totals_table=TOTALS)
        reader = ServingReader(lambda: resources, lambda: self.client)
        return {period: _of(counts.ranked_tickers(reader, *period)) for period in PERIODS}

    def with_client(self, client: Any) -> Store:
        """The same store, by another client."""
        return replace(self, client=client)

    def keys(self) -> set[tuple[str, str]]:
        """Of all items of rollups."""
        return {(item["period"], item["ticker"]) for item in scan(self.client, ROLLUPS, KEYS[ROLLUPS])}


class Disturbed:
    """A client of DynamoDB that does something else before some of its calls."""

    def __init__(self, client: Any, meanwhile: Callable[[int], None], *calls: str) -> None:
        self._client, self._meanwhile, self._calls = client, meanwhile, calls
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        wanted = getattr(self._client, name)
        if name not in self._calls:
            return wanted

        def call(**arguments: Any) -> Any:
            self.calls += 1
            self._meanwhile(self.calls)
            return wanted(**arguments)

        return call


def a_reader_sees_all_as_before_or_all_as_after(store: Store) -> None:
    """Whoever looks between any two writes, for the first time or not."""
    store.write(OLD)
    looks: list[Mentions] = []
    written = store.with_client(Disturbed(store.client, lambda _: looks.append(store.seen()), "batch_write_item"))
    written.write(NEW)
    looks.append(store.seen())
    for period in PERIODS:
        seen = [look[period] for look in looks]
        before = seen.index(NEW.get(period, {}))
        assert [OLD.get(period, {})] * before == seen[:before]
        assert [NEW.get(period, {})] * (len(seen) - before) == seen[before:]
    assert _keys(NEW) == store.keys()


def a_rewrite_amid_a_read_is_seen_whole(store: Store) -> None:
    """The period is rewritten before any of the calls by which it is read: the total, the items, the total again."""
    for number in (1, 2, 3):
        store.write(OLD)

        def meanwhile(call: int, number: int = number) -> None:
            if call == number:
                store.write(NEW)

        seen = store.with_client(Disturbed(store.client, meanwhile, "get_item", "query")).seen()
        assert NEW[HOUR] == seen[HOUR]


def a_trend_agrees_with_its_periods(store: Store) -> None:
    """One ticker over time, by the index: as before until the total says so."""
    store.write(OLD)
    trends: list[list[int]] = []

    def look(_call: int) -> None:
        resources = replace(RESOURCES, ticker_rollups_table=ROLLUPS, period_totals_table=TOTALS)
        reader = ServingReader(lambda: resources, lambda: store.client)
        splits = counts.trend(reader, Level.HOURLY, "T39", LATER[1], LATER[1])
        trends.append([split.mentions for split in splits])

    store.with_client(Disturbed(store.client, look, "batch_write_item")).write(NEW)
    assert {(40,), (80,)} == set(map(tuple, trends))
    assert trends == sorted(trends)


def a_killed_writer_is_made_good(store: Store) -> None:
    """After each number of writes: every period is whole, and the next run makes them as they should be."""
    for most, then in product(range(20), (NEW, OLD)):
        store.write(OLD)
        if _is_killed(store, most):
            seen = store.seen()
            assert all(seen[period] in (OLD.get(period, {}), NEW.get(period, {})) for period in PERIODS)
        else:
            break
        # What is to be shown may have changed again meanwhile.
        store.write(then)
        assert (_whole(then), _keys(then)) == (store.seen(), store.keys())
    else:
        pytest.fail("it was killed at the last write too")


def _is_killed(store: Store, most: int) -> bool:
    def meanwhile(call: int) -> None:
        if call > most:
            raise Killed

    try:
        store.with_client(Disturbed(store.client, meanwhile, "batch_write_item")).write(NEW)
    except Killed:
        return True
    return False


CONTRACT = (
    a_reader_sees_all_as_before_or_all_as_after,
    a_rewrite_amid_a_read_is_seen_whole,
    a_trend_agrees_with_its_periods,
    a_killed_writer_is_made_good,
)


def _whole(mentions: Mentions) -> Mentions:
    return {period: mentions.get(period, {}) for period in PERIODS}


def _keys(mentions: Mentions) -> set[tuple[str, str]]:
    return {(rollup_partition(*period), ticker) for period, found in mentions.items() for ticker in found}


def _of(splits: list[counts.Split]) -> dict[str, int]:
    return {split.ticker or "": split.mentions for split in splits}


def _files(local: LocalTables, mentions: Mentions) -> dict[str, dict[str, File]]:
    """The slices that Spark would have made, named by their content."""
    of_tickers = [(period, ticker, number) for period, found in mentions.items() for ticker, number in found.items()]
    of_all = [(period, "", sum(found.values())) for period, found in mentions.items()]
    return {
        table: {name: _file(local, table, name, rows) for name in ("2014-06", "2014")}
        for table, rows in ((Table.ROLLUPS, of_tickers), (ALL_TWEETS, of_all))
    }


def _file(local: LocalTables, table: str, name: str, rows: list[tuple[tuple[Level, str], str, int]]) -> File:
    others = {"positive": 0, "neutral": 0, "negative": 0, "polarity": 0.5, "authors": 1, "spam": 0}
    found = [
        {"level": level, "period": period, "ticker": ticker, "mentions": number, **others}
        for (level, period), ticker, number in rows
        if (level in (Level.WEEKLY, Level.YEARLY)) == (name == "2014")
    ]
    file = File(f"{name}.{abs(hash(str(found)))}.parquet", len(found))
    local.path(table, file).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(found, schema=ROWS.schema), local.path(table, file))
    return file
