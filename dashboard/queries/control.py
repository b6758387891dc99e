"""What the operations page shows of the control plane's knobs: clock, replay, gate and flags. All from Redis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import redis

from tickertape.control.clock import read_state
from tickertape.control.flags import read_flags
from tickertape.control.gate import GateStatus, read_gate
from tickertape.control.replay import ReplayFacts, read_replay
from tickertape.domain.virtual_clock import ClockState, wall_clock


@dataclass(frozen=True, slots=True)
class Knobs:
    """Everything that the page can turn.

    Attributes:
        replay: None on a live stack.
    """

    clock: ClockState
    replay: ReplayFacts | None
    gate: GateStatus
    flags: Mapping[str, bool]

    @property
    def can_turn_clock(self) -> bool:
        """Whether there is a replay whose clock can be set."""
        return self.replay is not None and not self.clock.is_wall


def read_knobs(client: redis.Redis, wall: datetime) -> Knobs:
    """Ask Redis.

    Raises:
        redis.RedisError: it does not answer.
        BadClock: the clock in it cannot be.
    """
    return Knobs(read_state(client) or wall_clock(wall), read_replay(client), read_gate(client), read_flags(client))
