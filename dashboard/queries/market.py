"""Every stock side by side: its bars over one stretch of time, its newest bar, the highs of each hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dashboard.queries.prices import PricedBar, Series, all_series, bars_between, first_since, outline
from dashboard.queries.reader import ServingReader
from dashboard.state import DAY
from dashboard.wording import NEW_YORK

# Each stock costs a Query: a page is for comparing some, not for thousands.
MAX_STOCKS = 24
# The bars of a series stay the same until it has a newer one, which its entry in the list of series tells.
_REFRESH_S = 60.0
_INSTANT = timedelta(milliseconds=1)
_SPANS = {"week": timedelta(days=7), "month": timedelta(days=31), "year": timedelta(days=366)}
# The interval that has some hundreds of bars in a window comes first.
_INTERVALS = {
    DAY: ("1m", "5m", "1h", "1d"),
    "week": ("5m", "1m", "1h", "1d"),
    "month": ("1d", "1h", "5m", "1m"),
    "year": ("1d", "1h", "5m", "1m"),
}
_DAILY = "1d"


@dataclass(frozen=True, slots=True)
class Stock:
    """One stock's bars in the window, oldest first and at least one."""

    symbol: str
    interval: str
    bars: Sequence[PricedBar]

    @property
    def outline(self) -> tuple[object, ...]:
        """What differs where any of the bars does."""
        return self.symbol, self.interval, outline(self.bars)

    @property
    def last(self) -> PricedBar:
        """The newest bar."""
        return self.bars[-1]

    @property
    def change(self) -> float:
        """From the first close to the last, 0.01 for 1 %, in shares of the first bar where they split."""
        shares = 1.0
        for bar in self.bars[1:]:
            shares *= bar.split or 1.0
        return self.last.close * shares / self.bars[0].close - 1 if self.bars[0].close else 0.0

    @property
    def volume(self) -> float:
        """Shares that changed hands in the window."""
        return sum(bar.volume for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Market:
    """The stocks of a window.

    Attributes:
        known: how many symbols have bars, of which at most `MAX_STOCKS` are shown.
        window: the one that is shown; a market of daily bars has no single day to show.
        only_days: whether no symbol has any bars but those of days.
    """

    stocks: list[Stock]
    known: list[str]
    window: str
    only_days: bool = False

    @property
    def outline(self) -> tuple[object, ...]:
        """What differs where anything does."""
        return self.window, self.known, self.only_days, [stock.outline for stock in self.stocks]


@dataclass(frozen=True, slots=True)
class HourlyHigh:
    """The highest price of an hour of New York's clock, in USD, and the start of the first bar that reached it."""

    hour: datetime
    high: float
    at: datetime


def market(reader: ServingReader, window: str, chosen: Sequence[str]) -> Market:
    """The stocks of a window up to the newest bar. One Query, and one for each stock that has a new bar.

    Args:
        chosen: these are among those shown, however many there are.
    """
    known = all_series(reader)
    symbols = sorted({series.symbol for series in known})
    end = max((series.last_ts for series in known if series.last_ts), default=None)
    if end is None:
        return Market([], symbols, window)
    start = _start(window, end)
    if window in (DAY, "week") and all(each.interval == _DAILY for each in known if each.reaches(start)):
        window = "month"
        start = _start(window, end)
    shown = [*(each for each in chosen if each in symbols), *(each for each in symbols if each not in chosen)]
    found = [_stock(reader, known, symbol, window, start) for symbol in sorted(shown[:MAX_STOCKS])]
    only_days = all(each.interval == _DAILY for each in known)
    return Market([stock for stock in found if stock], symbols, window, only_days)


def _start(window: str, end: datetime) -> datetime:
    if window != DAY:
        return end - _SPANS[window]
    return datetime.combine(end.astimezone(NEW_YORK).date(), time(), NEW_YORK)


def _stock(reader: ServingReader, known: Sequence[Series], symbol: str, window: str, start: datetime) -> Stock | None:
    series = first_since(known, symbol, start, _INTERVALS[window])
    if series is None or series.last_ts is None:
        return None
    end = series.last_ts + _INSTANT
    bars = bars_between(reader, series.partition, start, end, refresh_s=_REFRESH_S)
    return Stock(symbol, series.interval, bars) if bars else None


def hourly_highs(bars: Sequence[PricedBar]) -> list[HourlyHigh]:
    """The high of each hour that has bars, oldest first."""
    highs: dict[datetime, HourlyHigh] = {}
    for bar in bars:
        hour = bar.ts.astimezone(NEW_YORK).replace(minute=0, second=0, microsecond=0)
        if hour not in highs or bar.high > highs[hour].high:
            highs[hour] = HourlyHigh(hour, bar.high, bar.ts)
    return list(highs.values())
