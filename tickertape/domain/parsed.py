"""What a tweet's line comes to before any rule is asked: the event as it goes on, or why it cannot be read."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from tickertape.domain.rejects import BadRecord, NotAnEvent, Reason
from tickertape.domain.tweet import Tweet, encode_line
from tickertape.domain.tweet_formats import parse_tweet

# Far above any real event and below what Kinesis takes (1 MiB): a giant name must not block a stream.
MAX_LINE_BYTES = 256_000
# Clocks differ: an event may be this much younger than our own time.
SLACK = timedelta(days=1)


class ParsedTweet(NamedTuple):
    """A well-formed tweet.

    Attributes:
        line: its one form on the wire, without newline.
        digest: tells a repeat of the same tweet from another one under the same id.
    """

    tweet: Tweet
    line: bytes
    digest: bytes


class Unreadable(NamedTuple):
    """A record that is no tweet; `event_id` is its id where one could be read."""

    reason: Reason
    detail: str
    event_id: str | None


def parse_record(raw: bytes, *, source: str, now: datetime) -> ParsedTweet | Unreadable:
    """Parse one line of a stream or a tape.

    Args:
        source: the name of the source, kept in the tweet.
        now: the wall clock, against dates in the future.
    """
    event_id = None
    try:
        tweet = parse_tweet(raw, source=source, latest=now + SLACK)
        event_id = tweet.id
        event = tweet.to_event()
        line = encode_event(event)
    except NotAnEvent as message:
        return Unreadable(Reason.CONTROL_MESSAGE, str(message), None)
    except BadRecord as bad:
        return Unreadable(bad.reason, bad.detail, event_id)
    return ParsedTweet(tweet, line, digest_of(tweet.author.id, event["created_at"], tweet.text))


def encode_event(event: dict[str, Any]) -> bytes:
    """One event as one line of UTF-8 JSON without its newline.

    Raises:
        BadRecord: it is longer than `MAX_LINE_BYTES`, or a text holds what UTF-8 cannot carry.
    """
    try:
        line = orjson.dumps(event)
    except orjson.JSONEncodeError:
        line = encode_line(event)  # says what is wrong with it
    if len(line) > MAX_LINE_BYTES:
        raise BadRecord(Reason.TEXT_TOO_LONG, f"the event has {len(line)} bytes, at most {MAX_LINE_BYTES}")
    return line


def digest_of(*parts: str) -> bytes:
    """16 bytes that differ when any part does."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
