"""What the control plane tells the services, and what they tell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol


class Clock(Protocol):
    """The one clock: the wall clock live, a virtual one in a replay."""

    def now(self) -> datetime:
        """The time on this clock, aware UTC."""
        ...

    def seconds_until(self, moment: datetime) -> float:
        """Wall seconds until the clock shows `moment`: 0 when it has, infinity while it stands before it."""
        ...


class Ruling(Enum):
    """What a gate says about an event."""

    PASS = "pass"  # noqa: S105  # no password
    REFUSE = "refuse"
    HOLD = "hold"


class Gate(Protocol):
    """The market-hours gate of one source."""

    def ruling(self, moment: datetime) -> Ruling:
        """What becomes of an event of that time: on, turned away for good, or wait until the gate says otherwise."""
        ...

    def is_open(self) -> bool:
        """Whether a live source may ask for what is new now."""
        ...

    def stance(self) -> str:
        """What the gate makes of events of now, for a person."""
        ...


class Flags(Protocol):
    """Switches that are changed while everything runs."""

    def is_on(self, name: str) -> bool:
        """Whether the flag is on."""
        ...


class Events(Protocol):
    """The event log: what happened, for people. Telling it never fails and never waits long."""

    def emit(self, event: str, *, level: str = "info", correlation: str = "", **fields: str | int | float) -> None:
        """Tell that something happened.

        Args:
            event: a name in snake case, a verb in the past where one fits: `gate_opened`, `source_unavailable`.
            level: info, warning or error.
            correlation: the id of the tweet or bar it is about, '' for none.
        """
        ...


class Progress(Protocol):
    """Where a service tells how far it is; `status`, `verify` and the page read it."""

    def count(self, counts: Mapping[str, int], by_symbol: Mapping[tuple[str, str], int] | None = None) -> None:
        """Add to the service's counters.

        Args:
            counts: by outcome.
            by_symbol: by symbol and outcome, for the counters of the current minute.
        """
        ...

    def report(self, **state: str | int) -> None:
        """Set fields of the service's progress; each call also beats its heart."""
        ...
