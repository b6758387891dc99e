"""One tweet by its id, as far as the serving store knows it: its item, and the counts of the periods it falls into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.queries import partitions
from dashboard.queries.partitions import HIGHEST, LOWEST
from dashboard.queries.reader import FAST_S, SLOW_S, ServingReader
from dashboard.queries.tweets import ShownTweet
from tickertape.domain.periods import Level, period_name
from tickertape.serving.keys import day_partition, tweet_shard, tweet_sort
from tickertape.serving.tweets import shown_tweet

# Ids of this size are Twitter's: their upper bits are a time in milliseconds since 2010-11-04T01:42:54.657Z.
_FIRST_SNOWFLAKE = 1 << 52
_EPOCH_MS = 1_288_834_974_657
# A tweet's time is whole seconds in some forms, and the id is made a little before or after.
_NEAR = timedelta(seconds=2)
# An id that says no time is looked for in the newest days, so many items of each.
MAX_DAYS = 31
MAX_ITEMS = 5_000


@dataclass(frozen=True, slots=True)
class FoundTweet:
    """A tweet in the serving store.

    Attributes:
        tickers: which it mentions.
        partition: of the item, `2014-06-06#3`.
        kept_until: when the table may forget it.
        periods: by the period's level and name, how many tweets the served totals count in it.
    """

    tweet: ShownTweet
    tickers: tuple[str, ...]
    partition: str
    kept_until: datetime
    periods: Mapping[str, int]


def find_tweet(reader: ServingReader, now: datetime, tweet_id: str) -> FoundTweet | None:
    """Look a tweet up. One Query by the time in its id; else one for each of at most `MAX_DAYS` days; five for counts.

    Args:
        now: the time on the shared clock: days that no batch has counted yet.

    Raises:
        StoreAway: DynamoDB does not answer.
    """
    for item in _candidates(reader, now, tweet_id):
        if str(item["created_at_id"]).partition("#")[2] == tweet_id:
            return _found(reader, item)
    return None


def made_at(tweet_id: str) -> datetime | None:
    """The time that an id of Twitter's carries; None of any other.

    >>> made_at("1993077885572743168").isoformat(timespec="seconds")
    '2025-11-24T22:02:52+00:00'
    """
    if not (tweet_id.isascii() and tweet_id.isdigit() and len(tweet_id) < len(str(1 << 64))):
        return None
    if int(tweet_id) < _FIRST_SNOWFLAKE:
        return None
    return datetime.fromtimestamp(((int(tweet_id) >> 22) + _EPOCH_MS) / 1000, UTC)


def _candidates(reader: ServingReader, now: datetime, tweet_id: str) -> Iterator[dict[str, Any]]:
    shard = tweet_shard(tweet_id)
    if moment := made_at(tweet_id):
        # A key without an id is below every tweet of that time.
        low, high = (tweet_sort("", near) for near in (moment - _NEAR, moment + _NEAR))
        for day in sorted({low[:10], high[:10]}):
            yield from _items(reader, day_partition(day, shard), ("created_at_id", low, high))
    days, _ = partitions.days(reader, now, LOWEST, HIGHEST, MAX_DAYS)
    for day in days:
        yield from _items(reader, day_partition(day, shard), None)


def _items(reader: ServingReader, partition: str, sort: tuple[str, str, str] | None) -> list[dict[str, Any]]:
    return reader.query(
        "recent_tweets_table",
        ("day_shard", partition),
        sort=sort,
        refresh_s=FAST_S,
        newest_first=True,
        limit=MAX_ITEMS,
    )


def _found(reader: ServingReader, item: Mapping[str, Any]) -> FoundTweet:
    tweet = ShownTweet.of(item)
    periods = {}
    for level in Level:
        name = period_name(level, tweet.created_at)
        sort = ("period_start", name, name)
        for total in reader.query("period_totals_table", ("level", level), sort=sort, refresh_s=SLOW_S, limit=1):
            periods[f"{level} {name}"] = int(total["tweets"])
    return FoundTweet(
        tweet=tweet,
        tickers=tuple(shown_tweet(item)["tickers"]),
        partition=str(item["day_shard"]),
        kept_until=datetime.fromtimestamp(int(item["expires_at"]), UTC),
        periods=periods,
    )
