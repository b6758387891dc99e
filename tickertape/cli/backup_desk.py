"""What `tickertape backup` works with: the running stack's stores, and one line for whatever goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tickertape.cli.console import WRONG_CALL, LiveReport, fail

if TYPE_CHECKING:
    import redis

    from tickertape.backups.mongo import MongoDocuments
    from tickertape.control.lease import RedisLease
    from tickertape.ports.control import Clock, Events
    from tickertape.settings import Settings
    from tickertape.usecases.backup_objects import BackupObjects

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the commands need.

    Attributes:
        database: the one that is backed up.
    """

    documents: MongoDocuments
    objects: BackupObjects
    lease: RedisLease
    control: redis.Redis
    clock: Clock
    wall: Callable[[], datetime]
    events: Events
    report: Callable[[str, int], None]
    database: str


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of the running stack; what goes wrong while it is open ends the command with one line."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pymongo import MongoClient
    from redis import RedisError

    from tickertape.aws import NotDeployed
    from tickertape.backups.mongo import MongoDocuments
    from tickertape.cli.context import attach
    from tickertape.control.clock import RedisClock, wall_time
    from tickertape.control.events import RedisEvents
    from tickertape.control.lease import RedisLease
    from tickertape.control.redis_client import connect
    from tickertape.ports.backups import BackupError
    from tickertape.usecases.restore import BadPlan

    settings = attach()
    try:
        control = connect(settings.redis_url.get_secret_value())
        clock = RedisClock(control)
        mongo: MongoClient[dict[str, Any]] = MongoClient(
            settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        with mongo, LiveReport(beside=True) as live:
            yield Desk(
                documents=MongoDocuments(mongo),
                objects=_objects(settings),
                lease=RedisLease(control, "backup", "`tickertape backup`"),
                control=control,
                clock=clock,
                wall=wall_time,
                events=RedisEvents(control, "backup", clock.now, log=False),
                report=lambda text, done: live.show(f"{text}: {done:,} documents"),
                database="tickertape",
            )
    except BadPlan as error:
        fail(str(error), WRONG_CALL)
    except (BackupError, NotDeployed) as error:
        fail(str(error))
    except (BotoCoreError, ClientError, RedisError) as error:
        fail(f"a store does not answer ({error}): `tickertape status` says which")
    except KeyboardInterrupt:
        fail("interrupted: nothing half is left that looks whole", _INTERRUPTED)


def _objects(settings: Settings) -> BackupObjects:
    from tickertape.aws import Resources, client
    from tickertape.backups.s3 import S3BackupStore
    from tickertape.usecases.backup_objects import BackupObjects

    store = S3BackupStore(client("s3"), Resources.from_stack().backups_bucket)
    key = settings.backup_key_bytes()
    if key is None:
        return BackupObjects(store)
    try:
        from tickertape.backups.encryption import BackupCipher
    except ImportError:
        fail('TICKERTAPE_BACKUP_KEY needs a package that is not there: pip install "tickertape[backup]"')
    return BackupObjects(store, BackupCipher(key))
