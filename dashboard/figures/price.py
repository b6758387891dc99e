"""A symbol's price with its moving averages, and the volume below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, Scheme, average_look, axis, frame
from dashboard.queries.prices import PricedBar, windows_of
from dashboard.wording import NEW_YORK, utc
from tickertape.domain.sentiment import Sentiment

# What tells the averages apart without their colour.
_DASHES = ("dot", "dash", "longdash")
_UP, _DOWN = Sentiment.POSITIVE, Sentiment.NEGATIVE
_DAILY = "1d"
_SHOWN_TICKS = 7


def price_figure(
    bars: Sequence[PricedBar], *, partition: str, interval: str, candles: bool, scheme: Scheme
) -> go.Figure:
    """The bars in New York time; the line breaks between sessions, and the time between them is left out.

    Args:
        partition: names the series, so that a zoom outlives a refresh but not a change of symbol.
    """
    rows = _with_breaks(bars, interval)
    x = [moment for moment, _ in rows]
    figure = go.Figure(layout=_layout(bars, partition, interval, scheme))
    figure.add_trace(_candles(rows, x, scheme) if candles else _line(rows, x, scheme))
    for rank, window in enumerate(windows_of(bars)):
        figure.add_trace(_average(rows, x, window, rank, scheme))
    figure.add_trace(_volume(bars, interval, scheme))
    for bar in bars:
        if bar.split:
            _mark_split(figure, _position(bar.ts, interval), bar.split, scheme)
    return figure


def _mark_split(figure: go.Figure, x: str, ratio: float, scheme: Scheme) -> None:
    """A labelled line at the first bar after a split: the jump in price there is none in value."""
    palette = PALETTES[scheme]
    figure.add_shape(
        type="line", x0=x, x1=x, yref="y domain", y0=0, y1=1, line={"color": palette.faint, "width": 1, "dash": "dot"}
    )
    figure.add_annotation(
        x=x,
        yref="y domain",
        y=1,
        text=split_label(ratio),
        showarrow=False,
        xanchor="right",
        yanchor="top",
        font={"color": palette.faint},
        hovertext="prices are as they were paid; averages are in shares of their own day",
    )


def split_label(ratio: float) -> str:
    """A split for people: `7:1 split`, `3:2 split`, `1:10 reverse split`."""
    whole = Fraction(ratio).limit_denominator(100)
    return f"{whole.numerator}:{whole.denominator} {'split' if ratio >= 1 else 'reverse split'}"


Row = tuple[str, PricedBar | None]


def _with_breaks(bars: Sequence[PricedBar], interval: str) -> list[Row]:
    """The bars with an empty row after each session's last one."""
    rows: list[Row] = []
    for before, bar in pairwise([None, *bars]):
        if bar is None:
            continue
        if before and _is_break(before, bar, interval):
            rows.append((_position(before.ts + timedelta(seconds=30), interval), None))
        rows.append((_position(bar.ts, interval), bar))
    return rows


def _is_break(before: PricedBar, after: PricedBar, interval: str) -> bool:
    return interval != _DAILY and _local(before.ts).date() != _local(after.ts).date()


def _local(moment: datetime) -> datetime:
    return moment.astimezone(NEW_YORK)


def _position(moment: datetime, interval: str) -> str:
    # plotly knows no time zones: it is given New York's clock. A day's bar stands at its date.
    local = _local(moment)
    return local.strftime("%Y-%m-%d" if interval == _DAILY else "%Y-%m-%d %H:%M:%S")


def _line(rows: Sequence[Row], x: Sequence[str], scheme: Scheme) -> go.Scatter:
    return go.Scatter(
        name="close",
        mode="lines",
        x=x,
        y=[bar and bar.close for _, bar in rows],
        line={"color": PALETTES[scheme].sentiment[_UP], "width": 2},
        connectgaps=False,
        customdata=[bar and utc(bar.ts) for _, bar in rows],
        hovertemplate="%{y:,.2f} USD · %{customdata}<extra>close</extra>",
    )


def _candles(rows: Sequence[Row], x: Sequence[str], scheme: Scheme) -> go.Candlestick:
    colours = PALETTES[scheme].sentiment
    return go.Candlestick(
        name="bar",
        x=x,
        open=[bar and bar.open for _, bar in rows],
        high=[bar and bar.high for _, bar in rows],
        low=[bar and bar.low for _, bar in rows],
        close=[bar and bar.close for _, bar in rows],
        # Hollow up and full down: readable without the colours.
        increasing={"line": {"color": colours[_UP], "width": 1.2}, "fillcolor": "rgba(0,0,0,0)"},
        decreasing={"line": {"color": colours[_DOWN], "width": 1.2}, "fillcolor": colours[_DOWN]},
        customdata=[bar and utc(bar.ts) for _, bar in rows],
        hovertemplate=(
            "open %{open:,.2f}, high %{high:,.2f}, low %{low:,.2f}, close %{close:,.2f} USD"
            "<br>%{customdata}<extra></extra>"
        ),
    )


def _average(rows: Sequence[Row], x: Sequence[str], window: int, rank: int, scheme: Scheme) -> go.Scatter:
    hue, dash = average_look(rank)
    return go.Scatter(
        name=f"SMA {window}",
        mode="lines",
        x=x,
        y=[bar and bar.averages.get(window) for _, bar in rows],
        line={"color": PALETTES[scheme].averages[hue], "width": 1.4, "dash": _DASHES[dash]},
        connectgaps=False,
        hovertemplate=f"%{{y:,.2f}} USD<extra>SMA {window}</extra>",
    )


def _volume(bars: Sequence[PricedBar], interval: str, scheme: Scheme) -> go.Bar:
    return go.Bar(
        name="volume",
        x=[_position(bar.ts, interval) for bar in bars],
        y=[bar.volume for bar in bars],
        yaxis="y2",
        marker={"color": PALETTES[scheme].faint, "opacity": 0.7, "line": {"width": 0}},
        hovertemplate="%{y:,.0f} shares<extra>volume</extra>",
    )


def _layout(bars: Sequence[PricedBar], partition: str, interval: str, scheme: Scheme) -> go.Layout:
    place = "day" if interval == _DAILY else "New York time"
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
            rangebreaks=_rangebreaks(bars, interval),
            hoverformat="%a %-d %b %Y" if interval == _DAILY else "%a %-d %b %Y, %H:%M New York",
            tickformatstops=_TICK_FORMATS,
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


_TICK_FORMATS = [
    {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%a %-d %b"},
    {"dtickrange": [86_400_000, "M1"], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
]


def _ticks_wanted(bars: Sequence[PricedBar], interval: str) -> int:
    """How many ticks to ask plotly for: it spreads them over the nights and weekends too, which are then left out."""
    if interval == _DAILY:
        return _SHOWN_TICKS
    closed = sum(
        (after.ts - before.ts for before, after in pairwise(bars) if _is_break(before, after, interval)),
        start=timedelta(),
    )
    span = bars[-1].ts - bars[0].ts
    return round(_SHOWN_TICKS * span / max(span - closed, timedelta(minutes=1)))


def _rangebreaks(bars: Sequence[PricedBar], interval: str) -> list[dict[str, object]]:
    """The times without trading. Weekly breaks for days; for minutes the very gaps between the sessions shown."""
    if interval == _DAILY:
        return [{"bounds": ["sat", "mon"]}]
    minute = timedelta(minutes=1)
    return [
        {"bounds": [_position(before.ts + minute, interval), _position(after.ts, interval)]}
        for before, after in pairwise(bars)
        if _is_break(before, after, interval)
    ]
