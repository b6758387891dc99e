"""The put call of Firehose in memory."""

from __future__ import annotations

from typing import Any


class MemoryFirehose:
    """Takes records; the first `rejected_calls` calls reject their first record."""

    def __init__(self, rejected_calls: int = 0) -> None:
        self.taken: list[bytes] = []
        self._rejected_calls = rejected_calls

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        answers: list[dict[str, str]] = []
        for number, record in enumerate(Records):
            if number == 0 and self._rejected_calls:
                self._rejected_calls -= 1
                answers.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"})
            else:
                self.taken.append(record["Data"])
                answers.append({"RecordId": str(len(self.taken))})
        return {"FailedPutCount": sum("ErrorCode" in answer for answer in answers), "RequestResponses": answers}
