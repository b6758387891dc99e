"""Bars with their moving averages, as the live layer wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Self

from dashboard.queries.reader import FAST_S, ServingReader
from dashboard.state import DAY
from dashboard.wording import NEW_YORK
from tickertape.domain.times import format_utc, parse_utc
from tickertape.serving.keys import SERIES
from tickertape.serving.prices import averages_in

MAX_SERIES = 20_000
# A day has 1,440 minutes.
MAX_BARS = 1_440
_DAILY = "#1d"
# About what DynamoDB answers at once, a month of five minutes or eight years of days.
MAX_SPAN = 2_000
_INSTANT = timedelta(milliseconds=1)
# Which interval is drawn over days and over years: the one with some hundreds of bars first.
_FOR_DAYS = ("5m", "1m", "1h", "1d")
_FOR_YEARS = ("1d", "1h", "5m", "1m")
# The shortest first.
_INTERVALS = {"1m": "1 minute", "5m": "5 minutes", "1h": "1 hour", "1d": "1 day"}


@dataclass(frozen=True, slots=True)
class Series:
    """One symbol's bars of one interval; `partition` is its key."""

    partition: str
    symbol: str
    interval: str
    last_ts: datetime | None

    @property
    def label(self) -> str:
        """The series for people: `AAPL · 1 minute`."""
        return f"{self.symbol} · {_INTERVALS.get(self.interval, self.interval)}"

    def reaches(self, start: datetime) -> bool:
        """Whether it has a bar at `start` or later."""
        return self.last_ts is not None and self.last_ts >= start


@dataclass(frozen=True, slots=True)
class PricedBar:
    """A bar and the simple averages whose window was full: prices in USD, volume in shares.

    Attributes:
        split: the ratio of the split between the bar before and this one, 7.0 for 7:1; None without one. Prices are
            those paid, averages are in shares of their own bar.
    """

    ts: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    averages: Mapping[int, float]
    split: float | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Read an item of `prices`."""
        numbers = {name: float(item[name]) for name in ("open", "high", "low", "close", "volume")}
        split = float(item["split_ratio"]) if "split_ratio" in item else None
        return cls(ts=parse_utc(item["ts"]), averages=averages_in(item), split=split, **numbers)


def windows_of(bars: Sequence[PricedBar]) -> tuple[int, ...]:
    """The windows that any of the bars has an average of, in ascending order."""
    return tuple(sorted({window for bar in bars for window in bar.averages}))


def outline(bars: Sequence[PricedBar]) -> tuple[object, ...]:
    """What differs where any of the bars does; all of them in words would take as long as drawing them."""
    sums = [sum(getattr(bar, name) for bar in bars) for name in ("open", "high", "low", "close", "volume")]
    return len(bars), bars[:1], bars[-1:], sums


def all_series(reader: ServingReader) -> list[Series]:
    """Every series there are bars of. One Query."""
    items = reader.query("prices_table", ("symbol_interval", SERIES), refresh_s=FAST_S, limit=MAX_SERIES)
    return [_series(item) for item in items]


def _series(item: Mapping[str, Any]) -> Series:
    symbol, _, interval = str(item["ts"]).rpartition("#")
    last = item.get("last_ts")
    return Series(item["ts"], symbol, interval, parse_utc(last) if last else None)


def default_series(known: list[Series], ticker: str | None) -> str | None:
    """The series to show for a ticker: its shortest interval; the first symbol's where there is none of the ticker."""
    shown = ticker if any(series.symbol == ticker for series in known) else known[0].symbol if known else None
    ordered = sorted((series for series in known if series.symbol == shown), key=_length)
    return ordered[0].partition if ordered else None


def _length(series: Series) -> int:
    order = list(_INTERVALS)
    return order.index(series.interval) if series.interval in order else len(order)


def bars(reader: ServingReader, partition: str, window: str) -> list[PricedBar]:
    """A series' newest bars, oldest first. One Query; for the newest day another one, for the newest bar.

    Args:
        window: a number of bars, or `DAY` for all bars of the newest day in New York; a series of days is shown whole.
    """
    limit = MAX_BARS if window == DAY else int(window)
    one_day = window == DAY and not partition.endswith(_DAILY)
    sort = _newest_day(reader, partition) if one_day else None
    items = reader.query(
        "prices_table",
        ("symbol_interval", partition),
        sort=sort,
        refresh_s=FAST_S,
        newest_first=True,
        limit=limit,
    )
    return [PricedBar.of(item) for item in reversed(items)]


def series_for(known: Sequence[Series], symbol: str, start: datetime, *, minutes: bool) -> Series | None:
    """The series that suits a figure of some days (`minutes`), or of months and years; None without bars since then.

    Args:
        start: UTC; a series that ended before it is not looked at.
    """
    return first_since(known, symbol, start, _FOR_DAYS if minutes else _FOR_YEARS)


def first_since(known: Sequence[Series], symbol: str, start: datetime, order: Sequence[str]) -> Series | None:
    """A symbol's series with a bar at `start` or later whose interval comes first in `order`; None without any."""
    fitting = [each for each in known if each.symbol == symbol and each.interval in order and each.reaches(start)]
    return min(fitting, key=lambda series: order.index(series.interval), default=None)


def bars_between(
    reader: ServingReader, partition: str, start: datetime, end: datetime, *, refresh_s: float = FAST_S
) -> Sequence[PricedBar]:
    """A series' bars from `start` to before `end`, oldest first; of more than `MAX_SPAN` the newest. One Query."""
    bounds = ("ts", format_utc(start), format_utc(end - _INSTANT))
    series = ("symbol_interval", partition)

    def read() -> Sequence[PricedBar]:
        items = reader.ask("prices_table", series, sort=bounds, newest_first=True, limit=MAX_SPAN)
        return tuple(PricedBar.of(item) for item in reversed(items))

    # Some thousands of bars are read once for all viewers, not only asked for once.
    found: Sequence[PricedBar] = reader.kept(("bars_between", series, bounds), refresh_s, read)
    return found


def _newest_day(reader: ServingReader, partition: str) -> tuple[str, str, str] | None:
    newest = reader.query("prices_table", ("symbol_interval", partition), refresh_s=FAST_S, newest_first=True, limit=1)
    if not newest:
        return None
    day = parse_utc(newest[0]["ts"]).astimezone(NEW_YORK).date()
    midnights = [datetime.combine(day + timedelta(days=ahead), time(), NEW_YORK) for ahead in (0, 1)]
    low, high = map(format_utc, midnights)
    return "ts", low, high
