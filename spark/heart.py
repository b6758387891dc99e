"""The service's heart: proof, for the health check, that its main loop turns."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import redis
import structlog

from tickertape.control.progress import RedisProgress

_BEAT_S = 3.0
# A step of a run that takes longer is taken to be stuck: the heart stops, and the health check says so.
_STUCK_S = 600.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(slots=True)
class Heart:
    """Beats in Redis from a thread of its own, for as long as the main loop turns."""

    progress: RedisProgress
    state: str = "starting"
    turned_at: float = field(default_factory=time.monotonic)

    def turn(self, state: str | None = None) -> None:
        """The main loop turns; optionally in a new state."""
        self.turned_at = time.monotonic()
        if state is not None and state != self.state:
            self.state = state
            self.beat()

    def beat(self) -> None:
        """Beat once, unless the loop is stuck. Redis being away is for the main loop to handle."""
        if time.monotonic() - self.turned_at > _STUCK_S:
            return
        try:
            self.progress.report(state=self.state)
        except redis.RedisError as error:
            _log.warning("heartbeat_failed", error=str(error))

    def beat_forever(self) -> None:
        """The thread's body."""
        while True:
            self.beat()
            time.sleep(_BEAT_S)
