"""What the table `prices` holds of a bar: the bar's event, its averages and the split before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tickertape.domain.averages import Averages
from tickertape.domain.bar import Bar
from tickertape.domain.price_series import Point
from tickertape.domain.times import format_utc
from tickertape.serving.keys import price_key, series_key

_SIMPLE, _EXPONENTIAL = "sma_", "ema_"


def price_item(point: Point) -> dict[str, Any]:
    """A point as an item: `sma_N`, `ema_N` once N bars are there; `split_ratio`, `derived` only where they apply."""
    bar = point.bar
    return {
        **bar.to_event(),
        **price_key(bar.symbol, bar.interval, bar.ts),
        **{f"{_SIMPLE}{window}": value for window, value in point.averages.simple.items()},
        **{f"{_EXPONENTIAL}{window}": value for window, value in point.averages.exponential.items()},
        **({"split_ratio": point.ratio} if point.ratio != 1.0 else {}),
        **({"derived": True} if point.derived else {}),
    }


def price_point(item: Mapping[str, Any]) -> Point:
    """Read what `price_item` wrote.

    Raises:
        BadRecord: the item is no bar, or of a later schema.
    """
    return Point(
        Bar.from_event(dict(item)),
        derived=bool(item.get("derived", False)),
        ratio=float(item.get("split_ratio", 1.0)),
        averages=Averages(averages_in(item, _SIMPLE), averages_in(item, _EXPONENTIAL)),
    )


def averages_in(item: Mapping[str, Any], prefix: str = _SIMPLE) -> dict[int, float]:
    """The averages of an item by window, shortest first: `sma_` for simple, `ema_` for exponential ones."""
    found = {
        int(name.removeprefix(prefix)): float(value)
        for name, value in item.items()
        if name.startswith(prefix) and name.removeprefix(prefix).isdigit()
    }
    return dict(sorted(found.items()))


def series_item(newest: Bar) -> dict[str, str]:
    """The entry of a bar's series in the list of series."""
    key = series_key(newest.symbol, newest.interval)
    return {**key, "symbol": newest.symbol, "interval": newest.interval, "last_ts": format_utc(newest.ts)}
