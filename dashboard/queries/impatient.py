"""A client of Redis for someone who waits: it tries once, briefly, and after a failure answers at once for a moment."""

from __future__ import annotations

import time
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# Less than the pages' refresh interval: an answer that comes after the next question is thrown away by the browser, so
# a page that waited longer would never say that Redis is away.
_TIMEOUT_S = 1.0
# A page asks for a dozen things at once, and each would wait for the same time-out.
_PAUSE_S = 1.0


class ImpatientRedis(redis.Redis):
    """Redis, or `redis.ConnectionError` soon."""

    _away_until = float("-inf")

    @classmethod
    def at(cls, url: str) -> redis.Redis:
        """A client that decodes to text."""
        return cls.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=_TIMEOUT_S,
            socket_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command.

        Raises:
            redis.ConnectionError: the server is away, or was a moment ago.
        """
        if time.monotonic() < self._away_until:
            raise redis.ConnectionError("Redis did not answer a moment ago")
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis is typed in part
        except (redis.ConnectionError, redis.TimeoutError):
            self._away_until = time.monotonic() + _PAUSE_S
            raise
