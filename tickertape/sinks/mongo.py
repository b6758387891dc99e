"""The data store as a sink: every accepted event under its own id, so that what an emulator forgets can be redriven."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from tickertape.domain.times import format_utc
from tickertape.lake.keys import RawKind
from tickertape.ports.delivery import Entry, SinkUnavailable

_DUPLICATE_KEY = 11000
# Documents an insert. The server of the runtime without Docker takes one as a transaction, whose changed pages stay in
# its cache of 256 MB: with 2,000 it stood still for ever at 250,000 stored documents, with 200 it takes a million.
_AT_ONCE = 200
Index = list[tuple[str, int]]
# By time, for a window of it; and by ticker.
TWEET_INDEXES: tuple[Index, ...] = ([("created_at", 1)], [("tickers", 1), ("created_at", 1)])
BAR_INDEXES: tuple[Index, ...] = ([("ts", 1)], [("symbol", 1), ("ts", 1)])


class MongoSink:
    """One collection. An event never changes under its id, so one that comes again is left as it is.

    Args:
        indexes: fields and directions, as the server takes them.
    """

    name = "mongo"

    def __init__(self, collection: Collection[dict[str, Any]], indexes: Sequence[Index]) -> None:
        self._collection = collection
        self._indexes = indexes
        self._has_indexes = False

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Insert the events that are not there yet.

        Raises:
            SinkUnavailable: the server is away or refused some for another reason than that it has them.
        """
        documents = [{"_id": entry.event_id, **json.loads(entry.line)} for entry in entries if not entry.rejected]
        if not documents:
            return
        try:
            self._make_indexes()
            # An upsert by key costs ten times an insert, and after a restart only one batch is a repeat.
            for start in range(0, len(documents), _AT_ONCE):
                self._insert(documents[start : start + _AT_ONCE])
        except PyMongoError as error:
            raise SinkUnavailable(self.name, str(error)[:300]) from error

    def _insert(self, documents: Sequence[dict[str, Any]]) -> None:
        try:
            self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise

    def _make_indexes(self) -> None:
        """Those that `redrive` and people read by, once a process; one that is there costs nothing."""
        if not self._has_indexes:
            for index in self._indexes:
                self._collection.create_index(index)
            self._has_indexes = True


def stored_events(
    collection: Collection[dict[str, Any]], kind: RawKind, since: datetime | None, until: datetime | None
) -> Iterator[dict[str, Any]]:
    """The events of a window of time, both ends included, in order of time; each still has its `_id`.

    Raises:
        PyMongoError: the server does not answer.
    """
    field = "created_at" if kind is RawKind.TWEETS else "ts"
    bounds: dict[str, str] = {}
    if since is not None:
        bounds["$gte"] = format_utc(since)
    if until is not None:
        # Times have milliseconds or none, and a text with them sorts before one without.
        bounds["$lte"] = format_utc(until).replace("Z", "\uffff")
    return iter(collection.find({field: bounds} if bounds else {}).sort(field, 1))


def only_duplicates(error: BulkWriteError) -> bool:
    """Whether the server refused documents for no other reason than that it has them."""
    return all(problem["code"] == _DUPLICATE_KEY for problem in error.details["writeErrors"])
