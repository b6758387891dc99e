"""The search without Docker keeps everything in memory: after a start, what the lake has is indexed again."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from tickertape.aws import NotDeployed, Resources, client
from tickertape.lake.keys import RawKind, raw_prefix
from tickertape.lake.store import S3Store, lines_of
from tickertape.ports import ObjectStore
from tickertape.ports.search import SearchIndex, SearchUnavailable
from tickertape.stack.programme import Report
from tickertape.usecases.reindex import reindex


def deployed_lake() -> ObjectStore:
    """The lake's bucket.

    Raises:
        NotDeployed: there is none yet.
    """
    return S3Store(client("s3"), Resources.from_stack().lake_bucket)


def fill_search(index: SearchIndex, report: Report, find_lake: Callable[[], ObjectStore] = deployed_lake) -> None:
    """Index the lake's tweets, if it has any; a search that cannot be filled is no reason to end the start."""
    prefix = raw_prefix(RawKind.TWEETS)
    try:
        lake = find_lake()
        if not lake.keys(prefix):
            return
        done = reindex(
            lambda: lake.keys(prefix),
            lambda key: lines_of(lake.get(key)),
            index,
            lambda ready, of: report.show(f"indexing the lake for the search: {ready:,} of {of:,} objects"),
        )
    except (SearchUnavailable, NotDeployed, BotoCoreError, ClientError) as error:
        said = " ".join(str(error).split())
        report.say(f"the search is not filled: {said}; `tickertape search reindex` does it")
    else:
        report.say(f"the search has the lake's {done.tweets:,} tweets")
