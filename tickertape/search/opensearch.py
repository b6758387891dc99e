"""OpenSearch, or a server that answers like it, behind the SearchIndex port.

What is searched is the alias `tweets`. A rebuild fills an index of its own, `tweets-000002`, and moves the alias in one
step, so that a search meanwhile sees all of the old index and then all of the new one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import stamina
import urllib3

from tickertape.domain.periods import Level
from tickertape.domain.search import Document, Found, PeriodCount, Place, SearchQuery, Summary
from tickertape.ports.search import SearchUnavailable, Unindexed
from tickertape.search.address import split_login
from tickertape.search.bulk import Line, read_answer, requests
from tickertape.search.questions import (
    found_body,
    read_found,
    read_summary,
    read_timeline,
    summary_body,
    timeline_body,
)

ALIAS = "tweets"
_ATTEMPTS = 6


class _Busy(SearchUnavailable):
    """The store takes a part of a request only; what is left has to be sent again."""


class OpenSearch:
    """The tweets of one OpenSearch.

    Args:
        url: with user and password where it wants them, `https://user:password@host`.
        timeout_s: of one request.
        connections: as many as threads ask at a time.
    """

    def __init__(self, url: str, timeout_s: float = 60.0, connections: int = 1) -> None:
        self._url, login = split_login(url)
        self._headers = {"Content-Type": "application/json", **login}
        timeout = urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s)
        self._http = urllib3.PoolManager(maxsize=connections, retries=False, timeout=timeout)

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        """Index documents under their ids; see `SearchIndex.put`."""
        return [refused for lines in requests(documents) for refused in self._bulk(ALIAS, lines, self._prepare)]

    def find(self, query: SearchQuery, limit: int, after: Place | None = None) -> Found:
        """The newest tweets that match; see `TweetSearch.find`."""
        # Documents are found once the index was refreshed, which a store that nobody asks does each second.
        self._ask("POST", f"/{ALIAS}/_refresh", none_at=HTTPStatus.NOT_FOUND)
        return read_found(self._search(found_body(query, limit, after)))

    def summary(self, query: SearchQuery) -> Summary:
        """All that match, put together; see `TweetSearch.summary`."""
        return read_summary(self._search(summary_body(query)))

    def timeline(self, query: SearchQuery, level: Level) -> list[PeriodCount]:
        """How many match of each period; see `TweetSearch.timeline`."""
        return read_timeline(self._search(timeline_body(query, level)), level)

    def _search(self, body: Mapping[str, Any]) -> Any:
        """The answer; None where there is no index."""
        return self._ask("POST", f"/{ALIAS}/_search", body, none_at=HTTPStatus.NOT_FOUND)

    def rebuild(self) -> Rebuild:
        """Begin an empty index beside the one that is searched; see `SearchIndex.rebuild`."""
        self._define()
        name = f"{ALIAS}-{max(map(_number, self._indexes()), default=0) + 1:06}"
        self._ask("PUT", f"/{name}")
        return Rebuild(self, name)

    def fill(self, index: str, documents: Iterable[Document]) -> list[Unindexed]:
        """Index documents into an index that is not searched yet."""

        def gone() -> None:
            raise SearchUnavailable(f"the index {index} is gone: another rebuild replaced it")

        return [refused for lines in requests(documents) for refused in self._bulk(index, lines, gone)]

    def switch(self, index: str) -> None:
        """Search that index from now on, and delete every other one."""
        others = [name for name in self._indexes() if name != index]
        moved = [{"remove": {"index": name, "alias": ALIAS}} for name in self._behind_alias() if name != index]
        self._ask("POST", "/_aliases", {"actions": [*moved, {"add": {"index": index, "alias": ALIAS}}]})
        for name in others:
            self._drop(name)

    def forget(self, index: str) -> None:
        """Delete an index unless it is the one that is searched."""
        if index not in self._behind_alias():
            self._drop(index)

    def _drop(self, index: str) -> None:
        self._ask("DELETE", f"/{index}", none_at=HTTPStatus.NOT_FOUND)

    def _define(self) -> None:
        definition = files("tickertape.search").joinpath("tweets.json").read_text(encoding="utf-8")
        self._ask("PUT", f"/_index_template/{ALIAS}", json.loads(definition))

    def _prepare(self) -> None:
        """Make the index that is searched, where there is none; somebody else may do so at the same time."""
        self._define()
        name = f"{ALIAS}-000001"
        self._ask("PUT", f"/{name}", none_at=HTTPStatus.BAD_REQUEST)
        if not self._behind_alias():
            self._ask("POST", "/_aliases", {"actions": [{"add": {"index": name, "alias": ALIAS}}]})

    def _indexes(self) -> list[str]:
        return sorted(self._ask("GET", f"/{ALIAS}-*/_alias", none_at=HTTPStatus.NOT_FOUND) or {})

    def _behind_alias(self) -> list[str]:
        return sorted(self._ask("GET", f"/_alias/{ALIAS}", none_at=HTTPStatus.NOT_FOUND) or {})

    def _bulk(self, index: str, lines: Sequence[Line], make: Callable[[], None]) -> list[Unindexed]:
        waiting = lines
        refused: list[Unindexed] = []
        # An index that was never made would be made by its first document, with a mapping that is guessed.
        path = f"/{index}/_bulk?require_alias={str(index == ALIAS).lower()}"
        for attempt in stamina.retry_context(on=_Busy, attempts=_ATTEMPTS, wait_initial=0.1, wait_max=5.0):
            with attempt:
                outcome = read_answer(waiting, self._ask("POST", path, b"".join(line.data for line in waiting)))
                refused += outcome.refused
                waiting = [*outcome.again, *outcome.homeless]
                if outcome.homeless:
                    make()
                if waiting:
                    raise _Busy(f"{len(waiting)} of {len(lines)} documents were not taken")
        return refused

    def _ask(self, method: str, path: str, body: Any = None, none_at: HTTPStatus | None = None) -> Any:
        """One request; its answer, or None where it is answered with the status `none_at`.

        Raises:
            _Busy: the store is too busy for the request.
            SearchUnavailable: it does not answer, or refuses.
        """
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            response = self._http.request(method, self._url + path, body=data, headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise SearchUnavailable(f"{self._url} does not answer: {type(error).__name__}") from error
        if response.status == none_at:
            return None
        said = f"{method} {path} is answered with {response.status} {response.data[:200].decode('utf-8', 'replace')}"
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Busy(said)
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise SearchUnavailable(said)
        try:
            return json.loads(response.data)
        except ValueError as error:
            raise SearchUnavailable(f"{self._url} is no OpenSearch: {path} is answered with no JSON") from error


class Rebuild:
    """One rebuild of the index; see `SearchRebuild`."""

    def __init__(self, store: OpenSearch, index: str) -> None:
        self._store = store
        self._index = index

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        """Index documents into the new index."""
        return self._store.fill(self._index, documents)

    def finish(self) -> None:
        """Search the new index from now on."""
        self._store.switch(self._index)

    def abort(self) -> None:
        """Forget the new index; after `finish` there is nothing to forget."""
        self._store.forget(self._index)


def _number(index: str) -> int:
    number = index.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
