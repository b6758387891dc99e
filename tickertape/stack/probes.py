"""Is a service ready? Each probe answers None when it is, else why not; it takes a few seconds at most."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tickertape.control.heartbeat import stale
from tickertape.control.progress import last_beat
from tickertape.stack.http_check import http_problem

Probe = Callable[[], str | None]
_TIMEOUT_S = 2.0


def http_probe(url: str) -> Probe:
    """Ready when the URL answers with success."""
    return lambda: http_problem(url, _TIMEOUT_S)


def redis_probe(url: str) -> Probe:
    """Ready when Redis answers PING; it does not while it still loads its file."""

    def probe() -> str | None:
        client = redis_once(url)
        try:
            client.ping()
        except redis.RedisError as error:
            return f"Redis: {error}"
        finally:
            client.close()
        return None

    return probe


def mongo_probe(url: str) -> Probe:
    """Ready when the server answers the command `ping`."""

    def probe() -> str | None:
        # Half a second to import, which only this server costs.
        import pymongo  # noqa: PLC0415
        import pymongo.errors  # noqa: PLC0415

        if refused := _refused(url):
            return refused
        client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
            url, serverSelectionTimeoutMS=int(_TIMEOUT_S * 1000), directConnection=True
        )
        try:
            client.admin.command("ping")
        except pymongo.errors.PyMongoError as error:
            return f"Mongo: {str(error)[:200]}"
        finally:
            client.close()
        return None

    return probe


def heart_probe(redis_url: str, service: str) -> Probe:
    """What `python -m tickertape.control.heartbeat SERVICE` checks, without a new interpreter for each question."""

    def probe() -> str | None:
        client = redis_once(redis_url)
        try:
            return stale(last_beat(client, service), time.time())
        except redis.RedisError as error:
            return f"Redis: {error}"
        finally:
            client.close()

    return probe


def command_probe(argv: Sequence[str], environ: Mapping[str, str], directory: Path, timeout_s: float) -> Probe:
    """Ready when the command exits with 0."""

    def probe() -> str | None:
        try:
            done = subprocess.run(
                argv,
                env=dict(environ),
                cwd=directory,
                timeout=timeout_s,
                capture_output=True,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"its health check took over {timeout_s:.0f} s"
        except OSError as error:
            return f"its health check cannot run: {error}"
        if done.returncode == 0:
            return None
        said = (done.stdout + done.stderr).strip().splitlines()
        return said[-1] if said else f"its health check exited with {done.returncode}"

    return probe


def redis_once(url: str) -> redis.Redis:
    """A client that does not try again: the next question does."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=_TIMEOUT_S,
        socket_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def _refused(url: str) -> str | None:
    """Whether nobody listens at all, which a driver that waits for a server would find out too slowly."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), _TIMEOUT_S).close()
    except OSError as error:
        return f"{url}: {error}"
    return None
