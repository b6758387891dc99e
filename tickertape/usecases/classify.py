"""Decides for each raw record whether it is accepted, filtered or quarantined, and says why."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from tickertape.domain.bar import Bar, parse_bar
from tickertape.domain.rejects import BadRecord, NotAnEvent, Outcome, Reason, Reject
from tickertape.domain.splits import SplitLookup, trading_date
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import Tweet, encode_line
from tickertape.domain.tweet_formats import parse_tweet
from tickertape.domain.tweet_rules import TweetRules
from tickertape.domain.window import Window
from tickertape.ports import RawRecord

__all__ = [
    "MAX_LINE_BYTES",
    "STAGE",
    "Accepted",
    "Classifier",
    "TweetRules",
    "Window",
    "bar_classifier",
    "duplicate",
    "outside_hours",
    "tweet_classifier",
    "tweet_partition_key",
]

STAGE = "ingest"
# Clocks differ: an event may be this much younger than our own time.
_SLACK = timedelta(days=1)
# Far above any real event and below what Kinesis takes (1 MiB): a giant name must not block a stream.
MAX_LINE_BYTES = 256_000
_TWEET_KEYS = 8


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record that goes on.

    Attributes:
        moment: the event's own time, aware UTC: a replay holds it back until then.
        key: the partition key.
        digest: tells a repeat of the same event from another event under the same id.
        symbols: what it is counted under.
        in_market_hours: whether the market's hours say anything about it; a day's bar belongs to no hour.
    """

    event_id: str
    moment: datetime
    key: str
    line: bytes
    digest: bytes
    symbols: tuple[str, ...]
    in_market_hours: bool = True


Classifier = Callable[[RawRecord], Accepted | Reject]


def tweet_classifier(rules: TweetRules, source: str, wall: Callable[[], datetime]) -> Classifier:
    """A classifier of tweets; `wall` is the wall clock, for rejects and against dates in the future."""

    def classify(record: RawRecord) -> Accepted | Reject:
        now = wall()
        event_id = None
        try:
            tweet = parse_tweet(record.raw, source=source, latest=now + _SLACK)
            event_id = tweet.id
            line = _encoded(tweet.to_event())
        except NotAnEvent as message:
            return _turned_away(record, "tweets", Reason.CONTROL_MESSAGE, str(message), None, now)
        except BadRecord as bad:
            return _turned_away(record, "tweets", bad.reason, bad.detail, event_id, now)
        admitted = rules.admit(tweet)
        if not isinstance(admitted, Tweet):
            return _turned_away(record, "tweets", *admitted, tweet.id, now)
        if admitted is not tweet:
            tweet, line = admitted, _encoded(admitted.to_event())
        return Accepted(
            event_id=tweet.id,
            moment=tweet.created_at,
            key=tweet_partition_key(tweet.id),
            line=line,
            digest=_digest(tweet.author.id, format_utc(tweet.created_at), tweet.text),
            symbols=tweet.tickers,
        )

    return classify


def tweet_partition_key(tweet_id: str) -> str:
    """Tweets have no order to keep, so their keys only spread them over the shards."""
    return f"tweets-{zlib.crc32(tweet_id.encode()) % _TWEET_KEYS}"


def bar_classifier(
    window: Window,
    provider: str,
    interval_of: Callable[[str], str],
    wall: Callable[[], datetime],
    splits: SplitLookup | None = None,
) -> Classifier:
    """A classifier of bars; `interval_of` gives the interval of a record's place.

    Args:
        splits: what is known of splits; each bar carries the latest one of its symbol by then. None knows of none.
    """

    def classify(record: RawRecord) -> Accepted | Reject:
        now = wall()
        try:
            bar = parse_bar(
                record.fields or {}, interval=interval_of(record.place), provider=provider, latest=now + _SLACK
            )
            if splits:
                bar = replace(bar, split=splits(bar.symbol, trading_date(bar.ts)))
            line = _encoded(bar.to_event())
        except BadRecord as bad:
            return _turned_away(record, "bars", bad.reason, bad.detail, None, now)
        if not window.holds(bar.ts):
            return _turned_away(record, "bars", Reason.OUTSIDE_WINDOW, format_utc(bar.ts), bar.id, now)
        return Accepted(
            event_id=bar.id,
            moment=bar.ts,
            key=bar.symbol,
            line=line,
            digest=_bar_digest(bar),
            symbols=(bar.symbol,),
            in_market_hours=bar.interval != "1d",
        )

    return classify


def duplicate(record: RawRecord, kind: str, accepted: Accepted, same: bool, at: datetime) -> Reject:
    """What an event under an id that was accepted before becomes: a repeat is filtered, a conflict is kept."""
    if same:
        return _turned_away(record, kind, Reason.DUPLICATE, "accepted before", accepted.event_id, at)
    return _turned_away(
        record,
        kind,
        Reason.CONFLICTING_DUPLICATE,
        "this id was accepted before with other content",
        accepted.event_id,
        at,
    )


def outside_hours(record: RawRecord, kind: str, accepted: Accepted, at: datetime) -> Reject:
    """What an event becomes that the gate refuses."""
    return _turned_away(record, kind, Reason.MARKET_CLOSED, format_utc(accepted.moment), accepted.event_id, at)


_FILTERS = frozenset(
    {
        Reason.CONTROL_MESSAGE,
        Reason.DUPLICATE,
        Reason.OUTSIDE_WINDOW,
        Reason.LANGUAGE,
        Reason.NO_TICKER,
        Reason.UNKNOWN_TICKER,
        Reason.NO_KEYWORD,
        Reason.EXCLUDED_KEYWORD,
        Reason.NO_LOCATION,
        Reason.OUTSIDE_AREA,
        Reason.SENSITIVE,
        Reason.RETWEET,
        Reason.MARKET_CLOSED,
    }
)


def _turned_away(
    record: RawRecord, kind: str, reason: Reason, detail: str, event_id: str | None, now: datetime
) -> Reject:
    return Reject.of(
        record.raw,
        stage=STAGE,
        kind=kind,
        outcome=Outcome.FILTERED if reason in _FILTERS else Outcome.QUARANTINED,
        reason=reason,
        detail=detail,
        event_id=event_id,
        position=record.position,
        at=format_utc(now),
    )


def _encoded(event: dict[str, object]) -> bytes:
    try:
        line = orjson.dumps(event)
    except orjson.JSONEncodeError:
        line = encode_line(event)  # says what is wrong with it
    if len(line) > MAX_LINE_BYTES:
        raise BadRecord(Reason.TEXT_TOO_LONG, f"the event has {len(line)} bytes, at most {MAX_LINE_BYTES}")
    return line


def _bar_digest(bar: Bar) -> bytes:
    return _digest(*(repr(value) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)))


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
