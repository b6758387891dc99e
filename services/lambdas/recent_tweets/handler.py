"""From the Kinesis stream `tweets` into DynamoDB: each tweet with its sentiment, for the pages that show single tweets.

Every put has a key made of the tweet, so a batch that comes again changes nothing. Lines that cannot be read are logged
and passed over: `transform_tweets` gets the same lines and keeps their bytes, and an exception would block the shard.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tickertape.aws import client
from tickertape.domain.enrich import enrich
from tickertape.domain.packing import unpack
from tickertape.domain.rejects import Reject
from tickertape.domain.scorers import TEXTBLOB, scorer_named
from tickertape.domain.sentiment import Scorer
from tickertape.domain.times import format_utc
from tickertape.serving.store import write_items
from tickertape.serving.tweets import tweet_items

STAGE = "recent_tweets"


@cache
def _dynamodb() -> Any:
    return client("dynamodb")


@cache
def _scorer() -> Scorer:
    return scorer_named(os.environ.get("SCORER", TEXTBLOB))


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Store one batch of Kinesis records.

    Raises:
        Unprocessed: DynamoDB did not take all items; the batch comes again.
    """
    now = datetime.now(UTC)
    lines = [line for record in event["Records"] for line in unpack(base64.b64decode(record["kinesis"]["data"]))]
    items = [item for line in lines for item in _items(line, now)]
    written = write_items(_dynamodb(), os.environ["RECENT_TWEETS_TABLE"], ("day_shard", "created_at_id"), items)
    return {"lines": len(lines), "items": written}


def _items(line: bytes, now: datetime) -> Iterator[dict[str, Any]]:
    enriched = enrich(line, _scorer(), STAGE, format_utc(now))
    if isinstance(enriched, Reject):
        print(json.dumps({"event": f"tweet_{enriched.outcome}", "reason": enriched.reason, "sha256": enriched.sha256}))
        return
    # Counted from arrival: a replayed tweet of 2014 would be gone at once if counted from its own time.
    expires = now + timedelta(days=int(os.environ["KEEP_DAYS"]))
    yield from tweet_items(enriched.tweet, enriched.verdict, int(expires.timestamp()))
