"""The parts of a figure of prices: the line or the candles, the averages, the volume and the splits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, Scheme, average_look
from dashboard.queries.prices import PricedBar
from dashboard.wording import NEW_YORK, utc
from tickertape.domain.sentiment import Sentiment

# What tells the averages apart without their colour.
_DASHES = ("dot", "dash", "longdash")
_UP, _DOWN = Sentiment.POSITIVE, Sentiment.NEGATIVE
DAILY = "1d"


def mark_split(figure: go.Figure, x: str, ratio: float, scheme: Scheme, yaxis: str = "y") -> None:
    """A labelled line at the first bar after a split: the jump in price there is none in value."""
    palette = PALETTES[scheme]
    figure.add_shape(
        type="line",
        x0=x,
        x1=x,
        yref=f"{yaxis} domain",
        y0=0,
        y1=1,
        line={"color": palette.faint, "width": 1, "dash": "dot"},
    )
    figure.add_annotation(
        x=x,
        yref=f"{yaxis} domain",
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


def with_breaks(bars: Sequence[PricedBar], interval: str) -> list[Row]:
    """The bars with an empty row after each session's last one."""
    rows: list[Row] = []
    for before, bar in pairwise([None, *bars]):
        if bar is None:
            continue
        if before and is_break(before, bar, interval):
            rows.append((position(before.ts + timedelta(seconds=30), interval), None))
        rows.append((position(bar.ts, interval), bar))
    return rows


def is_break(before: PricedBar, after: PricedBar, interval: str) -> bool:
    """Whether a night or more lies between two bars."""
    return interval != DAILY and _local(before.ts).date() != _local(after.ts).date()


def _local(moment: datetime) -> datetime:
    return moment.astimezone(NEW_YORK)


def position(moment: datetime, interval: str) -> str:
    """Where a bar stands on the axis of time."""
    # plotly knows no time zones: it is given New York's clock. A day's bar stands at its date.
    local = _local(moment)
    return local.strftime("%Y-%m-%d" if interval == DAILY else "%Y-%m-%d %H:%M:%S")


def indexed(rows: Sequence[Row]) -> list[float | None]:
    """The closing prices with the first one at 100, in shares of the first bar where they split; None at each break."""
    shares, values = 1.0, list[float | None]()
    first = next(bar for _, bar in rows if bar)
    for _, bar in rows:
        if bar and bar.split and bar is not first:
            shares *= bar.split
        values.append(bar.close * shares / first.close * 100 if bar else None)
    return values


def line_trace(rows: Sequence[Row], x: Sequence[str], scheme: Scheme) -> go.Scatter:
    """The closing prices."""
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


def candles_trace(rows: Sequence[Row], x: Sequence[str], scheme: Scheme) -> go.Candlestick:
    """Each bar's four prices."""
    colours = PALETTES[scheme].sentiment
    # Without the breaks, whose places between the bars would make every candle as narrow.
    placed = [(place, bar) for place, (_, bar) in zip(x, rows, strict=True) if bar]
    return go.Candlestick(
        name="bar",
        x=[place for place, _ in placed],
        open=[bar.open for _, bar in placed],
        high=[bar.high for _, bar in placed],
        low=[bar.low for _, bar in placed],
        close=[bar.close for _, bar in placed],
        # Hollow up and full down: readable without the colours.
        increasing={"line": {"color": colours[_UP], "width": 1.2}, "fillcolor": "rgba(0,0,0,0)"},
        decreasing={"line": {"color": colours[_DOWN], "width": 1.2}, "fillcolor": colours[_DOWN]},
        customdata=[utc(bar.ts) for _, bar in placed],
        hovertemplate=(
            "open %{open:,.2f}, high %{high:,.2f}, low %{low:,.2f}, close %{close:,.2f} USD"
            "<br>%{customdata}<extra></extra>"
        ),
    )


def average_trace(rows: Sequence[Row], x: Sequence[str], window: int, rank: int, scheme: Scheme) -> go.Scatter:
    """The simple average of a window; `rank` among the windows shown, from 0, gives its look."""
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


def volume_trace(bars: Sequence[PricedBar], x: Sequence[str], scheme: Scheme, yaxis: str = "y2") -> go.Bar:
    """The shares that changed hands during each bar."""
    return go.Bar(
        name="volume",
        x=x,
        y=[bar.volume for bar in bars],
        yaxis=yaxis,
        marker={"color": PALETTES[scheme].faint, "opacity": 0.7, "line": {"width": 0}},
        hovertemplate="%{y:,.0f} shares<extra>volume</extra>",
    )
