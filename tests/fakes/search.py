"""A search in memory, behind the SearchIndex port."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tickertape.domain.search import Document, Found, SearchQuery
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
    )


class MemorySearch:
    """The SearchIndex port; `away` makes it answer nothing."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.away = False

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        self._check()
        return _take(self.documents, documents)

    def find(self, query: SearchQuery, limit: int) -> Found:
        self._check()
        found = [tweet for tweet in self.documents.values() if matches(tweet, query)]
        found.sort(key=lambda tweet: (tweet["created_at"], tweet["id"]), reverse=True)
        return Found(len(found), found[:limit])

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
