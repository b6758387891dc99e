"""What the search knows of a tweet, and what it is asked."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tickertape.domain.area import BoundingBox
from tickertape.domain.rejects import BadRecord, Reason, Reject
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import Location, Tweet

# A document has the tweet's `id`; all values are plain JSON.
Document = Mapping[str, Any]
_VERDICT = ("sentiment", "polarity", "scorer", "method", "words")
# Hiragana and the ideographs, which the standard tokenizer takes one by one.
_ALONE = re.compile("[\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for; everything given has to hold.

    Attributes:
        words: all of them are in the text, in any order and case, as whole words: letters, digits and underscores, so
            that `AAPL` finds `$AAPL` and `$AAPL:US`.
        ticker: upper case, without `$`.
        since, until: from and to, both included.
        lang: a language's code, as the tweet has it.
        area: where the tweet was written; only those with a point are in any.
    """

    words: str = ""
    ticker: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sentiment: Sentiment | None = None
    lang: str | None = None
    area: BoundingBox | None = None


class Place(NamedTuple):
    """Where a tweet stands among those found: by its time (in milliseconds), and of one time by its id."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: how many tweets match, and the newest of them."""

    total: int
    tweets: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that match, put together.

    Attributes:
        first, last: the times of the oldest and the newest; None when none match.
        languages, tickers: how many match of each, the most frequent first; the rarest may be missing.
    """

    total: int
    first: datetime | None
    last: datetime | None
    languages: Mapping[str, int]
    tickers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PeriodCount:
    """How many match of one period, by sentiment."""

    period: str
    counts: Mapping[Sentiment, int]


def words_in(text: str) -> Iterator[tuple[int, int]]:
    """Where each word of a text begins and ends, as the index tells words apart (`tickertape/search/tweets.json`).

    A word is a run of letters, digits, their marks and underscores; a Chinese or Japanese sign is one by itself.
    """
    begin = None
    for at, sign in enumerate(text):
        is_alone = _ALONE.match(sign) is not None
        is_inside = sign == "_" or unicodedata.category(sign)[0] in "LMN"
        if begin is not None and (is_alone or not is_inside):
            yield begin, at
            begin = None
        if is_alone:
            yield at, at + 1
        elif is_inside and begin is None:
            begin = at
    if begin is not None:
        yield begin, len(text)


def matches_in(text: str, words: str) -> list[tuple[int, int]]:
    """Where the words of a query stand in a text: beginnings and ends, in order.

    >>> matches_in("Buy $AAPL:US, buy_", "aapl buy")
    [(0, 3), (5, 9)]
    """
    wanted = {words[begin:end].lower() for begin, end in words_in(words)}
    return [(begin, end) for begin, end in words_in(text) if text[begin:end].lower() in wanted] if wanted else []


def read_document(line: bytes) -> Document | None:
    """The document of one line of the raw lake; None of a reject, which travels there among the tweets.

    Raises:
        BadRecord: the line is neither.
    """
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRecord(Reason.NOT_JSON, str(error)[:200]) from error
    if not isinstance(event, dict):
        raise BadRecord(Reason.UNKNOWN_SHAPE, f"an event was expected, {type(event).__name__} came")
    if Reject.is_one(event):
        return None
    tweet = Tweet.from_event(event)
    if not isinstance(tweet.id, str) or not tweet.id:
        raise BadRecord(Reason.WRONG_TYPE, f"id: a text was expected, {type(tweet.id).__name__} came")
    return {
        "id": tweet.id,
        "created_at": format_utc(tweet.created_at),
        "text": tweet.text,
        "author": {"id": tweet.author.id, "name": tweet.author.name, "followers": tweet.author.followers},
        "lang": tweet.lang,
        "tickers": list(tweet.tickers),
        "hashtags": list(tweet.hashtags),
        **_place(tweet.location),
        "is_retweet": tweet.is_retweet,
        "source": tweet.source,
        **{name: event[name] for name in _VERDICT if name in event},
    }


def _place(location: Location | None) -> dict[str, Any]:
    """A point only where there is one on the globe: a search refuses a tweet for any other."""
    if location is None:
        return {}
    point = {"location": {"lat": location.lat, "lon": location.lon}} if location.point else {}
    return point | ({"place": location.place} if location.place else {})
