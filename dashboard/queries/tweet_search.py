"""Tweets by ticker, time, sentiment, language and words: the newest that fit, in a bounded number of Query calls."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from dashboard.queries import partitions
from dashboard.queries.partitions import HIGHEST, LOWEST
from dashboard.queries.reader import SLOW_S, ServingReader
from dashboard.queries.tweets import ShownTweet
from tickertape.serving.keys import BY_TICKER, TWEET_SHARDS, day_partitions, ticker_week, tweet_sort

# No view asks more often than this, the question for the days or weeks not counted.
MAX_QUERIES = 60
# So many tweets a call when most of them may not fit: about 250 KB, a quarter of what DynamoDB answers at once.
_CHUNK = 500
_MAX_DAYS = MAX_QUERIES // TWEET_SHARDS
_KEY = "created_at_id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tweets fit.

    Attributes:
        start: UTC, included; None for the first there is.
        end: UTC, not included; None for the newest.
        sentiment, lang: None for all.
        words: parts of the text in any case, all of which it has to have.
    """

    ticker: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    sentiment: str | None = None
    lang: str | None = None
    words: str = ""

    @property
    def is_selective(self) -> bool:
        """Whether tweets of the right ticker and time may not fit."""
        return bool(self.sentiment or self.lang or self.words.split())

    def fits(self, tweet: ShownTweet) -> bool:
        """Whether a tweet of the right ticker and time fits."""
        if self.sentiment and tweet.sentiment != self.sentiment:
            return False
        if self.lang and tweet.lang != self.lang:
            return False
        words = searchable(self.words).split()
        text = searchable(tweet.text) if words else ""
        return all(word in text for word in words)


@dataclass(slots=True)
class Found:
    """What a search found, the newest first.

    Attributes:
        looked_at: how many tweets of the ticker and time were read for it.
        oldest: when the oldest of these was written; None when there were none.
        gave_up: there are older tweets that nobody looked at, though fewer than wanted were found.
        languages: of all that were read.
    """

    tweets: list[ShownTweet] = field(default_factory=list)
    looked_at: int = 0
    oldest: datetime | None = None
    gave_up: bool = False
    languages: Counter[str] = field(default_factory=Counter)


def searchable(text: str) -> str:
    """A text as it is compared: without case, what nobody sees (zero-width signs, overrides) and bent apostrophes.

    >>> searchable("To the MO\\u200bON")
    'to the moon'
    >>> searchable("Apple\\u2019s")
    "apple's"
    """
    seen = "".join(sign for sign in text.casefold() if unicodedata.category(sign) != "Cf")
    return seen.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def search_tweets(reader: ServingReader, now: datetime, wanted: Wanted, limit: int) -> Found:
    """The newest tweets that fit, at most `limit`; at most `MAX_QUERIES` calls, and one for the days or weeks.

    Of a ticker its weeks in the index are read, of all tickers the partitions of each day with data, until there are
    enough.

    Args:
        now: the time on the clock, for tweets that no batch has counted yet.
    """
    walk = _Walk(reader, chunk=_CHUNK if wanted.is_selective else limit)
    found = Found()
    low, high = sort_bounds(wanted)
    source = walk.of_ticker(now, wanted.ticker, low, high) if wanted.ticker else walk.of_all(now, low, high)
    fitting = (tweet for tweet in _counted(source, found) if wanted.fits(tweet))
    found.tweets = list(islice(fitting, limit))
    found.gave_up = walk.gave_up
    return found


def _counted(items: Iterator[Mapping[str, Any]], found: Found) -> Iterator[ShownTweet]:
    for item in items:
        tweet = ShownTweet.of(item)
        found.looked_at += 1
        found.oldest = tweet.created_at
        found.languages[tweet.lang] += 1
        yield tweet


def sort_bounds(wanted: Wanted) -> tuple[str, str]:
    """The lowest and the highest sort key of the tweets of the right time."""
    low = tweet_sort("", wanted.start.astimezone(UTC)) if wanted.start else LOWEST
    # A key without an id is below every tweet of that time.
    high = tweet_sort("", wanted.end.astimezone(UTC)) if wanted.end else HIGHEST
    return low, high


class _Walk:
    """Reads partitions backwards in time, some items a call, and counts the calls."""

    def __init__(self, reader: ServingReader, chunk: int) -> None:
        self._reader = reader
        self._chunk = chunk
        self._asked = 0
        self.gave_up = False

    def of_ticker(self, now: datetime, ticker: str, low: str, high: str) -> Iterator[dict[str, Any]]:
        weeks, more = partitions.weeks(self._reader, now, ticker, low, high, MAX_QUERIES)
        for week in weeks:
            yield from self._items("ticker_week", [ticker_week(ticker, week)], low, high, BY_TICKER)
        self.gave_up = self.gave_up or more

    def of_all(self, now: datetime, low: str, high: str) -> Iterator[dict[str, Any]]:
        days, more = partitions.days(self._reader, now, low, high, _MAX_DAYS)
        for day in days:
            yield from self._items("day_shard", day_partitions(day), low, high)
        self.gave_up = self.gave_up or more

    def _items(
        self, attribute: str, partitions: Sequence[str], low: str, high: str, index: str | None = None
    ) -> Iterator[dict[str, Any]]:
        last = None
        while True:
            if self._asked + len(partitions) > MAX_QUERIES:
                self.gave_up = True
                return
            pages = [self._page((attribute, partition), low, high, index) for partition in partitions]
            # A full page's partition may hold more below its oldest item, so what is older in the others has to wait.
            horizon = max((page[-1][_KEY] for page in pages if len(page) == self._chunk), default=None)
            reached = [item for page in pages for item in page if horizon is None or item[_KEY] >= horizon]
            yield from sorted((item for item in reached if item[_KEY] != last), key=_by_key, reverse=True)
            # The bound is included: with a chunk of one nothing older would ever be read.
            if horizon is None or horizon == last:
                return
            high = last = horizon

    def _page(self, partition: tuple[str, str], low: str, high: str, index: str | None) -> list[dict[str, Any]]:
        self._asked += 1
        return self._reader.query(
            "recent_tweets_table",
            partition,
            sort=(_KEY, None if low == LOWEST else low, None if high == HIGHEST else high),
            index=index,
            refresh_s=SLOW_S,
            newest_first=True,
            limit=self._chunk,
        )


def _by_key(item: Mapping[str, Any]) -> str:
    return str(item[_KEY])


def days_between(first: str, last: str) -> tuple[datetime, datetime]:
    """The start of a day, UTC's, and the end of another."""
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    return start, end + timedelta(days=1)
