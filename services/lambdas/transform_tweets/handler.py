"""Firehose's transform: adds the sentiment to each tweet, and marks what is dropped or cannot be read.

A record holds one line or many, and each line is answered with one: the enriched tweet, or a reject with its reason
and its bytes, which the batch moves into the quarantine. Nothing is left to Firehose's own `Dropped` and
`ProcessingFailed`: one emulator loses what they name, the other delivers it. Nor does the function call any service:
one emulator holds a lock while it waits for a transform, and a call back into it would wait for ever.
"""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tickertape.domain.enrich import enrich
from tickertape.domain.packing import unpack
from tickertape.domain.rejects import Reject
from tickertape.domain.scorers import TEXTBLOB, scorer_named
from tickertape.domain.sentiment import Scorer
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import encode_line

STAGE = "transform_tweets"


@cache
def _scorer() -> Scorer:
    return scorer_named(os.environ.get("SCORER", TEXTBLOB))


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Transform one batch of Firehose records."""
    at = format_utc(datetime.now(UTC))
    return {"records": [_transform(record, at) for record in event["records"]]}


def _transform(record: dict[str, Any], at: str) -> dict[str, Any]:
    lines = [_answer(line, at) for line in unpack(base64.b64decode(record["data"]))]
    return {
        # One emulator sends no recordId; on AWS it is always there.
        "recordId": record.get("recordId", "0"),
        "result": "Ok",
        "data": base64.b64encode(b"".join(line + b"\n" for line in lines)).decode("ascii"),
    }


def _answer(line: bytes, at: str) -> bytes:
    outcome = enrich(line, _scorer(), STAGE, at)
    return outcome.to_line() if isinstance(outcome, Reject) else encode_line(outcome.to_event())
