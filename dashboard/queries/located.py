"""Tweets that say where they were written: the newest that fit, a month's partition at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dashboard.queries import partitions
from dashboard.queries.reader import SLOW_S, ServingReader
from dashboard.queries.tweet_search import Wanted, sort_bounds
from dashboard.queries.tweets import ShownTweet
from tickertape.serving.keys import located_partition

# As many Queries, and one for the months.
MAX_MONTHS = 36
# Of a month, whatever of them fits: about 300 KB.
MAX_OF_A_MONTH = 500


@dataclass(slots=True)
class Located:
    """What was found, the newest first; `looked_at` counts those of the right time, whether they fit or not."""

    tweets: list[ShownTweet] = field(default_factory=list)
    looked_at: int = 0


def located_tweets(reader: ServingReader, now: datetime, wanted: Wanted, limit: int) -> Located:
    """The newest tweets with a location that fit, at most `limit`.

    At most `MAX_MONTHS` Query calls, and one for the months.

    Args:
        now: the time on the clock, for tweets that no batch has counted yet.
    """
    found = Located()
    found.tweets = list(islice(_fitting(reader, now, wanted, found), limit))
    return found


def _fitting(reader: ServingReader, now: datetime, wanted: Wanted, found: Located) -> Iterator[ShownTweet]:
    low, high = sort_bounds(wanted)
    months, _ = partitions.months(reader, now, low, high, MAX_MONTHS)
    for month in months:
        items = reader.query(
            "recent_tweets_table",
            ("day_shard", located_partition(month)),
            sort=("created_at_id", low, high),
            refresh_s=SLOW_S,
            newest_first=True,
            limit=MAX_OF_A_MONTH,
        )
        for tweet in map(ShownTweet.of, items):
            found.looked_at += 1
            if wanted.fits(tweet) and (not wanted.ticker or wanted.ticker in tweet.tickers):
                yield tweet
