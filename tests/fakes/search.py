"""A search in memory, behind the SearchIndex port."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tickertape.domain.area import BoundingBox
from tickertape.domain.periods import Level, period_name
from tickertape.domain.search import Document, Found, PeriodCount, Place, SearchQuery, Summary
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.times import parse_utc
from tickertape.ports.search import SearchUnavailable, Unindexed

# A word as the definition of the index has it: letters, digits and underscores.
_WORD = re.compile(r"\w+")


def words_of(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def matches(tweet: Document, query: SearchQuery) -> bool:
    """Whether a plain look at the tweet finds what is asked for."""
    at = parse_utc(tweet["created_at"])
    return (
        words_of(query.words) <= words_of(tweet["text"])
        and (query.ticker is None or query.ticker in tweet["tickers"])
        and (query.since is None or query.since <= at)
        and (query.until is None or at <= query.until)
        and (query.sentiment is None or query.sentiment == tweet.get("sentiment"))
        and (query.lang is None or query.lang == tweet["lang"])
        and (query.area is None or _is_in(tweet.get("location"), query.area))
    )


def _is_in(point: Mapping[str, Any] | None, area: BoundingBox) -> bool:
    # Of many a tweet only the place's name is known.
    return point is not None and point["lat"] is not None and area.holds(point["lat"], point["lon"])


def place_of(tweet: Document) -> Place:
    at = parse_utc(tweet["created_at"])
    return Place(at.replace(microsecond=at.microsecond // 1000 * 1000), tweet["id"])


def summary_of(tweets: Sequence[Document]) -> Summary:
    """What a plain look at the tweets that match puts together."""
    times = [place_of(tweet).created_at for tweet in tweets]
    languages = Counter(tweet["lang"] for tweet in tweets)
    tickers = Counter(ticker for tweet in tweets for ticker in tweet["tickers"])
    first, last = min(times, default=None), max(times, default=None)
    return Summary(len(tweets), first, last, dict(languages.most_common()), dict(tickers.most_common()))


def timeline_of(tweets: Sequence[Document], level: Level) -> list[PeriodCount]:
    moods: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tweet in tweets:
        moods[period_name(level, parse_utc(tweet["created_at"]))][str(tweet["sentiment"])] += 1
    return [PeriodCount(name, {mood: moods[name][mood] for mood in Sentiment}) for name in sorted(moods)]


class MemorySearch:
    """The SearchIndex port; `away` makes it answer nothing."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.away = False

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        self._check()
        return _take(self.documents, documents)

    def find(self, query: SearchQuery, limit: int, after: Place | None = None) -> Found:
        found = sorted(self._matching(query), key=place_of, reverse=True)
        return Found(len(found), [tweet for tweet in found if after is None or place_of(tweet) < after][:limit])

    def summary(self, query: SearchQuery) -> Summary:
        return summary_of(self._matching(query))

    def timeline(self, query: SearchQuery, level: Level) -> list[PeriodCount]:
        return timeline_of(self._matching(query), level)

    def _matching(self, query: SearchQuery) -> list[Document]:
        self._check()
        return [tweet for tweet in self.documents.values() if matches(tweet, query)]

    def rebuild(self) -> MemoryRebuild:
        self._check()
        return MemoryRebuild(self)

    def _check(self) -> None:
        if self.away:
            raise SearchUnavailable("away")


class MemoryRebuild:
    def __init__(self, search: MemorySearch) -> None:
        self._search = search
        self._documents: dict[str, Document] = {}

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        if self._search.away:
            raise SearchUnavailable("away")
        return _take(self._documents, documents)

    def finish(self) -> None:
        if self._search.away:
            raise SearchUnavailable("away")
        self._search.documents = self._documents

    def abort(self) -> None:
        self._documents = {}


def _take(into: dict[str, Document], documents: Iterable[Document]) -> list[Unindexed]:
    refused = []
    for document in documents:
        if _is_refused(document):
            refused.append(Unindexed(document["id"], "no date"))
        else:
            into[document["id"]] = document
    return refused


def _is_refused(document: Mapping[str, object]) -> bool:
    try:
        parse_utc(str(document["created_at"]))
    except ValueError:
        return True
    return False
