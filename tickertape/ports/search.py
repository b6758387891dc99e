"""What the search needs from the outside: an index of tweets, asked by readers, and a way to make it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from tickertape.domain.periods import Level
    from tickertape.domain.search import Document, Found, PeriodCount, Place, SearchQuery, Summary


class SearchUnavailable(Exception):
    """The search does not answer, or refuses a request; the message is one line for a person."""


class Unindexed(NamedTuple):
    """A document that the search will never take; `id` is '' for a line that is none."""

    id: str
    why: str


class SearchRebuild(Protocol):
    """A new index beside the one that is searched. Every method raises SearchUnavailable."""

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        """Index documents into the new index; returns those that it refuses for good."""
        ...

    def finish(self) -> None:
        """Search the new index from now on, and delete the old one."""
        ...

    def abort(self) -> None:
        """Forget the new index; one that is searched already stays."""
        ...


class TweetSearch(Protocol):
    """The tweets, searched; all that a reader needs. Every method raises SearchUnavailable."""

    def find(self, query: SearchQuery, limit: int, after: Place | None = None) -> Found:
        """How many tweets match, and the newest of them, at most `limit`; none where there is no index.

        Args:
            after: only the tweets below that one, the last of an earlier answer, are returned; all are counted.
        """
        ...

    def summary(self, query: SearchQuery) -> Summary:
        """All that match, put together."""
        ...

    def timeline(self, query: SearchQuery, level: Level) -> Sequence[PeriodCount]:
        """How many match of each period, in order; those without any are left out."""
        ...


class SearchIndex(TweetSearch, Protocol):
    """The search, and what fills it. Every method raises SearchUnavailable."""

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        """Index documents under their ids, in the place of those that are there; the index is made where it is missing.

        Returns:
            Those that the search refuses for good.
        """
        ...

    def rebuild(self) -> SearchRebuild:
        """Begin an index that is empty; the one that is searched stays as it is until that one is finished."""
        ...
