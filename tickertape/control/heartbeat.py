"""The health check of a service whose loop must turn: `python -m tickertape.control.heartbeat SERVICE`.

It exits 0 while the service's heart, which `progress.py` writes down, beats. It is asked every few seconds in each
container: with the standard library alone it starts ten times as fast as with a client of Redis and the settings.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import time
from io import BufferedRWPair
from urllib.parse import unquote, urlsplit

from tickertape.control.keys import progress

# A service whose loop has not turned for this long is unhealthy, seconds.
STALE_S = 30.0
_TIMEOUT_S = 5.0
_PORT = 6379


def problem(redis_url: str, service: str, now: float) -> str | None:
    """Why the service is not healthy, or None when its heart beats.

    Args:
        redis_url: `redis://` or `rediss://`, with credentials and database where there are any.
        now: seconds since the epoch.
    """
    try:
        beat = _ask(redis_url, progress(service))
    except (OSError, ValueError) as error:
        return f"Redis: {error}"
    return stale(float(beat) if beat else None, now)


def stale(beat: float | None, now: float) -> str | None:
    """Why a heart that beat last at `beat` (seconds since the epoch, None for never) is not healthy, or None.

    >>> stale(100.0, now=200.0)
    'last turned 100 s ago'
    """
    if beat is None:
        return "has not reported yet"
    return f"last turned {now - beat:.0f} s ago" if now - beat > STALE_S else None


def _ask(redis_url: str, key: str) -> str:
    """The time of the last beat as Redis has it, '' when it has none.

    Raises:
        OSError: Redis cannot be reached.
        ValueError: it answers with an error.
    """
    place = urlsplit(redis_url)
    credentials = [unquote(part) for part in (place.username, place.password) if part]
    database = place.path.strip("/") or "0"
    with socket.create_connection((place.hostname or "127.0.0.1", place.port or _PORT), _TIMEOUT_S) as plain:
        asked = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=place.hostname)
            if place.scheme == "rediss"
            else plain
        )
        with asked.makefile("rwb") as wire:
            if credentials:
                _command(wire, "AUTH", *credentials)
            _command(wire, "SELECT", database)
            return _command(wire, "HGET", key, "beat")


def _command(wire: BufferedRWPair, *words: str) -> str:
    """One command of Redis' protocol (RESP2) and its answer: a status, or a string that is '' where there is none."""
    parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    wire.write(f"*{len(words)}\r\n{''.join(parts)}".encode())
    wire.flush()
    kind, answer = (head := wire.readline().decode())[:1], head[1:].strip()
    if kind == "-":
        raise ValueError(answer)
    if kind == "$" and answer != "-1":
        return wire.read(int(answer) + 2).decode().strip()
    return answer if kind == "+" else ""


def main() -> int:
    """Check one service's heart; 0 when it beats."""
    service = sys.argv[1]
    why = problem(os.environ.get("REDIS_URL") or f"redis://127.0.0.1:{_PORT}/0", service, time.time())
    if why:
        print(f"{service}: {why}")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
