"""Tickers' counts as their periods' totals say: all of a period as before a rewrite, or all as after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.queries.reader import Items, ServingReader, StoreAway
from tickertape.domain.periods import Level
from tickertape.serving.keys import rollup_partition, total_key
from tickertape.serving.rollups import Counts, Rollup, version_of

# The batch would have to change the period once during each.
_ATTEMPTS = 5
# Ticker, period and counts.
Counted = tuple[str, str, Counts]


def whole_period(reader: ServingReader, level: Level, period: str, limit: int, refresh_s: float) -> list[Counted]:
    """At most `limit` tickers of one period, none when there is no such period. A Query, and its total twice.

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
    # By key: an emulator answers a Query for one item of a partition by a look at all of them.
    total = reader.get("period_totals_table", total_key(level, period))
    for _ in range(_ATTEMPTS):
        if total is None:
            return []
        partition = ("period", rollup_partition(level, period))
        items = reader.ask("ticker_rollups_table", partition, limit=limit, consistent=True)
        # Of an older version than the last one the items that are no more may be gone.
        again = reader.get("period_totals_table", total_key(level, period))
        if again is not None and version_of(again) == version_of(total):
            return in_periods(items, [again])
        total = again
    raise StoreAway(f"The counts of {period} change faster than they can be read; the page asks again by itself.")
