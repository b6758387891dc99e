"""The chance that was given to a rise, over time, and whether what came agreed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, Scheme, axis, frame
from dashboard.wording import NEW_YORK, new_york, utc
from tickertape.domain.analysis.predictions import Came, Prediction

HEIGHT_PX = 320
# Chances stay near 50 %, which is in the middle: an axis shows this much on both sides at least.
_LEAST_REACH = 10
# What tells right from wrong without colour.
MARKS = {True: "circle", False: "x", None: "circle-open"}
WORDS = {True: "right", False: "wrong", None: "not known yet"}


def chance_figure(predictions: Sequence[Prediction], *, scheme: Scheme) -> go.Figure:
    """A mark for each prediction of one learner, above the line in the middle where it said up.

    Args:
        predictions: of one ticker and learner, the oldest first; at least one.
    """
    palette = PALETTES[scheme]
    figure = go.Figure(layout=_layout(predictions, scheme))
    colours = {True: palette.series[0], False: palette.series[1], None: palette.faint}
    for verdict, mark in MARKS.items():
        part = [(place, each) for place, each in enumerate(predictions) if each.is_right is verdict]
        figure.add_trace(
            go.Scatter(
                name=WORDS[verdict],
                mode="markers",
                x=[place for place, _ in part],
                y=[each.chance * 100 for _, each in part],
                marker={"symbol": mark, "size": 8, "color": colours[verdict], "line": {"width": 1.5}},
                customdata=[_told(each) for _, each in part],
                hovertemplate="%{customdata[0]}<br>%{y:.1f} % up · %{customdata[1]}<extra></extra>",
            )
        )
    return figure


def outcome_words(said: Prediction) -> str:
    """What came, for a person: `went up, right`."""
    match said.came:
        case None:
            return WORDS[None]
        case Came.FLAT:
            return "did not move"
        case came:
            return f"went {came}, {WORDS[said.is_right]}"


def _told(said: Prediction) -> list[str]:
    return [f"{new_york(said.at)[:-3]} New York ({utc(said.at)})", outcome_words(said)]


def _layout(predictions: Sequence[Prediction], scheme: Scheme) -> go.Layout:
    places = _ticks(len(predictions))
    shown = [predictions[place] for place in places]
    texts = [_short(each, before) for each, before in zip(shown, [None, *shown[:-1]], strict=True)]
    # Nights and weekends take no room: candle by candle, with their times as labels.
    ticks: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": texts,
        "range": [-0.8, len(predictions) - 0.2],
        "fixedrange": True,
    }
    reach = max(_LEAST_REACH, max(abs(each.chance * 100 - 50) for each in predictions) + 3)
    half = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 50, "y1": 50}
    return frame(
        scheme,
        margin={"l": 56, "r": 12, "t": 8, "b": 46},
        xaxis=axis(scheme, "end of the candle (New York)", showgrid=False, **ticks),
        yaxis=axis(scheme, "chance of a rise (%)", range=[50 - reach, 50 + reach], nticks=6, fixedrange=True),
        shapes=[half | {"line": {"color": PALETTES[scheme].faint, "width": 1, "dash": "dot"}}],
    )


def _ticks(number: int) -> list[int]:
    step = max(1, -(-number // 6))
    return list(range(0, number, step))


def _short(said: Prediction, before: Prediction | None) -> str:
    """A candle's end beside the one `before` that is labelled: of days the year where it is another."""
    local = said.at.astimezone(NEW_YORK)
    day = f"{local.day} {local:%b}"
    if said.interval != "1d":
        return f"{day}<br>{local:%H:%M}"
    return day if before and before.at.astimezone(NEW_YORK).year == local.year else f"{day}<br>{local:%Y}"
