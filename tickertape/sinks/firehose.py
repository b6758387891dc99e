"""A Firehose delivery stream as a sink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tickertape.domain.packing import FIREHOSE, Packed
from tickertape.ports.delivery import Entry
from tickertape.sinks.batching import deliver_packed

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient


class FirehoseSink:
    """Events of all keys together: Firehose has no shards, and fewer records are cheaper ones."""

    name = "firehose"

    def __init__(self, client: FirehoseClient, delivery_stream: str) -> None:
        self._client = client
        self._delivery_stream = delivery_stream

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Put the events on the delivery stream.

        Raises:
            SinkUnavailable: some were not taken.
        """
        deliver_packed(self.name, entries, lambda _: "", FIREHOSE, self._put)

    def _put(self, records: Sequence[Packed]) -> list[Packed]:
        answer = self._client.put_record_batch(
            DeliveryStreamName=self._delivery_stream, Records=[{"Data": record.data} for record in records]
        )
        if not answer["FailedPutCount"]:
            return []
        return [record for record, put in zip(records, answer["RequestResponses"], strict=True) if "ErrorCode" in put]
