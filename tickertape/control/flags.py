"""Feature flags in Redis: which sinks get which events, changed while everything runs."""

from __future__ import annotations

import time

import redis

from tickertape.control.keys import FLAGS
from tickertape.control.redis_client import read_hash

# Every flag there is: a kind of event and a sink.
NAMES = tuple(f"{kind}.{sink}" for kind in ("tweets", "bars") for sink in ("kinesis", "firehose", "mongo"))
# A change is taken up within this many seconds.
_FRESH_S = 0.25


class UnknownFlag(ValueError):
    """There is no flag of this name; the message lists those there are."""


class RedisFlags:
    """The Flags port, read at most four times a second; the last known flags while Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._flags: dict[str, bool] = {}
        self._read_at = float("-inf")

    def is_on(self, name: str) -> bool:
        """Whether the flag is on; one that nobody set is."""
        if time.monotonic() - self._read_at >= _FRESH_S:
            try:
                self._flags = read_flags(self._client)
            except (redis.ConnectionError, redis.TimeoutError):
                pass  # what was last agreed holds
            self._read_at = time.monotonic()
        return self._flags.get(name, True)


def read_flags(client: redis.Redis) -> dict[str, bool]:
    """Every flag and whether it is on."""
    stored = read_hash(client, FLAGS)
    return {name: stored.get(name, "on") != "off" for name in NAMES}


def set_flag(client: redis.Redis, name: str, on: bool) -> None:
    """Turn a flag on or off.

    Raises:
        UnknownFlag: there is none of this name.
    """
    if name not in NAMES:
        raise UnknownFlag(f"there is no flag {name!r}; there are {', '.join(NAMES)}")
    client.hset(FLAGS, name, "on" if on else "off")
