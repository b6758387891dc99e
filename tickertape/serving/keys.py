"""The serving tables' keys, pure: every writer and every reader makes its keys here and nowhere else."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from tickertape.domain.periods import Level, period_name
from tickertape.domain.times import format_utc

# One day of tweets is spread over this many partitions; readers ask every one of them.
TWEET_SHARDS = 4
# A tweet is listed under so many of its tickers at most; counts have all. 25,000 characters hold 5,000 cashtags, whose
# copies would be 300 MB, more than a function can write before its batch comes again.
MOST_LISTED = 100
BY_TICKER = "by_ticker"
# The partition of `prices` that lists the series there are, so that no page scans for them.
SERIES = "SERIES"


def rollup_key(level: Level, period: str, ticker: str) -> dict[str, str]:
    """The key of one ticker's counts in one period, and what its index `by_ticker` sorts by."""
    return {
        "period": rollup_partition(level, period),
        "ticker": ticker,
        "ticker_level": ticker_partition(ticker, level),
        "period_start": period,
    }


def rollup_partition(level: Level, period: str) -> str:
    """All tickers of one period: `HOURLY#2014-06-06T14`."""
    return f"{level}#{period}"


def ticker_partition(ticker: str, level: Level) -> str:
    """All periods of one ticker, in the index `by_ticker`: `AAPL#HOURLY`."""
    return f"{ticker}#{level}"


def total_key(level: Level, period: str) -> dict[str, str]:
    """The key of one period's totals over all tweets."""
    return {"level": level, "period_start": period}


def tweet_keys(
    tweet_id: str, created_at: datetime, tickers: tuple[str, ...], *, located: bool = False
) -> Iterator[dict[str, str]]:
    """The keys that one tweet is stored under.

    The first is the tweet in its day. An index holds one ticker an item, so every further ticker has a copy in a
    partition of its own that the listing of a day does not read, up to `MOST_LISTED` of them. The index has a partition
    for each week of a ticker: one of all time would grow without end, and MiniStack sorts all of a partition for each
    question. A tweet that is `located` has a copy among those of its month: one in a hundred has a place, and a map
    that read all of them would find none in time.
    """
    sort = tweet_sort(tweet_id, created_at)
    day = created_at.date().isoformat()
    first = {"day_shard": day_partition(day, tweet_shard(tweet_id)), "created_at_id": sort}
    week = period_name(Level.WEEKLY, created_at)
    yield first | ({"ticker_week": ticker_week(tickers[0], week)} if tickers else {})
    for ticker in tickers[1:MOST_LISTED]:
        yield {"day_shard": f"{day}#{ticker}", "created_at_id": sort, "ticker_week": ticker_week(ticker, week)}
    if located:
        # Without a ticker: the index has the tweet already.
        yield {"day_shard": located_partition(day[:7]), "created_at_id": sort}


def ticker_week(ticker: str, week: str) -> str:
    """The tweets about a ticker of one week, in the index `by_ticker`: `AAPL#2014-W23`."""
    return f"{ticker}#{week}"


def located_partition(month: str) -> str:
    """The tweets of a month that say where they were written: `2014-06#located`."""
    return f"{month}#located"


def tweet_shard(tweet_id: str) -> int:
    """Which of a day's `TWEET_SHARDS` partitions a tweet is in."""
    return zlib.crc32(tweet_id.encode()) % TWEET_SHARDS


def tweet_sort(tweet_id: str, created_at: datetime) -> str:
    """Sorts as time does; times of whole seconds and of milliseconds share one form."""
    return f"{created_at.isoformat(timespec='milliseconds')[:23]}Z#{tweet_id}"


def day_partition(day: str, shard: int) -> str:
    """One of the partitions of a day's tweets: `2014-06-06#3`."""
    return f"{day}#{shard}"


def day_partitions(day: str) -> list[str]:
    """Every partition of a day's tweets."""
    return [day_partition(day, shard) for shard in range(TWEET_SHARDS)]


def days_back(moment: datetime, days: int) -> list[str]:
    """The names of `days` days up to and including that of `moment`, the latest first."""
    return [(moment - timedelta(days=back)).date().isoformat() for back in range(days)]


def price_partition(symbol: str, interval: str) -> str:
    """One series of bars: `AAPL#1m`."""
    return f"{symbol}#{interval}"


def price_key(symbol: str, interval: str, ts: datetime) -> dict[str, str]:
    """The key of one bar with its averages."""
    return {"symbol_interval": price_partition(symbol, interval), "ts": format_utc(ts)}


def series_key(symbol: str, interval: str) -> dict[str, str]:
    """The key of a series' entry in the list of series."""
    return {"symbol_interval": SERIES, "ts": price_partition(symbol, interval)}


def prediction_partition(ticker: str, interval: str) -> str:
    """All predictions of one ticker over candles of one length: `AAPL#1h`."""
    return f"{ticker}#{interval}"


def prediction_key(ticker: str, interval: str, at: datetime, learner: str) -> dict[str, str]:
    """The key of what one learner said at the end of a candle; sorts by time."""
    return {"series": prediction_partition(ticker, interval), "at_learner": f"{format_utc(at)}#{learner}"}


def predicted_series(interval: str) -> str:
    """The partition that lists the series over candles of one length: `SERIES#1h`."""
    return f"{SERIES}#{interval}"


def predicted_series_key(ticker: str, interval: str) -> dict[str, str]:
    """The key of a series in that list."""
    return {"series": predicted_series(interval), "at_learner": ticker}
