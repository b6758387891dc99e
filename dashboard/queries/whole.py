"""Tickers' counts as their periods' totals say: all of a period as before a rewrite, or all as after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.queries.reader import Items, ServingReader, StoreAway
from tickertape.domain.periods import Level
from tickertape.serving.keys import rollup_partition
from tickertape.serving.rollups import Counts, Rollup, version_of

# The batch would have to change the period once during each.
_ATTEMPTS = 5
# Ticker, period and counts.
Counted = tuple[str, str, Counts]


def whole_period(reader: ServingReader, level: Level, period: str, limit: int, refresh_s: float) -> list[Counted]:
    """At most `limit` tickers of one period, none when there is no such period. Three Queries.

    Raises:
        StoreAway: as `ServingReader.query`; or the period did not stay the same while it was read.
    """
    key = ("whole_period", level, period, limit)
    found: list[Counted] = reader.kept(key, refresh_s, lambda: _read(reader, level, period, limit))
    return found


def in_periods(items: Iterable[Mapping[str, Any]], totals: Items) -> list[Counted]:
    """Items of any periods of one level, each as of the version that its period's total names."""
    versions = {total["period_start"]: version_of(total) for total in totals}
    found = []
    for item in items:
        counts = Rollup.from_item(item).as_of(versions.get(item["period_start"]))
        if counts is not None:
            found.append((item["ticker"], item["period_start"], counts))
    return found


def _read(reader: ServingReader, level: Level, period: str, limit: int) -> list[Counted]:
    totals = _total(reader, level, period)
    for _ in range(_ATTEMPTS):
        if not totals:
            return []
        partition = ("period", rollup_partition(level, period))
        items = reader.ask("ticker_rollups_table", partition, limit=limit, consistent=True)
        # Of an older version than the last one the items that are no more may be gone.
        totals, read_by = _total(reader, level, period), totals
        if list(map(version_of, totals)) == list(map(version_of, read_by)):
            return in_periods(items, totals)
    raise StoreAway(f"The counts of {period} change faster than they can be read; the page asks again by itself.")


def _total(reader: ServingReader, level: Level, period: str) -> Items:
    sort = ("period_start", period, period)
    return reader.ask("period_totals_table", ("level", level), sort=sort, limit=1, consistent=True)
