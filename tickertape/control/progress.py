"""How far each service is, in Redis; also its heartbeat, which `heartbeat.py`, the health check, reads."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
import structlog

from tickertape.control.clock import wall_time
from tickertape.control.keys import counters, minute_counters, progress
from tickertape.control.redis_client import read_hash

_MINUTES_KEPT_S = 24 * 3600

_log = structlog.get_logger()


class RedisProgress:
    """The Progress port.

    Args:
        source: where the service reads; it names the counters of a minute.
    """

    def __init__(
        self, client: redis.Redis, service: str, source: str = "", wall: Callable[[], datetime] = wall_time
    ) -> None:
        self._client = client
        self._source = source
        self._wall = wall
        self._uncounted: Counter[tuple[str, str]] = Counter()
        self._is_away = False
        self.service = service

    def count(self, counts: Mapping[str, int], by_symbol: Mapping[tuple[str, str], int] | None = None) -> None:
        """Add to the service's counters; those of a minute are kept for a day.

        While Redis is away they are kept here and added when it is back.
        """
        totals, minute = counters(self.service), minute_counters(self.service, self._wall())
        self._uncounted.update({(totals, name): by for name, by in counts.items()})
        self._uncounted.update(
            {(minute, f"{self._source}|{symbol}|{outcome}"): by for (symbol, outcome), by in (by_symbol or {}).items()}
        )
        if not self._uncounted:
            return
        pipe = self._client.pipeline(transaction=False)
        for (key, name), by in self._uncounted.items():
            pipe.hincrby(key, name, by)
        for key in {key for key, _ in self._uncounted} - {totals}:
            pipe.expire(key, _MINUTES_KEPT_S)
        if self._told(pipe.execute):
            self._uncounted.clear()

    def report(self, **state: str | int) -> None:
        """Set fields of the service's progress and beat its heart."""
        pairs = {**state, "beat": repr(time.time())}.items()
        items = [part for pair in pairs for part in pair]
        self._told(lambda: self._client.hset(progress(self.service), items=items))

    def _told(self, tell: Callable[[], object]) -> bool:
        """Whether Redis took it. A service that delivers must not end because nobody can be told of it."""
        try:
            tell()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            if not self._is_away:
                _log.warning("progress_not_told", why=str(error)[:200])
            self._is_away = True
            return False
        self._is_away = False
        return True


def read_progress(client: redis.Redis, service: str) -> dict[str, str]:
    """The fields a service last reported; empty before its first report."""
    return read_hash(client, progress(service))


def read_counts(client: redis.Redis, service: str) -> dict[str, int]:
    """The service's counters."""
    return {name: int(value) for name, value in read_hash(client, counters(service)).items()}


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """How many records of a source came to one outcome within one minute; symbol '' is no symbol."""

    minute: str
    source: str
    symbol: str
    outcome: str
    count: int


def read_minutes(client: redis.Redis, service: str, until: datetime, minutes: int) -> Iterator[MinuteCount]:
    """The counts of the last `minutes` minutes up to and including that of `until`, the oldest first."""
    for back in reversed(range(minutes)):
        key = minute_counters(service, until - timedelta(minutes=back))
        for name, value in sorted(read_hash(client, key).items()):
            source, symbol, outcome = name.split("|", 2)
            yield MinuteCount(key.removeprefix(counters(service) + ":"), source, symbol, outcome, int(value))


def last_beat(client: redis.Redis, service: str) -> float | None:
    """When the service's loop last turned, seconds since the epoch; None if it never did."""
    beat = client.hget(progress(service), "beat")
    return None if beat is None else float(beat)
