"""Decides for each raw record whether it is accepted, filtered or quarantined, and says why."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from tickertape.domain.bar import Bar, parse_bar
from tickertape.domain.parsed import SLACK, Unreadable, digest_of, encode_event, parse_record
from tickertape.domain.rejects import BadRecord, Outcome, Reason, Reject
from tickertape.domain.splits import SplitLookup, trading_date
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import Tweet
from tickertape.domain.tweet_rules import TweetRules
from tickertape.domain.window import Window
from tickertape.ports.sources import RawRecord

__all__ = [
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
_TWEET_KEYS = 8


class Accepted(NamedTuple):
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
        parsed = record.parsed or parse_record(record.raw, source=source, now=now)
        if isinstance(parsed, Unreadable):
            return _turned_away(record, "tweets", parsed.reason, parsed.detail, parsed.event_id, now)
        tweet, line, digest = parsed
        admitted = rules.admit(tweet)
        if not isinstance(admitted, Tweet):
            return _turned_away(record, "tweets", *admitted, tweet.id, now)
        if admitted is not tweet:
            line = encode_event(admitted.to_event())
        return Accepted(
            event_id=tweet.id,
            moment=tweet.created_at,
            key=tweet_partition_key(tweet.id),
            line=line,
            digest=digest,
            symbols=admitted.tickers,
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
                record.fields or {}, interval=interval_of(record.place), provider=provider, latest=now + SLACK
            )
            if splits:
                bar = replace(bar, split=splits(bar.symbol, trading_date(bar.ts)))
            line = encode_event(bar.to_event())
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


def _bar_digest(bar: Bar) -> bytes:
    return digest_of(*(repr(value) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)))
