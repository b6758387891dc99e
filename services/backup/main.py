"""The backup service: backs up the data store when it is due on the shared clock, and thins out. Wiring only."""

from __future__ import annotations

import os
import sys
import time
from threading import Event

import redis
import structlog
from pymongo import MongoClient

from services.backup.intake import Intake
from services.backup.keeper import Keeper
from tickertape import logs
from tickertape.aws import NotDeployed, Resources, client
from tickertape.backups.encryption import BackupCipher
from tickertape.backups.mongo import MongoDocuments
from tickertape.backups.s3 import S3BackupStore
from tickertape.control.backup import SERVICE
from tickertape.control.clock import RedisClock, wall_time
from tickertape.control.events import RedisEvents
from tickertape.control.lease import RedisLease
from tickertape.control.progress import RedisProgress, read_progress
from tickertape.control.redis_client import connect
from tickertape.domain.backup_schedule import BackupSchedule
from tickertape.domain.retention import Kept
from tickertape.settings import BadSettings, load
from tickertape.usecases.backup import BackupMaker
from tickertape.usecases.backup_objects import BackupObjects, Report
from tickertape.usecases.service import stop_on_signals

DATABASE = "tickertape"
_TURN_S = 0.5
_TELL_S = 1.0
# What the tape brings in, and the batch, come first.
_NICE = 10


class Stopped(Exception):
    """The service was told to stop while a backup was made; nothing of it is left."""


def main() -> int:
    """Run until stopped; returns the exit code."""
    logs.configure(SERVICE)
    log = structlog.get_logger()
    os.nice(_NICE)
    try:
        settings = load()
        key = settings.backup_key_bytes()
        store = S3BackupStore(client("s3"), Resources.from_stack().backups_bucket)
        control = connect(settings.redis_url.get_secret_value())
        mongo: MongoClient[dict[str, object]] = MongoClient(
            settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        clock, progress, stop = RedisClock(control), RedisProgress(control, SERVICE), stop_on_signals()
        lease = RedisLease(control, SERVICE, "the backup service")
        keeper = Keeper(
            client=control,
            database=DATABASE,
            schedule=BackupSchedule.parse(settings.backup_schedule),
            rule=Kept(settings.backup_keep_daily, settings.backup_keep_weekly, settings.backup_keep_monthly),
            maker=BackupMaker(
                MongoDocuments(mongo),
                BackupObjects(store, BackupCipher(key) if key else None),
                lease,
                clock,
                wall_time,
                _beat(progress, stop, time.monotonic()),
            ),
            store=store,
            lease=lease,
            intake=Intake(lambda service: read_progress(control, service), time.monotonic),
            clock=clock,
            events=RedisEvents(control, SERVICE, clock.now),
            progress=progress,
            monotonic=time.monotonic,
        )
        while not stop.is_set():
            try:
                keeper.turn()
            except redis.RedisError as error:
                log.warning("redis_unavailable", why=str(error)[:200])
            stop.wait(_TURN_S)
    except Stopped:
        log.info("backup_abandoned")
    except (BadSettings, NotDeployed) as error:
        log.error("cannot_run", service=SERVICE, why=str(error))
        return 1
    return 0


def _beat(progress: RedisProgress, stop: Event, told_at: float) -> Report:
    """Beats the heart while a backup is made, and ends it when the service is to stop."""

    def tell(text: str, done: int) -> None:
        nonlocal told_at
        if stop.is_set():
            raise Stopped
        if time.monotonic() - told_at >= _TELL_S:
            progress.report(state="backing_up", documents=done)
            told_at = time.monotonic()

    return tell


if __name__ == "__main__":
    sys.exit(main())
