"""Talk and price of one or more tickers, one above the other on one axis of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, SERIES_DASH, SERIES_SYMBOL, STACK, Scheme, axis, frame
from dashboard.figures.price import TICK_FORMATS
from dashboard.figures.price_traces import (
    DAILY,
    Row,
    average_trace,
    candles_trace,
    indexed,
    line_trace,
    mark_split,
    volume_trace,
    with_breaks,
)
from dashboard.figures.trend import LENGTH, PATTERN_UP_TO, hover_title, stacked_part
from dashboard.queries.compare import Compared, Window
from dashboard.queries.prices import windows_of
from dashboard.wording import NEW_YORK, UNIT, utc
from tickertape.domain.periods import Level, period_end, period_name, period_start

# With more points than this a marker on each is a smear.
_MARKERS_UP_TO = 60
_SPACE = 0.05
_INSTANT = timedelta(microseconds=1)


def compare_figure(
    shown: Sequence[Compared],
    window: Window,
    *,
    measure: str,
    candles: bool,
    span: tuple[datetime, datetime] | None,
    scheme: Scheme,
    touch: bool,
) -> go.Figure:
    """Talk above price, and with one ticker the volume below.

    One ticker has its sentiment as parts of the bars and its price in USD with averages; several have a line each, and
    prices that start at 100.

    Args:
        measure: `mentions` or `polarity`.
        span: the interval that is zoomed into; None for all of the window.
        touch: a drag moves the page and not the figure.
    """
    figure = go.Figure(layout=_layout(shown, window, measure, span or (window.start, window.end), scheme, touch))
    if len(shown) == 1:
        _draw_one(figure, shown[0], window.level, measure, candles, scheme)
    else:
        for rank, each in enumerate(shown):
            figure.add_trace(_talk_line(each, window, measure, rank, scheme))
            if each.bars:
                figure.add_trace(_indexed(each, rank, scheme))
    if span:
        _fit_price(figure)
    return figure


def _fit_price(figure: go.Figure) -> None:
    """Let the axis of prices go with the zoom: plotly fits it to what is out of sight too."""
    begin, end = figure.layout.xaxis.range
    seen = [
        value
        for trace in figure.select_traces({"yaxis": "y2"})
        for name in (("low", "high") if isinstance(trace, go.Candlestick) else ("y",))
        for x, value in zip(trace.x, trace[name], strict=True)
        if value is not None and begin <= x <= end
    ]
    if seen:
        margin = (max(seen) - min(seen)) * 0.06 or 1.0
        figure.layout.yaxis2.range = (min(seen) - margin, max(seen) + margin)


def _draw_one(figure: go.Figure, each: Compared, level: Level, measure: str, candles: bool, scheme: Scheme) -> None:
    if measure == "mentions":
        x = [_middle(level, split.period) for split in each.splits]
        begin, end = figure.layout.xaxis.range
        pattern = sum(begin <= place <= end for place in x) <= PATTERN_UP_TO
        for sentiment in STACK:
            figure.add_trace(stacked_part(each.splits, x, level, sentiment, scheme, pattern=pattern))
    else:
        figure.add_trace(_polarity_line(each, level, 0, scheme))
    rows = with_breaks(each.bars, each.interval)
    x = _bar_positions(rows, each.interval)
    price = [candles_trace(rows, x, scheme) if candles else line_trace(rows, x, scheme)]
    price += [average_trace(rows, x, window, rank, scheme) for rank, window in enumerate(windows_of(each.bars))]
    for trace in price if each.bars else ():
        figure.add_trace(trace.update(yaxis="y2"))
    bars = [(row, bar) for row, bar in zip(x, (bar for _, bar in rows), strict=True) if bar]
    figure.add_trace(volume_trace([bar for _, bar in bars], [row for row, _ in bars], scheme, "y3"))
    for row, bar in bars:
        if bar.split:
            mark_split(figure, row, bar.split, scheme, "y2")


def _talk_line(each: Compared, window: Window, measure: str, rank: int, scheme: Scheme) -> go.Scatter:
    if measure == "polarity":
        return _polarity_line(each, window.level, rank, scheme)
    counted = {split.period: split for split in each.splits}
    # Nobody said anything in a period that is not there: a line across would claim otherwise.
    names = list(_periods(window))
    y = [counted[name].mentions if name in counted else 0 for name in names]
    hover = "%{customdata[1]}<br>%{y:,} mentions"
    return _line(each.ticker, rank, names, y, window.level, hover, scheme)


def _polarity_line(each: Compared, level: Level, rank: int, scheme: Scheme) -> go.Scatter:
    judged = [split for split in each.splits if split.polarity is not None]
    y = [split.polarity for split in judged]
    hover = "%{customdata[1]}<br>mean polarity %{y:+.2f}"
    return _line(each.ticker, rank, [split.period for split in judged], y, level, hover, scheme)


def _line(
    name: str, rank: int, periods: Sequence[str], y: Sequence[float | None], level: Level, hover: str, scheme: Scheme
) -> go.Scatter:
    return go.Scatter(
        name=name,
        mode="lines+markers" if len(periods) <= _MARKERS_UP_TO else "lines",
        x=[_middle(level, period) for period in periods],
        y=y,
        customdata=[[period, hover_title(level, period)] for period in periods],
        hovertemplate=f"{hover}<extra>{name}</extra>",
        **series_style(rank, scheme),
    )


def series_style(rank: int, scheme: Scheme) -> dict[str, Any]:
    """The colour, dashes and marker of the series of that rank, from 0 to 4."""
    colour = PALETTES[scheme].series[rank]
    return {
        "line": {"color": colour, "width": 1.8, "dash": SERIES_DASH[rank]},
        "marker": {"color": colour, "size": 6, "symbol": SERIES_SYMBOL[rank]},
    }


def _indexed(each: Compared, rank: int, scheme: Scheme) -> go.Scatter:
    rows = with_breaks(each.bars, each.interval)
    return go.Scatter(
        name=each.ticker,
        mode="lines",
        x=_bar_positions(rows, each.interval),
        y=indexed(rows),
        yaxis="y2",
        connectgaps=False,
        customdata=[bar and [bar.close, utc(bar.ts)] for _, bar in rows],
        hovertemplate=f"%{{y:.1f}} (%{{customdata[0]:,.2f}} USD) · %{{customdata[1]}}<extra>{each.ticker}</extra>",
        **series_style(rank, scheme),
    )


def _bar_positions(rows: Sequence[Row], interval: str) -> list[str]:
    # A day's bar stands in the middle of its day, as the tweets' bars do.
    return [f"{x} 12:00:00" if interval == DAILY else x for x, _ in rows]


def on_axis(moment: datetime, level: Level) -> str:
    """Where a time stands: hours on New York's clock (an hour comes twice a year), days and more at UTC's dates."""
    return moment.astimezone(NEW_YORK if level is Level.HOURLY else UTC).strftime("%Y-%m-%d %H:%M:%S")


def from_axis(text: str, level: Level) -> datetime:
    """The time at a place on the axis, to the second.

    Raises:
        ValueError: `text` is no place on an axis of time.
    """
    zone = NEW_YORK if level is Level.HOURLY else UTC
    return datetime.fromisoformat(text.replace(" ", "T")[:19]).replace(tzinfo=zone).astimezone(UTC)


def _middle(level: Level, period: str) -> str:
    return on_axis(period_start(level, period) + LENGTH[level] / 2, level)


def _periods(window: Window) -> list[str]:
    names, moment = [], window.start
    while moment < window.end:
        names.append(period_name(window.level, moment))
        moment = period_end(window.level, names[-1])
    return names


def _layout(
    shown: Sequence[Compared],
    window: Window,
    measure: str,
    span: tuple[datetime, datetime],
    scheme: Scheme,
    touch: bool,
) -> go.Layout:
    one = len(shown) == 1
    low = 0.2 if one else 0.0
    middle = low + (1 - low) / 2
    begin, end = (on_axis(moment, window.level) for moment in span)
    unit = UNIT[window.level]
    talk = f"mentions {'an' if unit == 'hour' else 'a'} {unit}" if measure == "mentions" else "mean polarity"
    place = "New York time" if window.level is Level.HOURLY else "day (UTC)"
    options: dict[str, Any] = {
        "yaxis3": axis(
            scheme,
            "shares",
            domain=[0, low - _SPACE],
            rangemode="tozero",
            nticks=3,
            tickformat="~s",
            fixedrange=True,
        )
    }
    return frame(
        scheme,
        # The server knows the zoom: what a viewer drags is the next span.
        uirevision=f"{begin} {end}",
        barmode="stack",
        hovermode="closest",
        bargap=0.15,
        dragmode=False if touch else "zoom",
        margin={"l": 60, "r": 12, "t": 8, "b": 50},
        xaxis=axis(
            scheme,
            place,
            type="date",
            anchor="y3" if one else "y2",
            range=[begin, end],
            rangeslider={"visible": False},
            tickformatstops=TICK_FORMATS,
            nticks=7,
        ),
        yaxis=axis(
            scheme,
            talk,
            domain=[middle + _SPACE / 2, 1],
            fixedrange=True,
            nticks=5,
            **(
                {"rangemode": "tozero"}
                if measure == "mentions"
                else {"range": [-1.05, 1.05], "zeroline": True, "zerolinecolor": PALETTES[scheme].faint}
            ),
        ),
        yaxis2=axis(
            scheme,
            "price (USD)" if one else "price (start = 100)",
            domain=[low, middle - _SPACE / 2],
            tickformat=",.2f" if one else ",.0f",
            nticks=6,
            fixedrange=True,
        ),
        **(options if one else {}),
    )
