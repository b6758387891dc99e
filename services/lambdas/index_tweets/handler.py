"""From the lake into the search: S3 starts it for each object of tweets, and it indexes the object's lines.

A document's id is the tweet's, so an event that comes again changes nothing. A line that cannot be read is logged and
passed over, for the batch quarantines its bytes. It raises only when the bucket or the search is away: AWS calls again,
and `tickertape search reindex` brings what an emulator never calls for again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from tickertape.aws import client
from tickertape.lake.store import S3Store, lines_of
from tickertape.ports.lake import ObjectMissing, ObjectStore
from tickertape.ports.search import SearchIndex
from tickertape.search.opensearch import OpenSearch
from tickertape.usecases.reindex import Documents


@cache
def _search() -> SearchIndex:
    return OpenSearch(os.environ["SEARCH_URL"])


@cache
def _bucket(name: str) -> ObjectStore:
    return S3Store(client("s3"), name)


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Index the objects that one event names; S3's test event names none.

    Raises:
        SearchUnavailable: the search is away; the event comes again.
    """
    indexed = 0
    for record in event.get("Records", ()):
        # One emulator writes a space as %20, the other one and AWS as a plus sign.
        key = unquote_plus(record["s3"]["object"]["key"])
        documents = Documents(_lines(record["s3"]["bucket"]["name"], key))
        found = list(documents)
        unindexed = [*documents.unindexed, *_search().put(found)]
        for each in unindexed:
            _log("tweet_not_indexed", key=key, id=each.id, why=each.why)
        _log("object_indexed", key=key, tweets=len(found), unindexed=len(unindexed))
        indexed += len(found)
    return {"tweets": indexed}


def _lines(bucket: str, key: str) -> Sequence[bytes]:
    try:
        body = _bucket(bucket).get(key)
    except ObjectMissing:
        # Events may come late: the object was removed in between.
        _log("object_missing", key=key)
        return []
    lines = lines_of(body)
    if lines is None:
        _log("object_unreadable", key=key)
    return lines or []


def _log(event: str, **fields: str | int) -> None:
    print(json.dumps({"event": event, **fields}))
