"""The data store as a sink: every accepted event under its own id, so that what an emulator forgets can be redriven."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from tickertape.ports import Entry, SinkUnavailable

_DUPLICATE_KEY = 11000


class MongoSink:
    """One collection. An event never changes under its id, so one that comes again is left as it is."""

    name = "mongo"

    def __init__(self, collection: Collection[dict[str, Any]]) -> None:
        self._collection = collection

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Insert the events that are not there yet.

        Raises:
            SinkUnavailable: the server is away or refused some for another reason than that it has them.
        """
        documents = [{"_id": entry.event_id, **json.loads(entry.line)} for entry in entries if not entry.rejected]
        if not documents:
            return
        try:
            # An upsert by key costs ten times an insert, and after a restart only one batch is a repeat.
            self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            refused = [problem for problem in error.details["writeErrors"] if problem["code"] != _DUPLICATE_KEY]
            if refused:
                raise SinkUnavailable(self.name, str(refused[0]["errmsg"])[:300]) from error
        except PyMongoError as error:
            raise SinkUnavailable(self.name, str(error)[:300]) from error
