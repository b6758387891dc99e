"""Finnhub: its websocket sends single trades, which become minute bars here; the free plan has fifty symbols.

A trade's condition codes are numbers of Finnhub's own list. As on the consolidated tape, some trades say nothing about
the price of the moment, and their size counts alone; others are messages about trades that were counted before. Trades
of extended hours set no price, so minutes outside the session have no bar.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tickertape.domain.bar_formats import ProviderBar
from tickertape.domain.trade_bars import Trade, TradeBar, TradeBars
from tickertape.ports.control import Events
from tickertape.ports.sources import Position, RawRecord, SourceRefused, SourceUnavailable
from tickertape.sources.live_bars import NewBars
from tickertape.sources.price_socket import as_bytes, connected, decoded, listen

URL = "wss://ws.finnhub.io"
_KEY = "TICKERTAPE_FINNHUB_KEY"
# Late trades of a minute come within a few seconds; measured by the clock, or by a later trade of the symbol.
_GRACE = timedelta(seconds=5)
# A trade this far ahead of our clock and of all others is none; it would end minutes that still run.
_AHEAD = timedelta(minutes=1)
_SIZE_ONLY = frozenset(
    {
        "3",  # average price
        "5",  # cash sale
        "10",  # price variation
        "12",  # odd lot
        "17",  # next day
        "21",  # prior reference price
        "22",  # seller
        "24",  # form T: extended hours
        "25",  # extended hours, out of sequence
        "26",  # contingent
        "32",  # derivatively priced
        "37",  # qualified contingent
    }
)
_NO_TRADE = frozenset({"16", "20", "39"})  # official close, official open, corrected close


class FinnhubBars:
    """The Source port over Finnhub's trades."""

    name = "finnhub"
    live = True

    def __init__(
        self, *, key: str, symbols: Sequence[str], events: Events, wall: Callable[[], datetime], url: str = URL
    ) -> None:
        self._key = key
        self._symbols = list(symbols)
        self._events = events
        self._wall = wall
        self._url = url
        self._told: set[str] = set()
        self._newest = wall()

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """Bars of the minutes that began after the connection did.

        Raises:
            SourceUnavailable: not reached, or broken off.
            SourceRefused: the key is not taken, or its plan has fewer symbols.
        """
        new = NewBars(after, wall=None)
        with connected(self.name, f"{self._url}?token={quote(self._key)}", self._key, _KEY) as socket:
            self._newest = self._wall()
            minutes = TradeBars(self._newest, _GRACE)
            for symbol in self._symbols:
                socket.send(json.dumps({"type": "subscribe", "symbol": symbol}))
            for message in listen(socket):
                if message is None:
                    yield from new.records(map(_bar, minutes.close(self._now())))
                    yield None
                    continue
                items = decoded(message)
                if items is None:
                    yield RawRecord(as_bytes(message), self.name, 0)
                    continue
                for item in items:
                    self._check(item)
                    for trade in self._trades(item.get("data") if item.get("type") == "trade" else None):
                        yield from new.records(map(_bar, minutes.add(trade)))

    def _trades(self, data: Any) -> Iterator[Trade]:
        for entry in data if isinstance(data, list) else ():
            trade = _trade(entry)
            if trade and trade.at <= self._now() + _AHEAD:
                self._newest = max(self._newest, trade.at)
                yield trade

    def _now(self) -> datetime:
        """The later of our clock and the provider's: ours may be behind."""
        return max(self._wall(), self._newest)

    def _check(self, item: Mapping[str, Any]) -> None:
        if item.get("type") != "error":
            return
        why = str(item.get("msg", "an error without a message")).replace(self._key, "***")
        text = why.lower()
        if "api key" in text or "token" in text:
            raise SourceRefused(self.name, f"{why} (set {_KEY})")
        if "too many symbols" in text:
            raise SourceRefused(self.name, f"{why} (set TICKERTAPE_SYMBOLS to fewer)")
        if "symbol" not in text:
            raise SourceUnavailable(self.name, why)
        if why not in self._told:
            self._told.add(why)
            self._events.emit("unknown_symbol", level="warning", source=self.name, symbol="", why=why)


def _trade(entry: Any) -> Trade | None:
    """A trade of a message, or None for what is none (a quote has no size)."""
    try:
        conditions = frozenset(map(str, entry.get("c") or ()))
        price, size = float(entry["p"]), float(entry["v"])
        at = datetime.fromtimestamp(entry["t"] / 1000, UTC)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
    if conditions & _NO_TRADE or not (size > 0 and price > 0):
        return None
    return Trade(str(entry.get("s")), at, price, size, sets_price=not conditions & _SIZE_ONLY)


def _bar(bar: TradeBar) -> ProviderBar:
    prices: Iterable[float] = (bar.open, bar.high, bar.low, bar.close, bar.volume)
    values = dict(zip(("o", "h", "l", "c", "v"), prices, strict=True))
    raw = {"s": bar.symbol, "t": int(bar.begins.timestamp()), **values, "trades": bar.trades}
    return ProviderBar.of(bar.symbol, bar.begins, list(values.values()), raw)
