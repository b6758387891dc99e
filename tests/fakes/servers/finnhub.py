"""Finnhub on 127.0.0.1: its stream of trades from recorded messages."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from websockets.sync.server import ServerConnection

from tests.fakes.servers.price_http import ENVELOPES
from tests.fakes.servers.price_socket import PriceSocketServer, drop

KEY = "fh-key-1234"
TRADES = (ENVELOPES / "finnhub_trades.jsonl").read_text().splitlines()
INVALID_KEY, TOO_MANY, INVALID_SYMBOL, INTERNAL = (ENVELOPES / "finnhub_errors.jsonl").read_text().splitlines()


def finnhub(
    *, symbols: int = 2, messages: list[str] | None = None, dropped: bool = False, status: int = 101
) -> PriceSocketServer:
    """A server.

    Args:
        symbols: how many subscriptions come before it talks.
        messages: what it says then; the recorded trades by default.
        dropped: whether the connection breaks after that.
        status: what the handshake is answered with, for the right key.
    """

    def talk(connection: ServerConnection) -> None:
        for _ in range(symbols):
            wanted = json.loads(connection.recv(timeout=10))
            if wanted["type"] == "subscribe" and wanted["symbol"] not in ("AAPL", "MSFT"):
                connection.send(INVALID_SYMBOL)
        for line in TRADES if messages is None else messages:
            connection.send(line)
        if dropped:
            drop(connection)

    def admit(path: str) -> int:
        token = parse_qs(urlsplit(path).query).get("token")
        return status if token == [KEY] else 401

    return PriceSocketServer(talk, admit)
