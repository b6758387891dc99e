"""What `status` and the page know of the backups: the newest one, as whoever made it wrote it down in Redis."""

from __future__ import annotations

import json
from typing import Any

import redis

from tickertape.control.keys import BACKUP_LAST
from tickertape.domain.manifest import Manifest
from tickertape.domain.times import format_utc


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
        "collections": {one.name: one.documents for one in manifest.collections},
    }


def write_last(client: redis.Redis, manifest: Manifest | None) -> None:
    """Write down the newest backup; None when there is none."""
    if manifest is None:
        client.delete(BACKUP_LAST)
    else:
        client.set(BACKUP_LAST, json.dumps(summary(manifest)))


def read_last(client: redis.Redis) -> dict[str, Any] | None:
    """The newest backup as `summary` tells it, or None."""
    stored = client.get(BACKUP_LAST)
    return None if stored is None else dict(json.loads(str(stored)))
