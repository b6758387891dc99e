"""An outbox without room: a tape waits, a live source sheds; both are told when it begins and when it ends."""

from __future__ import annotations

import time

from tickertape.ports.control import Events
from tickertape.ports.delivery import NoRoom
from tickertape.ports.sources import Source

# A long shortage is told again this often, seconds.
_AGAIN_S = 60.0


class Shortage:
    """One service's shortage of room."""

    def __init__(self, source: Source, events: Events) -> None:
        self._source = source
        self._events = events
        self._is_on = False
        self._shed = 0
        self._told_at = 0.0

    def began(self, full: NoRoom) -> None:
        """The outbox took nothing."""
        if not self._is_on or time.monotonic() - self._told_at >= _AGAIN_S:
            does = "what comes is shed" if self._source.live else "the tape waits"
            self._events.emit(
                "outbox_full", level="error", source=self._source.name, why=str(full), does=does, shed=self._shed
            )
            self._is_on, self._told_at = True, time.monotonic()

    def shed(self, records: int) -> None:
        """So many records of a live source were not taken."""
        self._shed += records

    def ended(self) -> None:
        """The outbox takes again."""
        if self._is_on:
            self._events.emit("outbox_has_room", source=self._source.name, shed=self._shed)
        self._is_on, self._shed = False, 0
