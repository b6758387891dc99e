"""Counts as Spark wrote them: of all tweets (`period_totals`) and of each ticker (`ticker_rollups`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from dashboard.queries.reader import SLOW_S, ServingReader
from dashboard.queries.whole import in_periods, whole_period
from dashboard.state import LATEST
from tickertape.domain.periods import Level, is_period, period_end, period_name, period_start
from tickertape.serving.keys import BY_TICKER, ticker_partition

# The picker offers this many periods (about six weeks of hours); older ones are reached through a day or a link.
MAX_PERIODS = 1_000
# Above the number of symbols listed in the US, so a period's top tickers are looked for among all of them.
MAX_TICKERS = 20_000
# Of fewer mentions no share is worth ranking.
LEAST_MENTIONS = 5
# How much time the trend shows.
TREND_SPAN = {
    Level.HOURLY: timedelta(days=7),
    Level.DAILY: timedelta(days=92),
    Level.WEEKLY: timedelta(days=366),
    Level.MONTHLY: timedelta(days=3 * 366),
    Level.YEARLY: timedelta(days=20 * 366),
}
# Lower than every period's name: a key must not be empty.
_FIRST = "0"
_INSTANT = timedelta(microseconds=1)
# Which tickers there are is asked for once in so many seconds: a year has thousands.
_TICKERS_S = 60.0


@dataclass(frozen=True, slots=True)
class Split:
    """How a period's tweets (or one ticker's mentions in it) divide by sentiment.

    Attributes:
        period: the period's name.
        ticker: None for all tweets.
        tweets: distinct tweets; of a ticker, its mentions.
        polarity: mean from -1 to 1, of a ticker only.
    """

    period: str
    ticker: str | None
    tweets: int
    mentions: int
    positive: int
    neutral: int
    negative: int
    authors: int
    polarity: float | None

    @classmethod
    def of_all(cls, item: Mapping[str, Any]) -> Self:
        """Read an item of `period_totals`."""
        return cls(ticker=None, polarity=None, tweets=int(item["tweets"]), **_shared(item, item["period_start"]))

    @classmethod
    def of_ticker(cls, ticker: str, period: str, counts: Mapping[str, Any]) -> Self:
        """One ticker's counts, by the names of `ticker_rollups`."""
        return cls(
            ticker=ticker, polarity=counts["polarity"], tweets=int(counts["mentions"]), **_shared(counts, period)
        )

    @property
    def judged(self) -> int:
        """What the shares are shares of."""
        return self.positive + self.neutral + self.negative

    def share(self, sentiment: str) -> float | None:
        """The share of one sentiment, from 0 to 1; None when nothing was counted."""
        counted: int = getattr(self, sentiment)
        return counted / self.judged if self.judged else None


def _shared(item: Mapping[str, Any], period: str) -> dict[str, Any]:
    names = ("mentions", "positive", "neutral", "negative", "authors")
    return {"period": period, **{name: int(item.get(name, 0)) for name in names}}


def periods(reader: ServingReader, level: Level) -> list[str]:
    """The names of the periods with data, the newest first. One Query."""
    items = reader.query(
        "period_totals_table", ("level", level), refresh_s=SLOW_S, newest_first=True, limit=MAX_PERIODS
    )
    return [item["period_start"] for item in items]


def period_and_previous(reader: ServingReader, level: Level, period: str) -> tuple[Split | None, Split | None]:
    """A period's totals, None without data, and those of the period with data before it. One Query."""
    explicit = is_period(level, period)
    items = reader.query(
        "period_totals_table",
        ("level", level),
        sort=("period_start", _FIRST, period) if explicit else None,
        refresh_s=SLOW_S,
        newest_first=True,
        limit=2,
    )
    found = [Split.of_all(item) for item in items]
    if explicit and (not found or found[0].period != period):
        return None, found[0] if found else None
    return (found[0] if found else None), (found[1] if len(found) > 1 else None)


def newest_within(reader: ServingReader, level: Level, outer: str) -> str:
    """Where a picker goes when the level changes: to the period around `outer`, or to the newest one in it.

    At most one Query.
    """
    of_outer = next((each for each in Level if is_period(each, outer)), None)
    if of_outer is None:
        return LATEST
    start, end = period_start(of_outer, outer), period_end(of_outer, outer)
    first, last = period_name(level, start), period_name(level, end - _INSTANT)
    if first == last:
        return first
    items = reader.query(
        "period_totals_table",
        ("level", level),
        sort=("period_start", first, last),
        refresh_s=SLOW_S,
        newest_first=True,
        limit=1,
    )
    return str(items[0]["period_start"]) if items else LATEST


def ranked_tickers(reader: ServingReader, level: Level, period: str, *, refresh_s: float = SLOW_S) -> list[Split]:
    """A period's tickers, the most mentioned first. One Query; DynamoDB answers it in pages of 1 MB."""
    found = [Split.of_ticker(*each) for each in whole_period(reader, level, period, MAX_TICKERS, refresh_s)]
    return sorted(found, key=lambda split: (-split.mentions, split.ticker or ""))


def tickers_of_newest_year(reader: ServingReader) -> list[Split]:
    """The tickers of the newest year with data, the most mentioned first; none while there is no data. Two Queries."""
    newest, _ = period_and_previous(reader, Level.YEARLY, LATEST)
    return ranked_tickers(reader, Level.YEARLY, newest.period, refresh_s=_TICKERS_S) if newest else []


def sorted_by(ranked: Sequence[Split], sort: str) -> list[Split]:
    """Ranked tickers by their share of a sentiment, or as they are by `mentions`.

    One mention has a share of 100 %: those with fewer than `LEAST_MENTIONS` are left out, unless there are no others.
    """
    if sort == "mentions":
        return list(ranked)
    judged = [split for split in ranked if split.judged >= LEAST_MENTIONS] or list(ranked)
    # Sorting is stable: among equal shares the more mentioned comes first.
    return sorted(judged, key=lambda split: -(split.share(sort) or 0.0))


def trend(reader: ServingReader, level: Level, ticker: str | None, newest: str, period: str) -> list[Split]:
    """The counts of the periods around `period`, oldest first, of all tweets (one Query) or of one ticker (two).

    Args:
        newest: the newest period of the level, where the trend ends unless `period` is too far back.
    """
    low, last = (period_name(level, moment) for moment in trend_window(level, newest, period))
    # Nothing is newer than the newest.
    high = None if last == newest else last
    totals = reader.query(
        "period_totals_table",
        ("level", level),
        sort=("period_start", low, high),
        refresh_s=SLOW_S,
        limit=MAX_PERIODS,
    )
    if not ticker:
        return [Split.of_all(item) for item in totals]
    items = reader.query(
        "ticker_rollups_table",
        ("ticker_level", ticker_partition(ticker, level)),
        index=BY_TICKER,
        sort=("period_start", low, high),
        refresh_s=SLOW_S,
        limit=MAX_PERIODS,
    )
    return [Split.of_ticker(*each) for each in in_periods(items, totals)]


def trend_window(level: Level, newest: str, period: str = LATEST) -> tuple[datetime, datetime]:
    """The starts of the first and the last period of a trend: it ends at the newest, or has `period` in its middle."""
    end, span = period_start(level, newest), TREND_SPAN[level]
    if is_period(level, period) and period_start(level, period) < end - span:
        end = period_start(level, period) + span / 2
    return end - span, end
