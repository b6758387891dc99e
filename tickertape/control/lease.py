"""A right that one process has at a time, in Redis: it ends by itself when its holder dies."""

from __future__ import annotations

import time
import uuid

import redis

from tickertape.control.keys import lease
from tickertape.ports.backups import LeaseTaken

# A dead holder keeps others out for as long, seconds.
_KEPT_S = 60
_RENEW_S = 10.0
# Compare and change at once: between two calls the lease may end and be taken.
_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('expire', KEYS[1], ARGV[2]) end
return redis.call('set', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) and 1 or 0
"""
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class RedisLease:
    """The Lease port.

    Args:
        name: of what only one may do.
        holder: who, for the message that others get.
    """

    def __init__(self, client: redis.Redis, name: str, holder: str) -> None:
        self._client = client
        self._key = lease(name)
        self._token = f"{holder} {uuid.uuid4().hex[:8]}"
        self._renewed_at = float("-inf")

    def take(self) -> None:
        """Get it.

        Raises:
            LeaseTaken: somebody has it, or Redis does not answer.
        """
        self._renewed_at = float("-inf")
        self.keep()

    def keep(self) -> None:
        """Tell that we still need it; asks Redis at most every ten seconds.

        Raises:
            LeaseTaken: somebody else has it now, or Redis does not answer.
        """
        if time.monotonic() - self._renewed_at < _RENEW_S:
            return
        try:
            if not self._client.eval(_RENEW, 1, self._key, self._token, str(_KEPT_S)):
                raise LeaseTaken(
                    f"{self._client.get(self._key)!s} works on the backups just now: try again when it is done,"
                    f" or {_KEPT_S} s after it was killed"
                )
        except redis.RedisError as error:
            raise LeaseTaken(f"Redis, which says who works on the backups, does not answer: {error}") from error
        self._renewed_at = time.monotonic()

    def give_back(self) -> None:
        """Let the next one have it; without Redis it ends by itself."""
        try:
            self._client.eval(_RELEASE, 1, self._key, self._token)
        except redis.RedisError:
            pass
