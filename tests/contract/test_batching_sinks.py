"""Kinesis and Firehose read which records were rejected and send only those again."""

from collections.abc import Callable
from typing import Any

import pytest
import stamina

from tickertape.domain.packing import unpack
from tickertape.ports.delivery import Entry, Sink, SinkUnavailable
from tickertape.sinks.firehose import FirehoseSink
from tickertape.sinks.kinesis import KinesisSink


class PartialService:
    """Kinesis' and Firehose's put calls as AWS answers them, rejecting every other record of the first calls."""

    def __init__(self, bad_calls: int) -> None:
        self.taken: list[bytes] = []
        self.calls = 0
        self._bad_calls = bad_calls

    def put_records(self, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        answers = self._take([record["Data"] for record in Records])
        return {"FailedRecordCount": sum("ErrorCode" in answer for answer in answers), "Records": answers}

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        answers = self._take([record["Data"] for record in Records])
        return {"FailedPutCount": sum("ErrorCode" in answer for answer in answers), "RequestResponses": answers}

    def _take(self, records: list[bytes]) -> list[dict[str, str]]:
        self.calls += 1
        answers = []
        for number, record in enumerate(records):
            if self.calls <= self._bad_calls and number % 2 == 0:
                answers.append({"ErrorCode": "ProvisionedThroughputExceededException"})
            else:
                self.taken.append(record)
                answers.append({"SequenceNumber": str(number)})
        return answers


MAKERS: list[Callable[[Any], Sink]] = [
    lambda service: KinesisSink(service, "tweets"),
    lambda service: FirehoseSink(service, "tweets-to-lake"),
]
# Large enough that Firehose needs several records too.
ENTRIES = [Entry(n, False, str(n), f"key-{n % 3}", b"%06d" % n + b"x" * 2000) for n in range(1500)]


@pytest.mark.parametrize("make", MAKERS)
def test_rejected_records_are_sent_again_and_only_those(make: Callable[[Any], Sink]) -> None:
    """After partial failures each line has arrived exactly once."""
    service = PartialService(bad_calls=3)
    with stamina.set_testing(True, attempts=8):
        make(service).deliver(ENTRIES)
    assert sorted(entry.line for entry in ENTRIES) == sorted(line for data in service.taken for line in unpack(data))


@pytest.mark.parametrize("make", MAKERS)
def test_a_service_that_goes_on_rejecting_is_unavailable(make: Callable[[Any], Sink]) -> None:
    """Rejection without end is told to the publisher, which keeps the entries."""
    with stamina.set_testing(True, attempts=3), pytest.raises(SinkUnavailable):
        make(PartialService(bad_calls=99)).deliver(ENTRIES)


@pytest.mark.parametrize("make", MAKERS)
def test_rejects_do_not_go_to_a_stream(make: Callable[[Any], Sink]) -> None:
    """What ingest turned away is the ledger's."""
    service = PartialService(bad_calls=0)
    make(service).deliver([Entry(1, True, "", "", b"reject")])
    assert 0 == service.calls
