"""Alpaca: minute bars of IEX over a websocket, which the free plan has, one connection an account.

Alpaca sends a bar right after its minute (`T: b`), and half a minute later another one under the same time when late
trades changed it (`T: u`). We do not subscribe to those: a bar's id is its minute, so the second would only be
quarantined as a conflicting duplicate of the first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from websockets.sync.client import ClientConnection

from tickertape.domain.bar_formats import alpaca_bar
from tickertape.ports.control import Events
from tickertape.ports.sources import Position, RawRecord, SourceRefused, SourceUnavailable
from tickertape.sources.live_bars import NewBars
from tickertape.sources.price_socket import as_bytes, connected, decoded, listen

URL = "wss://stream.data.alpaca.markets/v2/iex"
_KEYS = "TICKERTAPE_ALPACA_KEY_ID and TICKERTAPE_ALPACA_SECRET"
# From connected to subscribed, seconds; Alpaca itself allows ten for the keys.
_GREETING_S = 15.0
# Alpaca's error codes: what to change, or None where trying again may help.
_REMEDIES: Mapping[int, str | None] = {
    401: f"set {_KEYS}",
    402: f"set {_KEYS}",
    404: None,  # the keys came too late
    405: "TICKERTAPE_SYMBOLS has more symbols than the plan allows",
    406: None,  # another connection is open, which may be our own from before
    407: None,  # we read too slowly
    408: "the account has no access to version 2",
    409: "the plan does not include this feed: set TICKERTAPE_ALPACA_URL",
    410: "this feed has no bars: set TICKERTAPE_ALPACA_URL",
    500: None,
}
_CONNECTION_LIMIT = 406
# How long Alpaca keeps a connection that died on our side, seconds.
_CONNECTION_RETRY_S = 30.0


class AlpacaBars:
    """The Source port over Alpaca's stream of bars; minutes that pass while it is away are not asked for later."""

    name = "alpaca"
    live = True

    def __init__(self, *, key_id: str, secret: str, symbols: Sequence[str], events: Events, url: str = URL) -> None:
        self._key_id = key_id
        self._secret = secret
        self._symbols = list(symbols)
        self._events = events
        self._url = url
        self._told: set[str] = set()

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """Bars as their minutes end.

        Raises:
            SourceUnavailable: not reached, broken off, or another connection is open.
            SourceRefused: the keys are not taken, or their plan has no such feed.
        """
        new = NewBars(after, wall=None)
        with connected(self.name, self._url, self._secret, _KEYS) as socket:
            yield from self._greeted(socket)
            for message in listen(socket):
                if message is None:
                    yield None
                    continue
                items = decoded(message)
                if items is None:
                    yield RawRecord(as_bytes(message), self.name, 0)
                    continue
                for item in items:
                    self._check(item)
                    if item.get("T") == "b":
                        yield from new.records([alpaca_bar(item, str(item.get("S")))])

    def _greeted(self, socket: ClientConnection) -> Iterator[None]:
        """Authenticate and subscribe."""
        deadline = time.monotonic() + _GREETING_S
        socket.send(json.dumps({"action": "auth", "key": self._key_id, "secret": self._secret}))
        for message in listen(socket):
            for item in decoded(message) or [] if message else []:
                self._check(item)
                if item.get("msg") == "authenticated":
                    socket.send(json.dumps({"action": "subscribe", "bars": self._symbols}))
                if item.get("T") == "subscription":
                    self._tell_missing(item.get("bars") or [])
                    return
            if time.monotonic() > deadline:
                raise SourceUnavailable(self.name, f"no subscription within {_GREETING_S:.0f} s")
            if message is None:
                yield None

    def _tell_missing(self, subscribed: Sequence[str]) -> None:
        for symbol in set(self._symbols) - set(subscribed) - self._told:
            self._told.add(symbol)
            self._events.emit(
                "unknown_symbol", level="warning", source=self.name, symbol=symbol, why="not in the subscription"
            )

    def _check(self, item: Mapping[str, Any]) -> None:
        if item.get("T") != "error":
            return
        code, why = item.get("code"), f"{item.get('code')} {item.get('msg')}".replace(self._secret, "***")
        remedy = _REMEDIES.get(code, "its documentation lists the code") if isinstance(code, int) else None
        if remedy:
            raise SourceRefused(self.name, f"{why} ({remedy})")
        raise SourceUnavailable(self.name, why, _CONNECTION_RETRY_S if code == _CONNECTION_LIMIT else None)
