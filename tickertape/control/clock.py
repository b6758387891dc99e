"""The one clock in Redis: every process reads it, `up` and `replay` set it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import redis

from tickertape.control.keys import CLOCK
from tickertape.control.redis_client import read_hash
from tickertape.domain.times import format_utc, parse_utc
from tickertape.domain.virtual_clock import BadClock, ClockState, wall_clock

# A change of speed or a pause is taken up within this many seconds.
_FRESH_S = 0.1


def wall_time() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


class RedisClock:
    """The Clock port over the state in Redis, read at most ten times a second."""

    def __init__(self, client: redis.Redis, wall: Callable[[], datetime] = wall_time) -> None:
        self._client = client
        self._wall = wall
        self._state = wall_clock(wall())
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """The time on this clock, aware UTC."""
        return self.state().now(self._wall())

    def seconds_until(self, moment: datetime) -> float:
        """Wall seconds until the clock shows `moment`: 0 when it has, infinity while it stands before it."""
        return self.state().seconds_until(moment, self._wall())

    def state(self) -> ClockState:
        """The state, at most a tenth of a second old; the last good one while Redis is away or holds nonsense."""
        if time.monotonic() - self._read_at >= _FRESH_S:
            try:
                self._state = read_state(self._client) or wall_clock(self._wall())
            except (redis.ConnectionError, redis.TimeoutError, BadClock):
                # Time goes on by what was last agreed; the manager tells of a clock that cannot be.
                pass
            self._read_at = time.monotonic()
        return self._state


def read_state(client: redis.Redis) -> ClockState | None:
    """The clock as it is set, or None before anyone set one.

    Raises:
        BadClock: what is set cannot be a clock.
    """
    stored = read_hash(client, CLOCK)
    if not stored:
        return None
    try:
        return ClockState(
            virtual=parse_utc(stored["virtual"]) if stored["virtual"] else None,
            wall=parse_utc(stored["wall"]),
            speed=float(stored["speed"]),
            paused=stored["paused"] == "1",
            end=parse_utc(stored["end"]) if stored["end"] else None,
        ).checked()
    except BadClock:
        raise
    except (KeyError, ValueError, OverflowError) as error:
        raise BadClock(f"the clock in Redis cannot be read: {error!r}") from error


def write_state(client: redis.Redis, state: ClockState) -> None:
    """Set the clock for everyone."""
    client.hset(
        CLOCK,
        mapping={
            "virtual": format_utc(state.virtual) if state.virtual else "",
            "wall": format_utc(state.wall),
            "speed": repr(state.speed),
            "paused": "1" if state.paused else "0",
            "end": format_utc(state.end) if state.end else "",
        },
    )
