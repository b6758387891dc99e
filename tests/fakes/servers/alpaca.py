"""Alpaca on 127.0.0.1: the stream of bars and the latest bars over REST, from recorded envelopes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from websockets.sync.server import ServerConnection

from tests.fakes.servers.price_http import ENVELOPES, PriceHttpServer, envelope
from tests.fakes.servers.price_socket import PriceSocketServer, drop

KEY_ID, SECRET = "AK-ID-1234", "AK-SECRET-1234"
LINES = (ENVELOPES / "alpaca_session.jsonl").read_text().splitlines()
CONNECTED, AUTHENTICATED, SUBSCRIBED, *BARS = LINES
_ERRORS = {json.loads(line)[0]["code"]: line for line in (ENVELOPES / "alpaca_errors.jsonl").read_text().splitlines()}


def alpaca_stream(
    *, greeting_error: int = 0, bars: list[str] | None = None, error: int = 0, dropped: bool = False
) -> PriceSocketServer:
    """A server.

    Args:
        greeting_error: the code that answers right keys; 0 lets them in.
        bars: what comes after the subscription.
        error: a code that comes after the bars.
        dropped: whether the connection breaks after the bars.
    """

    def talk(connection: ServerConnection) -> None:
        connection.send(CONNECTED)
        keys = json.loads(connection.recv(timeout=10))
        right = (keys["action"], keys["key"], keys["secret"]) == ("auth", KEY_ID, SECRET)
        if code := greeting_error or (0 if right else 402):
            connection.send(_ERRORS[code])
            return
        connection.send(AUTHENTICATED)
        wanted = json.loads(connection.recv(timeout=10))["bars"]
        echo = json.loads(SUBSCRIBED)
        echo[0]["bars"] = [symbol for symbol in wanted if symbol in ("AAPL", "MSFT")]
        connection.send(json.dumps(echo))
        for line in BARS if bars is None else bars:
            connection.send(line)
        if error:
            connection.send(_ERRORS[error])
        if dropped:
            drop(connection)

    return PriceSocketServer(talk)


def alpaca_rest(status: int = 200, body: bytes | None = None) -> PriceHttpServer:
    """The latest bars, or that status, to the right keys."""

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        if path != "/v2/stocks/bars/latest":
            return 404, b"not found"
        if (headers.get("APCA-API-KEY-ID"), headers.get("APCA-API-SECRET-KEY")) != (KEY_ID, SECRET):
            return 401, b'{"message": "unauthorized."}\n'
        return status, envelope("alpaca_latest_bars.json") if body is None else body

    return PriceHttpServer(answer)
