"""What happened: runs of the batch, backups, the newest events. All from Redis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import redis

from tickertape.control.batch import history
from tickertape.control.events import newest
from tickertape.domain.times import parse_utc

# Backups are looked for among so many events; about a day of a busy stack.
_SEARCHED_EVENTS = 1_000
_BACKUP_MADE = "backup_made"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the batch that ended.

    Attributes:
        state: `done` or `failed`.
        counts: `tweets`, `new_objects`, `written_items` and so on; none of a run that failed.
    """

    run_id: str
    state: str
    rebuild: bool
    started_at: datetime
    seconds: float
    counts: Mapping[str, int]
    error: str

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry of the history."""
        counts = {name: value for name, value in entry.items() if isinstance(value, int) and name != "rebuild"}
        return cls(
            run_id=entry["run_id"],
            state=entry["state"],
            rebuild=entry["rebuild"],
            started_at=datetime.fromtimestamp(float(entry["started_at"]), UTC),
            seconds=float(entry["finished_at"]) - float(entry["started_at"]),
            counts=counts,
            error=str(entry.get("error", "")),
        )


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event of the log.

    Attributes:
        at: market time.
        wall: when it was told; None of an event without.
    """

    id: str
    name: str
    level: str
    service: str
    at: datetime
    wall: datetime | None
    correlation: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Read an event as the control plane gives it."""
        return cls(
            id=entry["id"],
            name=entry["event"],
            level=entry["level"],
            service=entry["service"],
            at=parse_utc(entry["at"]),
            wall=parse_utc(entry["wall"]) if entry.get("wall") else None,
            correlation=entry.get("correlation", ""),
            fields=entry["fields"],
        )


def read_runs(client: redis.Redis, most: int) -> list[Run]:
    """The newest runs of the batch, the newest first."""
    return [Run.of(entry) for entry in history(client, most)]


def read_events(client: redis.Redis, *, only_problems: bool, most: int) -> list[LoggedEvent]:
    """The newest events, the newest first; with `only_problems` warnings and errors only."""
    found = map(LoggedEvent.of, reversed(newest(client, _SEARCHED_EVENTS if only_problems else most)))
    return [one for one in found if not only_problems or one.level != "info"][:most]


def made_backups(client: redis.Redis, most: int) -> Sequence[LoggedEvent]:
    """The newest backups that the event log still has, the newest first."""
    found = map(LoggedEvent.of, reversed(newest(client, _SEARCHED_EVENTS)))
    return [one for one in found if one.name == _BACKUP_MADE][:most]


def events_about(client: redis.Redis, correlation: str) -> list[LoggedEvent]:
    """The newest events about one tweet or bar, the newest first."""
    found = map(LoggedEvent.of, reversed(newest(client, _SEARCHED_EVENTS)))
    return [one for one in found if one.correlation == correlation]
