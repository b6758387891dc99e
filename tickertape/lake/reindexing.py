"""The search made again from the lake's objects."""

from __future__ import annotations

from collections.abc import Callable

from tickertape.lake.keys import RawKind, raw_prefix
from tickertape.lake.store import lines_of
from tickertape.ports.lake import ObjectStore
from tickertape.ports.search import SearchIndex
from tickertape.usecases.reindex import Reindexed, reindex


def reindex_lake(lake: ObjectStore, index: SearchIndex, tell: Callable[[int, int], None]) -> Reindexed:
    """Rebuild the search so that it has exactly the tweets of the lake; see `reindex`.

    Args:
        tell: called with how many objects are done, and of how many.

    Raises:
        SearchUnavailable: as `reindex` says.
        ClientError, BotoCoreError: the lake does not answer; the search as with SearchUnavailable.
    """
    return reindex(lambda: lake.keys(raw_prefix(RawKind.TWEETS)), lambda key: lines_of(lake.get(key)), index, tell)
