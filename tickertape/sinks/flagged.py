"""A sink with a switch: what comes while it is off is not delivered, and the ledger says which events those were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.domain.times import format_utc
from tickertape.ports.control import Events, Flags
from tickertape.ports.delivery import Entry, Sink
from tickertape.sinks.ledger import LedgerSink

STAGE = "withheld"


class FlaggedSink:
    """Delivers while the flag `KIND.SINK` is on. `tickertape redrive` brings what was withheld.

    Args:
        kind: `tweets` or `bars`.
        ledger: keeps what is withheld, of the stage `STAGE`.
    """

    def __init__(
        self, sink: Sink, kind: str, flags: Flags, ledger: LedgerSink, events: Events, wall: Callable[[], datetime]
    ) -> None:
        self.name = sink.name
        self._sink = sink
        self._kind = kind
        self._flag = f"{kind}.{sink.name}"
        self._flags = flags
        self._ledger = ledger
        self._events = events
        self._wall = wall
        self._was_on = True

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Deliver all of them, or write down that they are withheld.

        Raises:
            SinkUnavailable: the sink, or the ledger, did not take them.
        """
        on = self._flags.is_on(self._flag)
        if on is not self._was_on:
            self._was_on = on
            self._events.emit("sink_delivers_again" if on else "sink_withholds", flag=self._flag)
        if on:
            self._sink.deliver(entries)
        else:
            self._ledger.keep([self._withheld(entry).to_line() for entry in entries if not entry.rejected])

    def _withheld(self, entry: Entry) -> Reject:
        return Reject.of(
            b"",
            stage=STAGE,
            kind=self._kind,
            outcome=Outcome.WITHHELD,
            reason=Reason.FLAG_OFF,
            detail=self.name,
            event_id=entry.event_id,
            position="",
            at=format_utc(self._wall()),
        )
