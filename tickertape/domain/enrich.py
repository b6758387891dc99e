"""Enrichment of one line of the tweets' wire: the tweet and its sentiment, or why it goes no further."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tickertape.domain.rejects import BadRecord, Outcome, Reason, Reject
from tickertape.domain.sentiment import Scorer, Verdict, judge
from tickertape.domain.tweet import Tweet

_LINK = re.compile(r"https?://\S+")
_SAYS_SOMETHING = re.compile(r"[^\s.,…]")


@dataclass(frozen=True, slots=True)
class Enriched:
    """A tweet with what its text says; `event` is the tweet as it came on the wire."""

    tweet: Tweet
    verdict: Verdict
    event: dict[str, Any]

    def to_event(self) -> dict[str, Any]:
        """The event with `sentiment`, `polarity`, `scorer` and `method`."""
        return self.event | self.verdict.to_event()


def enrich(line: bytes, scorer: Scorer, stage: str, at: str) -> Enriched | Reject:
    """Read a tweet off the wire and judge it.

    Args:
        stage: the hop that asks, for a reject.
        at: the time of the decision, ISO 8601 UTC, for a reject.

    Returns:
        The enriched tweet, or a Reject: quarantined when the line is no tweet, dropped when it is nothing but links.
    """
    try:
        tweet, event = _read(line)
        verdict = _judged(tweet.text, scorer)
    except BadRecord as bad:
        return Reject.of(
            line,
            stage=stage,
            kind="tweets",
            outcome=Outcome.QUARANTINED,
            reason=bad.reason,
            detail=bad.detail,
            event_id=None,
            position="",
            at=at,
        )
    if not says_something(tweet.text):
        return Reject.of(
            line,
            stage=stage,
            kind="tweets",
            outcome=Outcome.DROPPED,
            reason=Reason.NO_CONTENT,
            detail="nothing but links",
            event_id=tweet.id,
            position="",
            at=at,
        )
    return Enriched(tweet, verdict, event)


def says_something(text: str) -> bool:
    """Whether there is more in a text than links."""
    return _SAYS_SOMETHING.search(_LINK.sub("", text)) is not None


def _judged(text: str, scorer: Scorer) -> Verdict:
    try:
        return judge(text, scorer)
    except Exception as error:  # a scorer is a library's code, and one text it trips over must not block a shard
        raise BadRecord(Reason.SCORER_FAILED, f"{scorer.name}: {error!r}"[:200]) from error


def _read(line: bytes) -> tuple[Tweet, dict[str, Any]]:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise BadRecord(Reason.NOT_JSON, str(error)[:200]) from error
    if not isinstance(event, dict):
        raise BadRecord(Reason.UNKNOWN_SHAPE, f"an event was expected, {type(event).__name__} came")
    return Tweet.from_event(event), event
