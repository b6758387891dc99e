"""The search without Docker keeps everything in memory: after a start, what the lake has is indexed again."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from tickertape.aws import NotDeployed
from tickertape.lake.deployed import deployed_lake
from tickertape.lake.keys import RawKind, raw_prefix
from tickertape.lake.reindexing import reindex_lake
from tickertape.ports.lake import ObjectStore
from tickertape.ports.search import SearchIndex, SearchUnavailable
from tickertape.stack.programme import Report


def fill_search(index: SearchIndex, report: Report, find_lake: Callable[[], ObjectStore] = deployed_lake) -> None:
    """Index the lake's tweets, if it has any; a search that cannot be filled is no reason to end the start."""
    try:
        lake = find_lake()
        if not lake.keys(raw_prefix(RawKind.TWEETS)):
            return
        done = reindex_lake(
            lake,
            index,
            lambda ready, of: report.show(f"indexing the lake for the search: {ready:,} of {of:,} objects"),
        )
    except (SearchUnavailable, NotDeployed, BotoCoreError, ClientError) as error:
        said = " ".join(str(error).split())
        report.say(f"the search is not filled: {said}; `tickertape search reindex` does it")
    else:
        report.say(f"the search has the lake's {done.tweets:,} tweets")
