"""A tweet as an item of `recent_tweets`: its keys, and everything shown as one JSON text.

An item of five attributes costs a third of one of fifteen to write; pages read whole tweets and never single fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tickertape.domain.sentiment import Verdict
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import Tweet
from tickertape.serving.keys import tweet_keys


def tweet_items(tweet: Tweet, verdict: Verdict, expires_at: int) -> Iterator[dict[str, Any]]:
    """The items that one tweet is stored as, one a ticker and one for the map; `expires_at` in seconds of Unix time."""
    shown = {
        "id": tweet.id,
        "created_at": format_utc(tweet.created_at),
        "text": tweet.text,
        "author": tweet.author.name,
        "lang": tweet.lang,
        "tickers": tweet.tickers,
        "is_retweet": tweet.is_retweet,
        "source": tweet.source,
        **verdict.to_event(),
        **({"location": tweet.location._asdict()} if tweet.location else {}),
    }
    content = {"tweet": json.dumps(shown, ensure_ascii=False), "expires_at": expires_at}
    for key in tweet_keys(tweet.id, tweet.created_at, tweet.tickers, located=tweet.location is not None):
        yield content | key


def shown_tweet(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of an item: `id, created_at, text, author, lang, tickers, sentiment, polarity, method, …`.

    `location` (`lat, lon, place`) is there only where the tweet has one, `words` only where they were kept.
    """
    return dict(json.loads(item["tweet"]))
