"""What the search needs from the outside: an index of tweets, and a way to make it again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from tickertape.domain.search import Document, Found, SearchQuery


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


class SearchIndex(Protocol):
    """The tweets that can be searched. Every method raises SearchUnavailable."""

    def put(self, documents: Iterable[Document]) -> list[Unindexed]:
        """Index documents under their ids, in the place of those that are there; the index is made where it is missing.

        Returns:
            Those that the search refuses for good.
        """
        ...

    def find(self, query: SearchQuery, limit: int) -> Found:
        """How many tweets match, and the newest of them, at most `limit`; none where there is no index."""
        ...

    def rebuild(self) -> SearchRebuild:
        """Begin an index that is empty; the one that is searched stays as it is until that one is finished."""
        ...
