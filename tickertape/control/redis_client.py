"""Redis, with retries that outlive a restart of the server."""

from __future__ import annotations

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry


def connect(url: str) -> redis.Redis:
    """A client that decodes to text and tries again for about five seconds while the server is away."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=10,
        retry=Retry(ExponentialWithJitterBackoff(cap=1.0, base=0.05), retries=8),
        retry_on_error=[redis.ConnectionError, redis.TimeoutError],
    )


def read_hash(client: redis.Redis, key: str) -> dict[str, str]:
    """A hash as text; empty where there is none."""
    return {str(name): str(value) for name, value in client.hgetall(key).items()}
