"""Where events are kept: the data store for reading by commands, CloudWatch Logs as on AWS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from tickertape.domain.times import parse_utc
from tickertape.sinks.mongo import only_duplicates

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

Event = tuple[str, Mapping[str, Any]]
# CloudWatch Logs refuses events of more than two weeks ago and batches that span more than a day.
_OLDEST = timedelta(days=13)
_SPAN_MS = 23 * 3600 * 1000


class MongoEvents:
    """The collection `events`: one document an event under the stream's id, so that a repeat changes nothing.

    `kept_until` is what the server's expiry goes by.
    """

    name = "mongo"

    def __init__(self, collection: Collection[dict[str, Any]], keep: timedelta) -> None:
        self._collection = collection
        self._keep = keep

    def prepare(self) -> None:
        """Make the indexes: expiry, and what commands ask by.

        Raises:
            PyMongoError: the server does not answer.
        """
        self._collection.create_index("kept_until", expireAfterSeconds=0)
        self._collection.create_index([("correlation", 1), ("at", 1)])

    def keep(self, events: Sequence[Event]) -> None:
        """Insert what is not there yet.

        Raises:
            PyMongoError: the server does not answer, or refuses.
        """
        documents = [
            {"_id": event_id, **event, "kept_until": parse_utc(event["wall"]) + self._keep}
            for event_id, event in events
        ]
        try:
            self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise


class CloudWatchEvents:
    """The log group of the events, a stream a service; each event at its wall time, as JSON."""

    name = "cloudwatch"

    def __init__(self, client: CloudWatchLogsClient, group: str) -> None:
        self._client = client
        self._group = group
        self._made: set[str] = set()

    def keep(self, events: Sequence[Event], now: datetime) -> None:
        """Put the events on the streams of their services; those too old for CloudWatch are left to the data store.

        Raises:
            ClientError, BotoCoreError: CloudWatch Logs does not answer, or refuses.
        """
        by_service: dict[str, list[InputLogEventTypeDef]] = defaultdict(list)
        for event_id, event in events:
            wall = parse_utc(event["wall"])
            if now - wall < _OLDEST:
                message = orjson.dumps({"id": event_id, **event}).decode()
                by_service[event["service"]].append({"timestamp": int(wall.timestamp() * 1000), "message": message})
        for service, entries in by_service.items():
            for batch in _spans(sorted(entries, key=lambda entry: entry["timestamp"])):
                self._put(service, batch)

    def _put(self, stream: str, entries: list[InputLogEventTypeDef]) -> None:
        if stream not in self._made:
            self._make(stream)
        try:
            self._client.put_log_events(logGroupName=self._group, logStreamName=stream, logEvents=entries)
        except self._client.exceptions.ResourceNotFoundException:
            # An emulator that was killed has forgotten the stream.
            self._make(stream)
            self._client.put_log_events(logGroupName=self._group, logStreamName=stream, logEvents=entries)

    def _make(self, stream: str) -> None:
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=stream)
        except self._client.exceptions.ResourceAlreadyExistsException:
            pass
        self._made.add(stream)


def _spans(entries: Sequence[InputLogEventTypeDef]) -> list[list[InputLogEventTypeDef]]:
    """Entries in order of time, parted so that no part spans more than a day."""
    parts: list[list[InputLogEventTypeDef]] = []
    for entry in entries:
        if not parts or entry["timestamp"] - parts[-1][0]["timestamp"] > _SPAN_MS:
            parts.append([])
        parts[-1].append(entry)
    return parts
