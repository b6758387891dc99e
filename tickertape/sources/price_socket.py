"""A provider's websocket: connected, heard with a pulse, and its failures told as a source tells them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tickertape.ports.sources import SourceRefused, SourceUnavailable

_OPEN_S = 10.0
# A generator that is closed waits this long for the provider's good-bye.
_CLOSE_S = 1.0
_PULSE_S = 0.5
_UNAUTHORIZED = (401, 403)
_TOO_MANY = 429
_TOO_MANY_RETRY_S = 60.0


@contextmanager
def connected(source: str, url: str, secret: str, settings: str) -> Iterator[ClientConnection]:
    """A connection for the length of a `with`.

    Args:
        secret: kept out of every message.
        settings: which settings to change when the provider refuses the key.

    Raises:
        SourceUnavailable: not reached, or broken off.
        SourceRefused: the provider answers the handshake with HTTP 401 or 403.
    """
    try:
        with connect(url, open_timeout=_OPEN_S, close_timeout=_CLOSE_S) as socket:
            yield socket
    except InvalidStatus as error:
        status = error.response.status_code
        if status in _UNAUTHORIZED:
            raise SourceRefused(source, f"HTTP {status} (set {settings})") from None
        wait_s = _TOO_MANY_RETRY_S if status == _TOO_MANY else None
        raise SourceUnavailable(source, f"HTTP {status}", wait_s) from None
    except (WebSocketException, OSError) as error:  # TimeoutError is an OSError
        why = f"{type(error).__name__}: {error}"
        raise SourceUnavailable(source, why.replace(secret, "***") if secret else why) from None


def listen(socket: ClientConnection) -> Iterator[str | bytes | None]:
    """The messages as they come, and None at least once a second, also between many messages."""
    told_at = time.monotonic()
    while True:
        try:
            yield socket.recv(timeout=_PULSE_S)
            is_silent = False
        except TimeoutError:
            is_silent = True
        if is_silent or time.monotonic() - told_at >= _PULSE_S:
            told_at = time.monotonic()
            yield None


def as_bytes(message: str | bytes) -> bytes:
    """A message as it is kept when nobody can read it."""
    return message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message


def decoded(message: str | bytes) -> list[dict[str, Any]] | None:
    """The objects of a message, which holds one or a list of them; None when it is neither."""
    try:
        value = json.loads(message)
    except ValueError:
        return None
    values = value if isinstance(value, list) else [value]
    return values if all(isinstance(item, dict) for item in values) else None
