"""Where events go: an outbox on disk, and the sinks that it is emptied into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tickertape.ports.sources import Position

# What is made for each event is a NamedTuple here: a frozen dataclass takes three times as long to make.


class Entry(NamedTuple):
    """One line on its way out: an event, or a record that was turned away.

    Attributes:
        sequence: its place in the outbox, rising.
        rejected: whether `line` is a Reject instead of an event.
        event_id: the event's id ('' for a reject without one).
        key: the partition key.
        line: the JSON line without newline.
    """

    sequence: int
    rejected: bool
    event_id: str
    key: str
    line: bytes


class NewEntry(NamedTuple):
    """An entry before the outbox numbered it; `digest` tells a repeat from a conflict."""

    rejected: bool
    event_id: str
    key: str
    line: bytes
    digest: bytes


class Outbox(Protocol):
    """A log on disk between the source and the sinks. What it has taken is not lost."""

    def position(self, source: str) -> Position:
        """Where reading that source goes on."""
        ...

    def digests(self, event_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The digests of those ids that were accepted before."""
        ...

    def append(self, source: str, entries: Sequence[NewEntry], position: Position) -> None:
        """Take the entries and the source's new position in one transaction.

        Raises:
            NoRoom: the outbox is as large as it may be, or the disk is full; nothing was taken.
        """
        ...

    def pending(self, sink: str, limit: int) -> list[Entry]:
        """The oldest entries that `sink` has not acknowledged."""
        ...

    def acknowledge(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has everything up to and including `sequence`."""
        ...

    def depth(self, sink: str) -> int:
        """How many entries wait for `sink`."""
        ...

    def prune(self, sinks: Sequence[str]) -> int:
        """Forget what every one of `sinks` has; returns how many entries."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


class NoRoom(Exception):
    """The outbox takes nothing until a sink has taken something; the message says how large it is."""


class SinkUnavailable(Exception):
    """A sink's service did not take what it was given; trying again may help.

    Attributes:
        retry_after_s: seconds the service asked to wait, or None.
    """

    def __init__(self, sink: str, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{sink}: {why}")
        self.sink = sink
        self.retry_after_s = retry_after_s


class Sink(Protocol):
    """Where entries go. Delivering the same entries again has no further effect."""

    name: str

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Deliver all of them.

        Raises:
            SinkUnavailable: some were not taken; all may be delivered again.
        """
        ...
