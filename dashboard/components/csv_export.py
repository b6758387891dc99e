"""Tweets as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from dashboard.components.tweets import clip
from dashboard.queries.tweets import ShownTweet
from tickertape.domain.times import format_utc

COLUMNS = (
    "id",
    "created_at",
    "author",
    "lang",
    "tickers",
    "sentiment",
    "polarity",
    "method",
    "is_retweet",
    "text",
)
# What a spreadsheet takes for the start of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tweets_csv(tweets: Sequence[ShownTweet]) -> str:
    """A line for each tweet under one of names; times in UTC, several tickers with spaces between them.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, as OWASP's "CSV injection" advises:
    anybody can write a tweet.
    """
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for tweet in tweets:
        lines.writerow(
            [
                _harmless(tweet.id),
                format_utc(tweet.created_at),
                _harmless(tweet.author),
                _harmless(tweet.lang),
                _harmless(" ".join(tweet.tickers)),
                tweet.sentiment,
                tweet.polarity,
                tweet.method,
                "true" if tweet.is_retweet else "false",
                _harmless(tweet.text),
            ]
        )
    return out.getvalue()


def _harmless(text: str) -> str:
    whole = clip(text, len(text))
    return f"'{whole}" if whole.startswith(_FORMULA) else whole
