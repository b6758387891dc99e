"""Several tickers over one stretch of time: how much they were talked about, and their bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.queries import counts, prices
from dashboard.queries.counts import Split
from dashboard.queries.prices import PricedBar
from dashboard.queries.reader import SLOW_S, ServingReader
from dashboard.queries.tweet_search import Wanted, search_tweets
from dashboard.queries.tweets import ShownTweet
from dashboard.state import LATEST
from tickertape.domain.periods import Level, period_end, period_name, period_start

_INSTANT = timedelta(microseconds=1)
# With fewer periods than this the axis is not filled by one giant bar.
_LEAST_PERIODS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """One ticker.

    Attributes:
        splits: its mentions, oldest first; periods without any are left out.
        bars: its bars, oldest first; none when there is no series of it.
        interval: of these bars, `5m`.
    """

    ticker: str
    splits: list[Split]
    bars: Sequence[PricedBar]
    interval: str

    @property
    def outline(self) -> tuple[object, ...]:
        """What differs where anything does."""
        return self.ticker, self.splits, self.interval, prices.outline(self.bars)


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a figure shows, from `start` to before `end`, whole periods of `level`."""

    level: Level
    start: datetime
    end: datetime


def window(reader: ServingReader, level: Level, until: str | None) -> Window | None:
    """The stretch of time up to a day, or up to the newest period with data; None while there are none. One Query."""
    newest: str | None
    if until:
        newest = period_name(level, datetime.fromisoformat(until).replace(tzinfo=UTC) + timedelta(days=1) - _INSTANT)
    else:
        split, _ = counts.period_and_previous(reader, level, LATEST)
        newest = split.period if split else None
    if newest is None:
        return None
    start, _ = counts.trend_window(level, newest)
    return Window(level, start, period_end(level, newest))


def compare(reader: ServingReader, tickers: Sequence[str], shown: Window) -> list[Compared]:
    """Each ticker's mentions and bars in a stretch of time. Two Queries, and two for each ticker."""
    known = prices.all_series(reader)
    return [_one(reader, known, ticker, shown) for ticker in tickers]


def from_first_data(shown: Window, found: Sequence[Compared]) -> Window:
    """The window without the empty time before the first mention or bar, but at least some periods long."""
    firsts = [period_start(shown.level, each.splits[0].period) for each in found if each.splits]
    firsts += [each.bars[0].ts for each in found if each.bars]
    first = min(firsts, default=shown.start)
    start = shown.end
    for _ in range(_LEAST_PERIODS):
        start = period_start(shown.level, period_name(shown.level, start - _INSTANT))
    start = min(start, period_start(shown.level, period_name(shown.level, first)))
    return Window(shown.level, max(start, shown.start), shown.end)


def _one(reader: ServingReader, known: Sequence[prices.Series], ticker: str, shown: Window) -> Compared:
    newest = period_name(shown.level, shown.end - _INSTANT)
    splits = counts.trend(reader, shown.level, ticker, newest, LATEST)
    series = prices.series_for(known, ticker, shown.start, minutes=shown.level is Level.HOURLY)
    if series is None:
        return Compared(ticker, splits, [], "")
    bars = prices.bars_between(reader, series.partition, shown.start, shown.end, refresh_s=SLOW_S)
    return Compared(ticker, splits, bars, series.interval)


def tweets_about(
    reader: ServingReader,
    now: datetime,
    tickers: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    limit: int,
) -> list[ShownTweet]:
    """The newest tweets about any of the tickers, each once, at most `limit`. As many Queries as searches."""
    found = {
        tweet.id: tweet
        for ticker in tickers
        for tweet in search_tweets(reader, now, Wanted(ticker=ticker, start=start, end=end), limit).tweets
    }
    return sorted(found.values(), key=lambda tweet: (tweet.created_at, tweet.id), reverse=True)[:limit]
