"""Small records in every form, for tests that do not care about the rest of them."""

from __future__ import annotations

import json
from typing import Any


def v1(**changes: Any) -> dict[str, Any]:
    """A Twitter v1.1 status."""
    return {
        "created_at": "Tue Nov 25 14:30:01 +0000 2025",
        "id": 990000000000000001,
        "id_str": "990000000000000001",
        "text": "$AAPL up",
        "user": {"id": 7, "id_str": "7", "screen_name": "ann", "followers_count": 12, "lang": "en"},
        "entities": {},
        "lang": "en",
        "coordinates": None,
        "place": None,
        "in_reply_to_status_id_str": None,
    } | changes


def v2(**changes: Any) -> dict[str, Any]:
    """An X API v2 filtered-stream envelope; changes go into its `data`."""
    data = {
        "id": "990000000000000002",
        "text": "$MSFT down",
        "created_at": "2025-11-25T14:30:02.000Z",
        "author_id": "8",
        "lang": "en",
    }
    users = [{"id": "8", "name": "Bob", "username": "bob", "public_metrics": {"followers_count": 3}}]
    return {"data": data | changes, "includes": {"users": users}, "matching_rules": []}


def own(**changes: Any) -> dict[str, Any]:
    """Our own form."""
    return {
        "schema_version": 1,
        "id": "990000000000000003",
        "created_at": "2025-11-25T14:30:03Z",
        "text": "$NVDA flat",
        "author": {"id": "9", "name": "cy", "followers": 0},
        "lang": "en",
        "tickers": ["NVDA"],
        "hashtags": [],
        "location": None,
        "reply_to": None,
        "is_retweet": False,
        "source": "tape",
    } | changes


def enriched(**changes: Any) -> dict[str, Any]:
    """Our own form with its sentiment, as it lies in the lake."""
    judged = {"sentiment": "positive", "polarity": 0.5, "scorer": "textblob", "method": "text"}
    return own(**judged) | changes


def raw(record: Any) -> bytes:
    """A record as a line."""
    return json.dumps(record).encode()
