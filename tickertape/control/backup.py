"""What `status` and the page know of the backups: the newest one, and whether one is overdue; all from Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import redis

from tickertape.control.clock import read_state, wall_time
from tickertape.control.keys import BACKUP_LAST
from tickertape.control.progress import read_progress
from tickertape.domain.manifest import Manifest
from tickertape.domain.times import format_utc, parse_utc
from tickertape.domain.virtual_clock import BadClock, ClockState, wall_clock

SERVICE = "backup"
# A backup that was due so long ago, on the wall clock, is overdue, seconds.
GRACE_S = 900


def summary(manifest: Manifest) -> dict[str, Any]:
    """A backup in a few fields; times are ISO 8601 UTC, sizes bytes."""
    return {
        "id": manifest.id,
        "database": manifest.database,
        "trigger": manifest.trigger,
        "stands_for": format_utc(manifest.stands_for),
        "began_at": format_utc(manifest.began_at),
        "ended_at": format_utc(manifest.ended_at),
        "documents": manifest.documents,
        "bytes": manifest.size,
        "bson_bytes": manifest.bson_bytes,
        "encryption": asdict(manifest.encryption) if manifest.encryption else None,
        "collections": {one.name: one.documents for one in manifest.collections},
    }


def write_last(client: redis.Redis, manifest: Manifest | None) -> None:
    """Write down the newest backup; None when there is none."""
    if manifest is None:
        client.delete(BACKUP_LAST)
    else:
        client.set(BACKUP_LAST, json.dumps(summary(manifest)))


def backup_state(client: redis.Redis, wall: Callable[[], datetime] = wall_time) -> dict[str, Any]:
    """The newest backup, its age in seconds on the wall clock, the next that is due, and whether it is overdue."""
    stored, now = client.get(BACKUP_LAST), wall()
    last = None if stored is None else dict(json.loads(str(stored)))
    progress = read_progress(client, SERVICE)
    due = progress.get("due", "")
    return {
        "last": last,
        "age_s": None if last is None else max(0, int((now - parse_utc(last["ended_at"])).total_seconds())),
        "due": due or None,
        "overdue": bool(due) and late_s(_clock(client, now), parse_utc(due), now) > GRACE_S,
        "problem": progress.get("problem") or None,
    }


def late_s(clock: ClockState, due: datetime, wall: datetime) -> float:
    """How long ago on the wall clock the shared clock came to `due`, seconds; negative when it has not.

    What a clock jumped over when it was set counts from then on.
    """
    if clock.virtual is None:
        return (wall - due).total_seconds()
    if clock.now(wall) < due:
        return -1.0
    ahead_s = max(0.0, (due - clock.virtual).total_seconds())
    return (wall - clock.wall).total_seconds() - ahead_s / clock.speed


def _clock(client: redis.Redis, wall: datetime) -> ClockState:
    try:
        return read_state(client) or wall_clock(wall)
    except BadClock:
        return wall_clock(wall)
