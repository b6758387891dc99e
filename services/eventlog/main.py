"""The eventlog service: events from the Redis stream to the data store and to CloudWatch Logs. Wiring only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event as Flag

import redis
import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from services.eventlog.keepers import CloudWatchEvents, Event, MongoEvents
from tickertape import logs
from tickertape.aws import NotDeployed, Resources, client
from tickertape.control.clock import wall_time
from tickertape.control.events import EventReader
from tickertape.control.progress import RedisProgress
from tickertape.control.redis_client import connect
from tickertape.settings import BadSettings, load
from tickertape.usecases.service import stop_on_signals

NAME = "eventlog"
_AT_ONCE = 500
_WAIT_S = 0.5
_BACK_OFF_S = 2.0

_log = structlog.get_logger()


def main() -> int:
    """Run until stopped; returns the exit code."""
    logs.configure(NAME)
    try:
        settings = load()
        resources = Resources.from_stack()
        control = connect(settings.redis_url.get_secret_value())
        mongo: MongoClient[dict[str, object]] = MongoClient(
            settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        store = MongoEvents(mongo["tickertape"]["events"], timedelta(days=settings.events_days))
        cloudwatch = CloudWatchEvents(client("logs"), resources.events_log_group)
        store.prepare()
        _run(
            EventReader(control, NAME, consumer=NAME),
            [store.keep, lambda events: cloudwatch.keep(events, wall_time())],
            RedisProgress(control, NAME),
            stop_on_signals(),
        )
    except (BadSettings, NotDeployed, PyMongoError) as error:
        _log.error("cannot_run", service=NAME, why=str(error)[:500])
        return 1
    return 0


def _run(
    reader: EventReader, keepers: Sequence[Callable[[Sequence[Event]], None]], progress: RedisProgress, stop: Flag
) -> None:
    """Keep what comes, and acknowledge it once every keeper has it."""
    away = False
    while not stop.is_set():
        try:
            events = reader.read(_AT_ONCE, _WAIT_S)
            for keep in keepers if events else ():
                keep(events)
            if events:
                reader.acknowledge([event_id for event_id, _ in events])
                progress.count({"kept": len(events)})
            progress.report(state="keeping")
            away = False
        except (redis.RedisError, PyMongoError, ClientError, BotoCoreError) as error:
            # Not acknowledged, so it comes again.
            reader.again()
            if not away:
                _log.warning("cannot_keep", why=str(error)[:300])
            away = True
            stop.wait(_BACK_OFF_S)


if __name__ == "__main__":
    sys.exit(main())
