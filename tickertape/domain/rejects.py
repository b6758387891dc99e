"""What becomes of a record that is not delivered, and why: the reasons, and the line that keeps it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

SCHEMA_VERSION = 1


class Outcome(StrEnum):
    """Where a record ended when it was not delivered."""

    FILTERED = "filtered"  # well-formed, not wanted
    DROPPED = "dropped"  # accepted, then found to carry nothing
    QUARANTINED = "quarantined"  # malformed; kept with its bytes
    WITHHELD = "withheld"  # accepted, and kept from one sink because its flag was off


class Reason(StrEnum):
    """Why a record was not delivered."""

    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    UNKNOWN_SHAPE = "unknown_shape"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_TIME = "bad_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    TEXT_TOO_LONG = "text_too_long"
    LONE_SURROGATE = "lone_surrogate"
    NUL_CHARACTER = "nul_character"
    BAD_SYMBOL = "bad_symbol"
    NOT_A_NUMBER = "not_a_number"
    BAD_PRICE = "bad_price"
    HIGH_BELOW_LOW = "high_below_low"
    PRICE_OUTSIDE_RANGE = "price_outside_range"
    BAD_VOLUME = "bad_volume"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"
    UNKNOWN_SCHEMA = "unknown_schema"
    SCORER_FAILED = "scorer_failed"

    DUPLICATE = "duplicate"
    CONTROL_MESSAGE = "control_message"
    OUTSIDE_WINDOW = "outside_window"
    LANGUAGE = "language"
    NO_TICKER = "no_ticker"
    UNKNOWN_TICKER = "unknown_ticker"
    NO_KEYWORD = "no_keyword"
    EXCLUDED_KEYWORD = "excluded_keyword"
    NO_LOCATION = "no_location"
    OUTSIDE_AREA = "outside_area"
    SENSITIVE = "sensitive"
    RETWEET = "retweet"
    MARKET_CLOSED = "market_closed"

    NO_CONTENT = "no_content"
    FLAG_OFF = "flag_off"


class BadRecord(ValueError):
    """A record that cannot be read; it is quarantined, never a reason to stop a stream.

    Attributes:
        reason: the counted reason.
        detail: what was expected and what came, for a person.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class NotAnEvent(Exception):
    """A well-formed message of a stream that carries no event (a deletion notice, a rate limit notice)."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that was not delivered.

    Attributes:
        stage: the hop that decided (`ingest`, `transform_tweets`).
        kind: `tweets` or `bars`.
        event_id: the event's id where one could be read.
        position: where it stood in its source (`tweets.jsonl.gz:17`), empty inside the pipeline.
        sha256: the digest of the bytes as they came: with `position` what makes a rerun's line the same line.
        raw: the bytes as they came; empty for a filtered record, which is well-formed and can be read again.
        at: when it was decided, ISO 8601 UTC.
    """

    stage: str
    kind: str
    outcome: Outcome
    reason: Reason
    detail: str
    event_id: str | None
    position: str
    sha256: str
    raw: bytes
    at: str

    @classmethod
    def of(
        cls,
        raw: bytes,
        *,
        stage: str,
        kind: str,
        outcome: Outcome,
        reason: Reason,
        detail: str,
        event_id: str | None,
        position: str,
        at: str,
    ) -> Self:
        """A reject of those bytes, which it keeps unless the record was only filtered."""
        return cls(
            stage=stage,
            kind=kind,
            outcome=outcome,
            reason=reason,
            detail=detail,
            event_id=event_id,
            position=position,
            sha256=hashlib.sha256(raw).hexdigest(),
            raw=b"" if outcome is Outcome.FILTERED else raw,
            at=at,
        )

    def to_line(self) -> bytes:
        """The record as one JSON line; the bytes travel as base64, so nothing about them is lost."""
        return json.dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "stage": self.stage,
                "kind": self.kind,
                "outcome": self.outcome,
                "reason": self.reason,
                # ASCII only: half a surrogate pair in a message must not make the line itself unreadable.
                "detail": self.detail.encode("ascii", "backslashreplace").decode(),
                "event_id": self.event_id,
                "position": self.position,
                "sha256": self.sha256,
                "raw_base64": base64.b64encode(self.raw).decode("ascii"),
                "at": self.at,
            },
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def is_one(event: dict[str, Any]) -> bool:
        """Whether a line of the raw lake is a reject that travelled among the events."""
        return "outcome" in event

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read what `to_line` wrote."""
        return cls(
            stage=event["stage"],
            kind=event["kind"],
            outcome=Outcome(event["outcome"]),
            reason=Reason(event["reason"]),
            detail=event["detail"],
            event_id=event["event_id"],
            position=event["position"],
            sha256=event["sha256"],
            raw=base64.b64decode(event["raw_base64"]),
            at=event["at"],
        )
