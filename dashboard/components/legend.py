"""Legends: what the parts of the figures mean, in words beside a sample."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.figures.look import SIGN, STACK, average_look
from dashboard.figures.minutes import PARTS


def sentiment_entries() -> list[Component]:
    """The three parts of each bar."""
    return [_entry(f"swatch {each}", f"{SIGN[each]} {each}") for each in STACK]


def mood_entries() -> list[Component]:
    """What most of the tweets at a mark of the map are."""
    return [_entry(f"mood {each}", f"{SIGN[each]} mostly {each}") for each in STACK]


def count_entries() -> list[Component]:
    """What came in during a minute."""
    return [_entry(f"swatch {kind}", name) for name, kind in PARTS.items()]


def price_entries(windows: Sequence[int], *, candles: bool) -> list[Component]:
    """The price, as a line or as candles, and its averages of those windows."""
    line = [_entry("stroke close", "close")]
    up_and_down = [_entry("candle up", "close above open"), _entry("candle down", "close below open")]
    averages = [_average(rank, window) for rank, window in enumerate(windows)]
    return [*(up_and_down if candles else line), *averages]


def series_entries(names: Sequence[str]) -> list[Component]:
    """The lines of several tickers, at most as many as a palette has colours."""
    return [_entry(f"stroke series-{rank}", name) for rank, name in enumerate(names)]


def legend(entries: list[Component], legend_id: str) -> Component:
    """A line of entries, two where they do not fit."""
    return html.Div(entries, className="legend", id=legend_id)


def _entry(sample: str, text: str, explained: str = "") -> Component:
    return html.Span([html.Span(className=sample), text], className="legend-entry", title=explained)


def _average(rank: int, window: int) -> Component:
    hue, dash = average_look(rank)
    explained = (
        f"Simple moving average: the mean of the last {window} closing prices, in today's shares where they split"
    )
    return _entry(f"stroke hue-{hue} dash-{dash}", f"SMA {window}", explained)
