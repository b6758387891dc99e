"""The newest tweets, of all or of one ticker, as the live layer wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from dashboard.queries import partitions
from dashboard.queries.partitions import HIGHEST, LOWEST
from dashboard.queries.reader import FAST_S, ServingReader
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.telling import TellingWord, read_telling_words
from tickertape.domain.times import parse_utc
from tickertape.domain.tweet import Location
from tickertape.serving.keys import BY_TICKER, day_partitions, ticker_week
from tickertape.serving.tweets import shown_tweet

# Days, or weeks of a ticker, are asked one after the other until there are enough tweets; a tape with long silences
# ends the search here.
MAX_DAYS = 6
MAX_WEEKS = 24


@dataclass(frozen=True, slots=True)
class ShownTweet:
    """A tweet as the page shows it.

    Attributes:
        words: those that a scorer took for good or bad, in the text's order; None where nobody kept them.
    """

    id: str
    created_at: datetime
    text: str
    author: str
    lang: str
    tickers: tuple[str, ...]
    sentiment: Sentiment
    polarity: float
    method: str
    is_retweet: bool
    location: Location | None = None
    words: tuple[TellingWord, ...] | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Read an item of `recent_tweets`."""
        shown = shown_tweet(item)
        return cls(
            id=shown["id"],
            created_at=parse_utc(shown["created_at"]),
            text=shown["text"],
            author=shown["author"],
            lang=shown["lang"],
            tickers=tuple(shown["tickers"]),
            sentiment=Sentiment(shown["sentiment"]),
            polarity=float(shown["polarity"]),
            method=shown["method"],
            is_retweet=shown["is_retweet"],
            location=Location(**shown["location"]) if shown.get("location") else None,
            words=read_telling_words(shown.get("words")),
        )


def recent_tweets(reader: ServingReader, now: datetime, ticker: str | None, limit: int) -> list[ShownTweet]:
    """The newest tweets, the newest first.

    For a ticker one Query for the weeks, then one for each until there are `limit` tweets, at most `MAX_WEEKS`. For
    all: one for the days, then one for each of a day's partitions, a day at a time, at most `MAX_DAYS` days.

    Args:
        now: the time on the clock, for tweets that no batch has counted yet.
    """
    items = _of_ticker(reader, now, ticker, limit) if ticker else _of_all(reader, now, limit)
    newest_first = sorted(items, key=lambda item: str(item["created_at_id"]), reverse=True)
    return [ShownTweet.of(item) for item in newest_first[:limit]]


def _of_ticker(reader: ServingReader, now: datetime, ticker: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    weeks, _ = partitions.weeks(reader, now, ticker, LOWEST, HIGHEST, MAX_WEEKS)
    for week in weeks:
        found += _newest_of(reader, ("ticker_week", ticker_week(ticker, week)), limit, BY_TICKER)
        if len(found) >= limit:
            break
    return found


def _of_all(reader: ServingReader, now: datetime, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    days, _ = partitions.days(reader, now, LOWEST, HIGHEST, MAX_DAYS)
    for day in days:
        for partition in day_partitions(day):
            # Any one partition may hold all the newest, so each is asked for the full number.
            found += _newest_of(reader, ("day_shard", partition), limit)
        if len(found) >= limit:
            break
    return found


def _newest_of(
    reader: ServingReader, partition: tuple[str, str], limit: int, index: str | None = None
) -> list[dict[str, Any]]:
    return reader.query("recent_tweets_table", partition, index=index, refresh_s=FAST_S, newest_first=True, limit=limit)
