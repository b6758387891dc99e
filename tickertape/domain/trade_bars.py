"""Minute bars out of single trades: pure, for providers whose stream has no bars.

A minute is whole only when it was listened to from its beginning, so the first minute of a connection is left out: half
a minute's high, low and volume are wrong, and a bar that was given out is never corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade.

    Attributes:
        at: aware UTC.
        price: USD.
        size: shares.
        sets_price: whether it counts for open, high, low and close; its size counts in any case.
    """

    symbol: str
    at: datetime
    price: float
    size: float
    sets_price: bool = True


@dataclass(slots=True)
class TradeBar:
    """A minute of one symbol from `begins` on; of two trades at the same time the one that came later is the later."""

    symbol: str
    begins: datetime
    open: float = 0.0
    high: float = float("-inf")
    low: float = float("inf")
    close: float = 0.0
    volume: float = 0.0
    trades: int = 0
    _first: datetime | None = field(default=None, repr=False)
    _last: datetime | None = field(default=None, repr=False)

    @property
    def has_price(self) -> bool:
        """Whether any trade set one."""
        return self._first is not None

    def add(self, trade: Trade) -> None:
        """Count one trade of this minute; they may come in any order."""
        self.volume += trade.size
        self.trades += 1
        if not trade.sets_price:
            return
        self.high = max(self.high, trade.price)
        self.low = min(self.low, trade.price)
        if self._first is None or trade.at < self._first:
            self._first, self.open = trade.at, trade.price
        if self._last is None or trade.at >= self._last:
            self._last, self.close = trade.at, trade.price


class TradeBars:
    """Collects trades into minutes and gives each minute out once, when it is over.

    Args:
        since: minutes that began before are left out.
        grace: how long after its end a minute still takes late trades.
    """

    def __init__(self, since: datetime, grace: timedelta) -> None:
        self._grace = grace
        self._since = _minute_of(since) if _minute_of(since) == since else _minute_of(since) + _MINUTE
        self._open: dict[str, dict[datetime, TradeBar]] = {}
        self._closed_until: dict[str, datetime] = {}
        self.late = 0

    def add(self, trade: Trade) -> Iterator[TradeBar]:
        """Count a trade; gives out the minutes of its symbol that it passed by the grace, oldest first.

        A trade of a minute that was given out or left out counts nowhere but in `late`.
        """
        begins = _minute_of(trade.at)
        if begins < self._closed_until.get(trade.symbol, self._since):
            self.late += 1
            return
        minutes = self._open.setdefault(trade.symbol, {})
        if begins not in minutes:
            minutes[begins] = TradeBar(trade.symbol, begins)
        minutes[begins].add(trade)
        yield from self._closed(trade.symbol, trade.at)

    def close(self, now: datetime) -> Iterator[TradeBar]:
        """The minutes of all symbols that the clock has passed by the grace, oldest first within a symbol."""
        for symbol in list(self._open):
            yield from self._closed(symbol, now)

    def _closed(self, symbol: str, moment: datetime) -> Iterator[TradeBar]:
        until = max(_minute_of(moment - self._grace), self._closed_until.get(symbol, self._since))
        self._closed_until[symbol] = until
        minutes = self._open[symbol]
        for begins in sorted(begins for begins in minutes if begins < until):
            bar = minutes.pop(begins)
            if bar.has_price:
                yield bar


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
