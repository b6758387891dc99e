"""The manager service: opens and closes the market-hours gate on the shared clock. Wiring only."""

from __future__ import annotations

import sys

import redis
import structlog

from services.manager.exchange import NoCalendar, sessions
from services.manager.keeper import Keeper
from tickertape import logs
from tickertape.control.clock import RedisClock
from tickertape.control.events import RedisEvents
from tickertape.control.progress import RedisProgress
from tickertape.control.redis_client import connect
from tickertape.settings import BadSettings, load
from tickertape.usecases.service import stop_on_signals

NAME = "manager"
_TURN_S = 0.2


def main() -> int:
    """Run until stopped; returns the exit code."""
    logs.configure(NAME)
    log = structlog.get_logger()
    try:
        client = connect(load().redis_url.get_secret_value())
        clock = RedisClock(client)
        keeper = Keeper(client, clock, RedisEvents(client, NAME, clock.now), sessions)
        progress = RedisProgress(client, NAME)
        stop = stop_on_signals()
        while not stop.is_set():
            try:
                keeper.turn()
                progress.report(state="keeping")
            except redis.RedisError as error:
                # The gate stays as it is, and so does what the services go by.
                log.warning("redis_unavailable", why=str(error)[:200])
            stop.wait(_TURN_S)
        return 0
    except (BadSettings, NoCalendar) as error:
        log.error("cannot_run", service=NAME, why=str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
