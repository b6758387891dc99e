"""How far each service is, in Redis; also its heartbeat, which a health check reads.

`python -m tickertape.control.progress SERVICE` is the health check: it exits 0 while the service's loop turns.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

import redis

from tickertape.control.keys import counters, progress
from tickertape.control.redis_client import connect, read_hash

# A service whose loop has not turned for this long is unhealthy, seconds.
STALE_S = 30.0


class RedisProgress:
    """The Progress port."""

    def __init__(self, client: redis.Redis, service: str) -> None:
        self._client = client
        self.service = service

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to the service's counters."""
        if counts:
            pipe = self._client.pipeline(transaction=False)
            for name, by in counts.items():
                pipe.hincrby(counters(self.service), name, by)
            pipe.execute()

    def report(self, **state: str | int) -> None:
        """Set fields of the service's progress and beat its heart."""
        pairs = {**state, "beat": repr(time.time())}.items()
        self._client.hset(progress(self.service), items=[part for pair in pairs for part in pair])


def read_progress(client: redis.Redis, service: str) -> dict[str, str]:
    """The fields a service last reported; empty before its first report."""
    return read_hash(client, progress(service))


def read_counts(client: redis.Redis, service: str) -> dict[str, int]:
    """The service's counters."""
    return {name: int(value) for name, value in read_hash(client, counters(service)).items()}


def seconds_since_beat(client: redis.Redis, service: str) -> float | None:
    """Seconds since the service's loop last turned; None if it never did."""
    beat = client.hget(progress(service), "beat")
    return None if beat is None else time.time() - float(beat)


def main() -> int:
    """Check one service's heart; 0 when it beats."""
    from tickertape.settings import load  # noqa: PLC0415  # only as a program is this an entry point

    service = sys.argv[1]
    age = seconds_since_beat(connect(load().redis_url.get_secret_value()), service)
    if age is None or age > STALE_S:
        print(f"{service}: " + ("has not reported yet" if age is None else f"last turned {age:.0f} s ago"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
