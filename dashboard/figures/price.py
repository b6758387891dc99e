"""A symbol's price with its moving averages, and the volume below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import plotly.graph_objects as go

from dashboard.figures.look import Scheme, axis, frame
from dashboard.figures.price_traces import (
    DAILY,
    average_trace,
    candles_trace,
    is_break,
    line_trace,
    mark_split,
    position,
    volume_trace,
    with_breaks,
)
from dashboard.queries.prices import PricedBar, windows_of

_SHOWN_TICKS = 7


def price_figure(
    bars: Sequence[PricedBar], *, partition: str, interval: str, candles: bool, scheme: Scheme
) -> go.Figure:
    """The bars in New York time; the line breaks between sessions, and the time between them is left out.

    Args:
        partition: names the series, so that a zoom outlives a refresh but not a change of symbol.
    """
    rows = with_breaks(bars, interval)
    x = [moment for moment, _ in rows]
    figure = go.Figure(layout=_layout(bars, partition, interval, scheme))
    figure.add_trace(candles_trace(rows, x, scheme) if candles else line_trace(rows, x, scheme))
    for rank, window in enumerate(windows_of(bars)):
        figure.add_trace(average_trace(rows, x, window, rank, scheme))
    figure.add_trace(volume_trace(bars, [position(bar.ts, interval) for bar in bars], scheme))
    for bar in bars:
        if bar.split:
            mark_split(figure, position(bar.ts, interval), bar.split, scheme)
    return figure


def _layout(bars: Sequence[PricedBar], partition: str, interval: str, scheme: Scheme) -> go.Layout:
    place = "day" if interval == DAILY else "New York time"
    return frame(
        scheme,
        uirevision=partition,
        hovermode="x unified",
        # The volume belongs to the same moment.
        hoversubplots="axis",
        bargap=0.15,
        margin={"l": 60, "r": 12, "t": 10, "b": 48},
        xaxis=axis(
            scheme,
            place,
            type="date",
            anchor="y2",
            rangeslider={"visible": False},
            rangebreaks=rangebreaks(bars, interval),
            hoverformat="%a %-d %b %Y" if interval == DAILY else "%a %-d %b %Y, %H:%M New York",
            tickformatstops=TICK_FORMATS,
            nticks=_ticks_wanted(bars, interval),
        ),
        yaxis=axis(scheme, "price (USD)", domain=[0.27, 1], tickformat=",.2f", nticks=7),
        yaxis2=axis(
            scheme,
            "volume (shares)",
            domain=[0, 0.2],
            rangemode="tozero",
            nticks=3,
            tickformat="~s",
            fixedrange=True,
        ),
    )


TICK_FORMATS = [
    {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%a %-d %b"},
    {"dtickrange": [86_400_000, "M1"], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
]


def _ticks_wanted(bars: Sequence[PricedBar], interval: str) -> int:
    """How many ticks to ask plotly for: it spreads them over the nights and weekends too, which are then left out."""
    if interval == DAILY:
        return _SHOWN_TICKS
    closed = sum(
        (after.ts - before.ts for before, after in pairwise(bars) if is_break(before, after, interval)),
        start=timedelta(),
    )
    span = bars[-1].ts - bars[0].ts
    return round(_SHOWN_TICKS * span / max(span - closed, timedelta(minutes=1)))


def rangebreaks(bars: Sequence[PricedBar], interval: str) -> list[dict[str, object]]:
    """The times without trading. Weekly breaks for days; for minutes the very gaps between the sessions shown."""
    if interval == DAILY:
        return [{"bounds": ["sat", "mon"]}]
    minute = timedelta(minutes=1)
    return [
        {"bounds": [position(before.ts + minute, interval), position(after.ts, interval)]}
        for before, after in pairwise(bars)
        if is_break(before, after, interval)
    ]
