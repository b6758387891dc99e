"""Legends: what the parts of the figures mean, in words beside a sample."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.figures.look import SIGN, STACK
from tickertape.domain.averages import WINDOWS


def sentiment_entries() -> list[Component]:
    """The three parts of each bar."""
    return [_entry(f"swatch {each}", f"{SIGN[each]} {each}") for each in STACK]


def price_entries(*, candles: bool) -> list[Component]:
    """The price, as a line or as candles, and its averages."""
    line = [_entry("stroke close", "close")]
    up_and_down = [_entry("candle up", "close above open"), _entry("candle down", "close below open")]
    averages = [_entry(f"stroke sma-{window}", f"SMA {window}", _AVERAGE.format(window)) for window in WINDOWS]
    return [*(up_and_down if candles else line), *averages]


def legend(entries: list[Component], legend_id: str) -> Component:
    """A line of entries, two where they do not fit."""
    return html.Div(entries, className="legend", id=legend_id)


def _entry(sample: str, text: str, explained: str = "") -> Component:
    return html.Span([html.Span(className=sample), text], className="legend-entry", title=explained)


_AVERAGE = "Simple moving average: the mean of the last {} closing prices"
