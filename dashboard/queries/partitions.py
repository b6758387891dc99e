"""Which partitions of `recent_tweets` can hold the tweets of a stretch of time, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard.queries.reader import SLOW_S, ServingReader
from tickertape.domain.periods import Level, period_name
from tickertape.serving.keys import BY_TICKER, days_back, ticker_partition

# Below and above every name of a time.
LOWEST, HIGHEST = "0", "~"
# The live layer may be a day ahead of the batch that says which periods have data.
_CLOCK_DAYS = 2


def days(reader: ServingReader, now: datetime, low: str, high: str, most: int) -> tuple[list[str], bool]:
    """At most so many days with tweets, `2014-06-06`, and whether there are older ones. One Query.

    Args:
        now: the time on the clock, for tweets that no batch has counted yet.
        low, high: times, `2014-06-06T14:…`, in the first and the last of the days, or `LOWEST` and `HIGHEST`.
    """
    return _of_all(reader, Level.DAILY, now, low, high, most)


def months(reader: ServingReader, now: datetime, low: str, high: str, most: int) -> tuple[list[str], bool]:
    """As `days`, of months, `2014-06`."""
    return _of_all(reader, Level.MONTHLY, now, low, high, most)


def weeks(reader: ServingReader, now: datetime, ticker: str, low: str, high: str, most: int) -> tuple[list[str], bool]:
    """As `days`, of the weeks with tweets about a ticker, `2014-W23`.

    A week that was counted without it, since `TICKERTAPE_TOP_TICKERS` left it out, is not among them.
    """
    first, last = (_name(Level.WEEKLY, bound) for bound in (low, high))
    counted = reader.query(
        "ticker_rollups_table",
        ("ticker_level", ticker_partition(ticker, Level.WEEKLY)),
        sort=("period_start", first, last),
        index=BY_TICKER,
        refresh_s=SLOW_S,
        newest_first=True,
        limit=most + 1,
    )
    return _newest(counted, _live(Level.WEEKLY, now), first, last, most)


def _of_all(
    reader: ServingReader, level: Level, now: datetime, low: str, high: str, most: int
) -> tuple[list[str], bool]:
    first, last = (_name(level, bound) for bound in (low, high))
    counted = reader.query(
        "period_totals_table",
        ("level", level),
        sort=("period_start", first, last),
        refresh_s=SLOW_S,
        newest_first=True,
        limit=most + 1,
    )
    return _newest(counted, _live(level, now), first, last, most)


def _live(level: Level, now: datetime) -> Iterator[str]:
    return (_name(level, day) for day in days_back(now, _CLOCK_DAYS))


def _name(level: Level, bound: str) -> str:
    if bound in (LOWEST, HIGHEST):
        return bound
    return period_name(level, datetime.fromisoformat(bound[:10]).replace(tzinfo=UTC))


def _newest(
    counted: Iterable[Mapping[str, Any]], live: Iterable[str], first: str, last: str, most: int
) -> tuple[list[str], bool]:
    names = {str(item["period_start"]) for item in counted} | {name for name in live if first <= name <= last}
    return sorted(names, reverse=True)[:most], len(names) > most
