"""The arithmetic of a replay's clock: an anchor, a speed and a pause."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime

# No event is older; a clock before it was set by mistake.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
FASTEST = 100_000.0


class BadClock(ValueError):
    """A clock that cannot be: the message says what is wrong with it."""


class BadSpeed(ValueError):
    """What was asked for is no speed; the message says what is one."""


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

    @property
    def is_wall(self) -> bool:
        """Whether the wall clock is the clock: nothing is replayed."""
        return self.virtual is None

    def is_running(self, wall: datetime) -> bool:
        """Whether time passes on it: it is neither paused nor at its end."""
        return self.virtual is None or not (self.paused or (self.end is not None and self.now(wall) >= self.end))

    def paused_at(self, wall: datetime) -> ClockState:
        """The same clock, standing."""
        return replace(self._anchored(wall), paused=True)

    def resumed(self, wall: datetime) -> ClockState:
        """The same clock, running from where it stands."""
        return replace(self._anchored(wall), paused=False)

    def at_speed(self, speed: float, wall: datetime) -> ClockState:
        """The same clock at another speed from now on.

        Raises:
            BadClock: the speed is not between 0 and `FASTEST`.
        """
        return replace(self._anchored(wall), speed=speed).checked()

    def sought(self, moment: datetime, wall: datetime) -> ClockState:
        """The same clock at another time, held at its end.

        Raises:
            BadClock: the time is before `EARLIEST`.
        """
        return replace(self._anchored(wall), virtual=min(moment, self.end) if self.end else moment).checked()

    def checked(self) -> ClockState:
        """The clock itself.

        Raises:
            BadClock: it shows a time before `EARLIEST`, or its speed is no speed.
        """
        if self.virtual is not None and self.virtual < EARLIEST:
            raise BadClock(f"a clock at {self.virtual.isoformat()} is before {EARLIEST.date()}")
        if not (math.isfinite(self.speed) and 0 < self.speed <= FASTEST):
            raise BadClock(f"a speed of {self.speed} is not above 0 and at most {FASTEST:.0f}")
        return self

    def _anchored(self, wall: datetime) -> ClockState:
        if self.virtual is None:
            raise BadClock("the wall clock cannot be set: nothing is replayed")
        return replace(self, virtual=self.now(wall), wall=wall)


def standing_at(moment: datetime, wall: datetime, speed: float = 1.0) -> ClockState:
    """A clock that stands at `moment`: everything up to it is due at once, everything later waits."""
    return ClockState(virtual=moment, wall=wall, speed=speed, paused=True)


def wall_clock(wall: datetime) -> ClockState:
    """The wall clock itself, for live sources."""
    return ClockState(virtual=None, wall=wall, speed=1.0, paused=False)


def parse_speed(text: str) -> float | None:
    """A speed as people write it; None is `max`.

    >>> parse_speed("60"), parse_speed("max")
    (60.0, None)

    Raises:
        BadSpeed: neither `max` nor a number from 1 to 100000.
    """
    if text.strip().lower() == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 1 <= speed <= FASTEST:
        raise BadSpeed(f"a number from 1 to {FASTEST:.0f}, or max, was expected, {text!r} came")
    return speed
