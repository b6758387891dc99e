"""Counts over time, one bar a period, divided by sentiment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, STACK, Scheme, axis, bar_marker, frame, whole_steps
from dashboard.figures.trend_ticks import ticks
from dashboard.queries.counts import Split
from dashboard.wording import UNIT, period_label, utc
from tickertape.domain.periods import Level, period_start
from tickertape.domain.sentiment import Sentiment

_DAY = timedelta(days=1)
LENGTH = {
    Level.HOURLY: timedelta(hours=1),
    Level.DAILY: _DAY,
    Level.WEEKLY: 7 * _DAY,
    Level.MONTHLY: 30 * _DAY,
    Level.YEARLY: 365 * _DAY,
}
# With fewer periods than this the axis is not filled by one giant bar.
_LEAST_PERIODS = 10
# Patterns on narrower bars are noise.
PATTERN_UP_TO = 60


def trend_figure(
    splits: Sequence[Split], *, level: Level, selected: str | None, noun: str, scheme: Scheme
) -> go.Figure:
    """Stacked bars in time; periods without data stay empty.

    Args:
        selected: the period that is marked.
        noun: what is counted (`tweets`, or `mentions of AAPL`).
    """
    starts = [period_start(level, split.period) for split in splits]
    figure = go.Figure(layout=_layout(starts, level, noun, max(split.judged for split in splits), scheme))
    # A bar stands on its whole period, not around its start.
    x = [_position(start + LENGTH[level] / 2) for start in starts]
    pattern = _periods_across(starts, level) <= PATTERN_UP_TO
    for sentiment in STACK:
        figure.add_trace(stacked_part(splits, x, level, sentiment, scheme, pattern=pattern))
    if selected in {split.period for split in splits}:
        _mark(figure, period_start(level, str(selected)), level, scheme)
    return figure


def stacked_part(
    splits: Sequence[Split], x: Sequence[str], level: Level, sentiment: Sentiment, scheme: Scheme, *, pattern: bool
) -> go.Bar:
    """One sentiment's part of the bars; `x` are their middles."""
    return go.Bar(
        name=str(sentiment),
        x=x,
        y=[getattr(split, sentiment) for split in splits],
        width=LENGTH[level].total_seconds() * 1000 * 0.84,
        marker=bar_marker(scheme, sentiment, pattern=pattern),
        customdata=[[split.period, hover_title(level, split.period)] for split in splits],
        hovertemplate=f"%{{customdata[1]}}<br>%{{y:,}} {sentiment}<extra></extra>",
    )


def hover_title(level: Level, period: str) -> str:
    """A period's name above its numbers; with UTC where it is in New York's time."""
    label = period_label(level, period)
    if level is not Level.HOURLY:
        return label
    return f"{label}<br>({utc(period_start(level, period))})"


def _position(moment: datetime) -> str:
    # Positions are UTC: in New York an hour comes twice each autumn. Only the ticks are New York's.
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _tick_position(start: datetime, level: Level) -> str:
    # An hour's label is a moment, the others name the whole bar.
    return _position(start if level is Level.HOURLY else start + LENGTH[level] / 2)


def _periods_across(starts: Sequence[datetime], level: Level) -> float:
    return (starts[-1] - starts[0]) / LENGTH[level] + 1 if starts else 0


def _mark(figure: go.Figure, start: datetime, level: Level, scheme: Scheme) -> None:
    figure.add_shape(
        type="rect",
        x0=_position(start),
        x1=_position(start + LENGTH[level]),
        y0=0,
        y1=1,
        yref="paper",
        fillcolor=PALETTES[scheme].accent,
        line={"color": PALETTES[scheme].faint, "width": 1, "dash": "dot"},
        layer="below",
    )


def _layout(starts: Sequence[datetime], level: Level, noun: str, highest: int, scheme: Scheme) -> go.Layout:
    end = starts[-1] + LENGTH[level]
    begin = min(starts[0], end - _LEAST_PERIODS * LENGTH[level])
    labelled = ticks(begin, end, level)
    place = "New York" if level is Level.HOURLY else "UTC"
    return frame(
        scheme,
        barmode="stack",
        bargap=0,
        margin={"l": 56, "r": 12, "t": 8, "b": 48},
        xaxis=axis(
            scheme,
            f"{UNIT[level]} ({place})",
            type="date",
            range=[_position(begin), _position(end)],
            fixedrange=True,
            showgrid=False,
            tickvals=[_tick_position(start, level) for start, _ in labelled],
            ticktext=[text for _, text in labelled],
        ),
        yaxis=axis(
            scheme,
            f"{noun} a {UNIT[level]}".replace("a hour", "an hour"),
            rangemode="tozero",
            fixedrange=True,
            **whole_steps(highest),
        ),
    )
