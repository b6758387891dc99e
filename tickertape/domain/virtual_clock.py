"""The arithmetic of a replay's clock: an anchor, a speed and a pause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClockState:
    """A virtual clock, or the wall clock.

    Attributes:
        virtual: the virtual time at the anchor, aware UTC; None means that the wall clock is the clock.
        wall: the wall time at the anchor, aware UTC.
        speed: virtual seconds per wall second, above 0.
        paused: the clock stands at `virtual`.
        end: the virtual clock stops here (the tape's last event).
    """

    virtual: datetime | None
    wall: datetime
    speed: float
    paused: bool
    end: datetime | None = None

    def now(self, wall: datetime) -> datetime:
        """The time on this clock when the wall clock shows `wall`."""
        if self.virtual is None:
            return wall
        moment = self.virtual if self.paused else self.virtual + (wall - self.wall) * self.speed
        return min(moment, self.end) if self.end else moment

    def seconds_until(self, moment: datetime, wall: datetime) -> float:
        """Wall seconds until this clock shows `moment`: 0 when it has, infinity while it is paused before."""
        missing = (moment - self.now(wall)).total_seconds()
        if missing <= 0:
            return 0.0
        if self.paused and self.virtual is not None:
            return float("inf")
        return missing / self.speed if self.virtual is not None else missing

    def anchored(self, wall: datetime) -> ClockState:
        """The same clock with its anchor moved to now, so that its speed or pause can be changed."""
        return self if self.virtual is None else replace(self, virtual=self.now(wall), wall=wall)


def standing_at(moment: datetime, wall: datetime, speed: float = 1.0) -> ClockState:
    """A clock that stands at `moment`: everything up to it is due at once, everything later waits."""
    return ClockState(virtual=moment, wall=wall, speed=speed, paused=True)


def wall_clock(wall: datetime) -> ClockState:
    """The wall clock itself, for live sources."""
    return ClockState(virtual=None, wall=wall, speed=1.0, paused=False)
