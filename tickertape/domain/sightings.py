"""One tweet as a station has it: where, since when, and what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tickertape.domain.rejects import Reject


class TapeLine(NamedTuple):
    """A line of the tape that carries the tweet's id.

    Attributes:
        position: `tweets.jsonl.gz:17`.
        event: the tweet on our wire; None for a line that cannot be read.
        was_read: whether the service has come to it.
    """

    position: str
    event: Mapping[str, Any] | None
    was_read: bool


class Sighting(NamedTuple):
    """The tweet in a store.

    Attributes:
        where: an object's key, an item's key, a table.
        at: when it was written there, aware UTC; None where the store does not say.
        event: what is there.
    """

    where: str
    at: datetime | None
    event: Mapping[str, Any]


class KeptReject(NamedTuple):
    """A line that was turned away, and the object that keeps it."""

    reject: Reject
    where: str


class LakeLines(NamedTuple):
    """What the lake's raw objects and its quarantine have of the tweet.

    Attributes:
        raw: the objects that hold it, as often as they do.
        rejects: everything of that id that any stage turned away, or a flag withheld.
    """

    raw: Sequence[Sighting]
    rejects: Sequence[KeptReject]


class TableRows(NamedTuple):
    """The tweet's rows in the curated tables."""

    tweets: Sequence[Sighting]
    mentions: Sequence[Sighting]
    spam: Sequence[Sighting]
