"""Stocks side by side: one bar each, and their prices from one start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.compare import series_style
from dashboard.figures.look import PALETTES, PATTERN, Scheme, axis, frame
from dashboard.figures.price import TICK_FORMATS, rangebreaks
from dashboard.figures.price_traces import DAILY, indexed, with_breaks
from dashboard.queries.market import Stock
from dashboard.state import MAX_COMPARED
from dashboard.wording import MINUS, utc
from tickertape.domain.sentiment import Sentiment

_ROW_PX, _AXIS_PX = 26, 46
# Few rows are as high as the figure beside them, as far as bars may be thick.
_HIGHEST_ROW_PX, _BESIDE_PX = 38, 374
_TITLES = {"change": "change in the window (%)", "price": "last price (USD)", "volume": "volume in the window (shares)"}
_UP, _DOWN = Sentiment.POSITIVE, Sentiment.NEGATIVE


def height(stocks: int) -> int:
    """The height in pixels of the bars side by side."""
    rows = max(stocks, 4)
    return max(rows * _ROW_PX, min(rows * _HIGHEST_ROW_PX, _BESIDE_PX)) + _AXIS_PX


def side_by_side_figure(stocks: Sequence[Stock], *, by: str, scheme: Scheme) -> go.Figure:
    """A bar for each stock, the largest value on top; what fell is hatched and has a minus."""
    ordered = sorted(stocks, key=lambda stock: -_value(stock, by))
    values = [_value(stock, by) for stock in ordered]
    palette = PALETTES[scheme]
    moods = [_DOWN if stock.change < 0 else _UP for stock in ordered]
    figure = go.Figure(layout=_bars_layout(ordered, values, by, scheme))
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=values,
            y=list(range(len(ordered))),
            text=[_label(value, by) for value in values],
            textposition="outside",
            cliponaxis=False,
            textfont={"color": palette.text},
            marker={
                "color": [palette.sentiment[mood] for mood in moods],
                "line": {"width": 0},
                "pattern": {
                    "shape": [PATTERN[mood] for mood in moods],
                    "fgcolor": [palette.on_sentiment[mood] for mood in moods],
                    "fgopacity": 0.28,
                    "size": 7,
                    "solidity": 0.22,
                },
            },
            customdata=[
                [stock.symbol, stock.last.close, stock.change * 100, stock.volume, utc(stock.last.ts)]
                for stock in ordered
            ],
            hovertemplate=(
                "%{customdata[0]}: %{customdata[1]:,.2f} USD, %{customdata[2]:+.2f} %, "
                "%{customdata[3]:,.0f} shares<br>last bar %{customdata[4]}<extra></extra>"
            ),
        )
    )
    return figure


def _value(stock: Stock, by: str) -> float:
    if by == "change":
        return stock.change * 100
    return stock.last.close if by == "price" else stock.volume


def _label(value: float, by: str) -> str:
    if by == "change":
        return f"{value:+.2f} %".replace("-", MINUS)
    return f"{value:,.2f}" if by == "price" else f"{value:,.0f}"


def _bars_layout(stocks: Sequence[Stock], values: Sequence[float], by: str, scheme: Scheme) -> go.Layout:
    # Room for the labels beside the bars.
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low) * 0.3 or 1.0
    return frame(
        scheme,
        bargap=0.3,
        margin={"l": 58, "r": 8, "t": 0, "b": _AXIS_PX},
        xaxis=axis(
            scheme,
            _TITLES[by],
            range=[low - room if low < 0 else 0, high + room if high > 0 else 0],
            zeroline=True,
            zerolinecolor=PALETTES[scheme].faint,
            fixedrange=True,
            nticks=5,
            tickformat="~s" if by == "volume" else "",
        ),
        yaxis=axis(
            scheme,
            range=[max(len(stocks), 4) - 0.5, -0.5],
            tickvals=list(range(len(stocks))),
            ticktext=[stock.symbol for stock in stocks],
            tickfont={"size": 12, "color": PALETTES[scheme].text},
            ticklabelstandoff=6,
            fixedrange=True,
            showgrid=False,
        ),
    )


def set_apart(stocks: Sequence[Stock], chosen: Sequence[str]) -> list[str]:
    """The symbols that have a colour of their own: the chosen ones, else the two that rose and fell the most."""
    wanted = [stock.symbol for stock in stocks if stock.symbol in chosen]
    if wanted:
        return wanted[:MAX_COMPARED]
    if len(stocks) <= MAX_COMPARED:
        return [stock.symbol for stock in stocks]
    ordered = [stock.symbol for stock in sorted(stocks, key=lambda stock: -stock.change)]
    return [*ordered[:2], *ordered[-2:]]


def indexed_figure(stocks: Sequence[Stock], *, apart: Sequence[str], window: str, scheme: Scheme) -> go.Figure:
    """Each stock's closing prices with the first one at 100; those not set apart are grey."""
    figure = go.Figure(layout=_indexed_layout(stocks, window, scheme))
    # The coloured ones lie above the others.
    for stock in sorted(stocks, key=lambda each: each.symbol in apart):
        figure.add_trace(_indexed_line(stock, apart, scheme))
    return figure


def _indexed_line(stock: Stock, apart: Sequence[str], scheme: Scheme) -> go.Scatter:
    palette = PALETTES[scheme]
    rows = with_breaks(stock.bars, stock.interval)
    is_apart = stock.symbol in apart
    style: dict[str, Any] = {"line": {"color": palette.sentiment[Sentiment.NEUTRAL], "width": 1}, "opacity": 0.6}
    return go.Scatter(
        name=stock.symbol,
        mode="lines",
        x=[x for x, _ in rows],
        y=indexed(rows),
        connectgaps=False,
        customdata=[bar and [bar.close, utc(bar.ts)] for _, bar in rows],
        hovertemplate=f"{stock.symbol} %{{y:.2f}} (%{{customdata[0]:,.2f}} USD)<br>%{{customdata[1]}}<extra></extra>",
        **(series_style(list(apart).index(stock.symbol), scheme) if is_apart else style),
    )


def _indexed_layout(stocks: Sequence[Stock], window: str, scheme: Scheme) -> go.Layout:
    longest = max(stocks, key=lambda stock: len(stock.bars))
    daily = longest.interval == DAILY
    return frame(
        scheme,
        uirevision=window,
        hovermode="closest",
        margin={"l": 56, "r": 12, "t": 8, "b": 48},
        xaxis=axis(
            scheme,
            "day" if daily else "New York time",
            type="date",
            rangebreaks=rangebreaks(longest.bars, longest.interval),
            tickformatstops=TICK_FORMATS,
            nticks=7,
        ),
        yaxis=axis(scheme, "price (start = 100)", nticks=7, tickformat=",.1f"),
    )
