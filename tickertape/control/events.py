"""The event log's way in: a Redis stream that every service writes to and the eventlog service empties."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import redis
import structlog

from tickertape.control.clock import wall_time
from tickertape.control.keys import EVENTS
from tickertape.domain.times import format_utc

LEVELS = ("info", "warning", "error")
# About 40 MB at most when the eventlog service is away for long.
_MOST = 100_000

_log = structlog.get_logger()


class RedisEvents:
    """The Events port; the process' own log has every event as well.

    Args:
        service: who tells.
        market_time: the shared clock; an event carries its time and the wall clock's.
        log: whether the process' own log gets each event as well.
    """

    def __init__(
        self,
        client: redis.Redis,
        service: str,
        market_time: Callable[[], datetime],
        wall: Callable[[], datetime] = wall_time,
        log: bool = True,
    ) -> None:
        self._client = client
        self._service = service
        self._market_time = market_time
        self._wall = wall
        self._log = log

    def emit(self, event: str, *, level: str = "info", correlation: str = "", **fields: str | int | float) -> None:
        """Tell that something happened; while Redis is away only the process' own log has it."""
        if level not in LEVELS:
            raise ValueError(f"level {level!r} is none of {', '.join(LEVELS)}")
        at = str(fields.pop("at", "")) or format_utc(self._market_time())
        about = {"id": correlation} if correlation else {}
        if self._log:
            getattr(_log, level)(event, at=at, **about, **fields)
        entry: Any = {
            "event": event,
            "level": level,
            "service": self._service,
            "at": at,
            "wall": format_utc(self._wall()),
            "correlation": correlation,
            "fields": json.dumps(fields, separators=(",", ":")),
        }
        try:
            self._client.xadd(EVENTS, entry, maxlen=_MOST, approximate=True)
        except redis.RedisError as error:
            if self._log:
                _log.warning("event_not_kept", event_name=event, why=str(error)[:200])


def newest(client: redis.Redis, count: int) -> list[dict[str, Any]]:
    """The last events that are still in Redis, the oldest of them first."""
    answer: Any = client.xrevrange(EVENTS, count=count)
    return [{"id": entry_id, **decode(entry)} for entry_id, entry in reversed(answer)]


def decode(entry: dict[str, str]) -> dict[str, Any]:
    """An entry of the stream as `emit` was told it."""
    return {**entry, "fields": json.loads(entry.get("fields", "{}"))}


class EventReader:
    """Reads the stream as one of a consumer group: what was given out and not acknowledged comes again."""

    def __init__(self, client: redis.Redis, group: str, consumer: str) -> None:
        self._client = client
        self._group = group
        self._consumer = consumer
        self._unacknowledged_first = True

    def read(self, count: int, wait_s: float) -> list[tuple[str, dict[str, Any]]]:
        """The next events with their ids; first those that an earlier process left unacknowledged."""
        try:
            entries = self._next("0" if self._unacknowledged_first else ">", count, wait_s)
        except redis.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            # Redis was emptied, or this is the first start: from the stream's beginning.
            self._client.xgroup_create(EVENTS, self._group, id="0", mkstream=True)
            return []
        if self._unacknowledged_first and not entries:
            self._unacknowledged_first = False
        return entries

    def again(self) -> None:
        """What was given out and not acknowledged comes first at the next `read`."""
        self._unacknowledged_first = True

    def acknowledge(self, ids: list[str]) -> None:
        """These are kept elsewhere now."""
        self._client.xack(EVENTS, self._group, *ids)

    def pending(self) -> int:
        """How many events were not kept elsewhere yet."""
        for group in self._client.xinfo_groups(EVENTS):
            if group["name"] == self._group:
                return int(group.get("lag") or 0) + int(group["pending"])
        return int(self._client.xlen(EVENTS))

    def _next(self, after: str, count: int, wait_s: float) -> list[tuple[str, dict[str, Any]]]:
        answer: Any = self._client.xreadgroup(
            self._group, self._consumer, {EVENTS: after}, count=count, block=max(1, int(wait_s * 1000))
        )
        return [(entry_id, decode(entry)) for _, entries in _streams(answer) for entry_id, entry in entries if entry]


def _streams(answer: Any) -> Iterator[tuple[str, list[Any]]]:
    # The server's newer protocol answers with a map of lists of lists.
    if isinstance(answer, dict):
        return ((name, lists[0]) for name, lists in answer.items() if lists)
    return iter(answer or [])
