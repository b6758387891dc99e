"""Firehose's transform: adds the sentiment to each tweet, drops what says nothing, quarantines what cannot be read.

A record holds one line or many. A bad line never fails the record it came in: the record's other lines go on, and the
line itself is written to the lake's quarantine here, because one emulator loses what Firehose is told has failed and
another delivers it.
"""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tickertape.aws import client
from tickertape.domain.enrich import enrich
from tickertape.domain.packing import unpack
from tickertape.domain.rejects import Reject
from tickertape.domain.scorers import TEXTBLOB, textblob_polarity
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import encode_line
from tickertape.lake.keys import RawKind, quarantine_key
from tickertape.lake.store import S3Store

STAGE = "transform_tweets"


@cache
def _lake() -> S3Store:
    return S3Store(client("s3"), os.environ["LAKE_BUCKET"])


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Transform one batch of Firehose records.

    Raises:
        botocore.exceptions.ClientError: the quarantine could not be written; Firehose tries the batch again.
    """
    rejects: list[Reject] = []
    records = [_transform(record, rejects) for record in event["records"]]
    if rejects:
        body = b"".join(reject.to_line() + b"\n" for reject in rejects)
        _lake().put(quarantine_key(STAGE, RawKind.TWEETS, body), body)
    return {"records": records}


def _transform(record: dict[str, Any], rejects: list[Reject]) -> dict[str, Any]:
    # One emulator sends no recordId; on AWS it is always there.
    answer = {"recordId": record.get("recordId", "0")}
    at = format_utc(datetime.now(UTC))
    lines = []
    for line in unpack(base64.b64decode(record["data"])):
        outcome = enrich(line, textblob_polarity, TEXTBLOB, STAGE, at)
        if isinstance(outcome, Reject):
            rejects.append(outcome)
        else:
            lines.append(encode_line(outcome.to_event()))
    if not lines:
        # Without data: one emulator delivers the data of dropped records.
        return answer | {"result": "Dropped", "data": ""}
    data = b"\n".join(lines) + b"\n"
    return answer | {"result": "Ok", "data": base64.b64encode(data).decode("ascii")}
