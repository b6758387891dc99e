"""What Redis says: the clock, the market and the last batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from tickertape.control.batch import last_run
from tickertape.control.clock import read_state
from tickertape.control.gate import read_calendar
from tickertape.domain.market_hours import MarketState
from tickertape.domain.virtual_clock import ClockState, wall_clock


@dataclass(frozen=True, slots=True)
class Status:
    """The clock, the market and the last batch, as far as they are known.

    Attributes:
        clock: None while Redis is away.
        now: the time on the clock; the wall's while Redis is away.
        market: at that time, by the calendar that the services go by; None before the manager's first turn.
        batch_at: when the last successful batch ended; None before the first, or while Redis is away.
    """

    clock: ClockState | None
    now: datetime
    batch_at: datetime | None
    market: MarketState | None = None


def read_status(client: redis.Redis, wall: datetime) -> Status:
    """Ask Redis, three times; never raises because it is away."""
    try:
        # `RedisClock` hides that Redis is away; a page has to say so.
        clock = read_state(client) or wall_clock(wall)
        run = last_run(client)
        calendar = read_calendar(client)
    except redis.RedisError:
        return Status(clock=None, now=wall, batch_at=None)
    finished = run and datetime.fromtimestamp(float(run["finished_at"]), UTC)
    now = clock.now(wall)
    return Status(clock=clock, now=now, batch_at=finished or None, market=calendar.state(now) if calendar else None)
