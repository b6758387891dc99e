"""A Kinesis stream as a sink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tickertape.domain.packing import KINESIS, Packed
from tickertape.ports.delivery import Entry
from tickertape.sinks.batching import deliver_packed

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient


class KinesisSink:
    """Events of one partition key together, in order."""

    name = "kinesis"

    def __init__(self, client: KinesisClient, stream: str) -> None:
        self._client = client
        self._stream = stream

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Put the events on the stream.

        Raises:
            SinkUnavailable: some were not taken.
        """
        deliver_packed(self.name, entries, lambda entry: entry.key, KINESIS, self._put)

    def _put(self, records: Sequence[Packed]) -> list[Packed]:
        answer = self._client.put_records(
            StreamName=self._stream,
            Records=[{"Data": record.data, "PartitionKey": record.key} for record in records],
        )
        if not answer["FailedRecordCount"]:
            return []
        return [record for record, put in zip(records, answer["Records"], strict=True) if "ErrorCode" in put]
