"""The figures of a report: one horizon each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from tickertape.domain.analysis.resampling import Interval
from tickertape.domain.analysis.results import HorizonResult, ModelMeasure

_TEXT, _FAINT, _GRID = "#1f2933", "#616e7c", "rgba(31, 41, 51, 0.12)"
# Grey for what looks at nothing but a direction, blue for price, vermilion for price and talk (Okabe and Ito).
_BASELINE, _PRICE, _TALK = "#616e7c", "#0072b2", "#d55e00"
_ROW_PX, _EDGES_PX = 46, 90
# What came of fewer forecasts is mostly chance.
CALIBRATION_LEAST = 20
_FONT = "system-ui, sans-serif"


def correlations(horizon: HorizonResult) -> go.Figure:
    """Each model's Matthews correlation with its interval; 0 is chance."""
    figure = _intervals(horizon.models, lambda model: model.mcc, "Matthews correlation (0 is chance)", "+.3f")
    figure.add_vline(x=0, line={"color": _TEXT, "width": 1})
    return figure


def accuracies(horizon: HorizonResult) -> go.Figure:
    """Each model's share of right forecasts with its interval; the line is the first model's, the baseline."""
    baseline, *others = horizon.models
    figure = _intervals(others, lambda model: model.accuracy, "share of right forecasts", ".1%")
    figure.add_vline(
        x=baseline.accuracy.value,
        line={"color": _TEXT, "width": 1, "dash": "dash"},
        annotation={"text": f"{baseline.title} {baseline.accuracy.value:.1%}", "font": {"size": 11, "color": _FAINT}},
        annotation_position="top",
    )
    figure.update_xaxes(tickformat=".0%")
    return figure


def calibration(horizon: HorizonResult) -> go.Figure:
    """Of the forecasts with a chance of so much, how many came; on the diagonal they are as good as their word."""
    figure = go.Figure(layout=_layout(420))
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": _FAINT, "width": 1, "dash": "dot"}, showlegend=False
    )
    seen = [0.5]
    for model in _learned(horizon):
        bins = [each for each in model.bins if each.n >= CALIBRATION_LEAST]
        seen += [value for each in bins for value in (each.chance, each.came)]
        figure.add_scatter(
            name=model.title,
            mode="lines+markers",
            x=[each.chance for each in bins],
            y=[each.came for each in bins],
            customdata=[each.n for each in bins],
            hovertemplate="told %{x:.0%}, came %{y:.0%} of %{customdata:,}<extra>%{fullData.name}</extra>",
            line=_line(model),
            marker={"size": [5 + 11 * (each.n / model.n) ** 0.5 for each in bins]},
        )
    # The same on both axes, so that the diagonal is one.
    reach = [max(0.0, min(seen) - 0.05), min(1.0, max(seen) + 0.05)]
    figure.update_xaxes(title="chance of up that was told", range=reach, tickformat=".0%", **_axis())
    figure.update_yaxes(title="share that went up", range=reach, tickformat=".0%", **_axis())
    return figure


def leads(horizon: HorizonResult) -> go.Figure:
    """How many forecasts more than the baseline's were right, up to each moment of the walk."""
    figure = go.Figure(layout=_layout(420))
    figure.add_hline(y=0, line={"color": _TEXT, "width": 1})
    for model in horizon.models[1:]:
        figure.add_scatter(name=model.title, mode="lines", x=list(horizon.tested_at), y=model.lead, line=_line(model))
    figure.update_xaxes(**_axis())
    figure.update_yaxes(title=f"right forecasts more than {horizon.models[0].title}", **_axis())
    return figure


def _intervals(
    models: Sequence[ModelMeasure], measure: Callable[[ModelMeasure], Interval], title: str, form: str
) -> go.Figure:
    """A row a model, the first on top."""
    figure = go.Figure(layout=_layout(_EDGES_PX + _ROW_PX * len(models), showlegend=False))
    for model in models:
        value = measure(model)
        figure.add_scatter(
            x=[value.value],
            y=[model.title.replace(", ", "<br>")],
            mode="markers",
            marker={"size": 9, "color": _colour(model)},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [value.high - value.value],
                "arrayminus": [value.value - value.low],
                "thickness": 2,
            },
            name=model.title,
            hovertemplate=f"{value.value:{form}} [{value.low:{form}}, {value.high:{form}}]",
        )
    figure.update_xaxes(title=title, nticks=6, **_axis())
    figure.update_yaxes(autorange="reversed", automargin=True, **_axis())
    return figure


def _learned(horizon: HorizonResult) -> Sequence[ModelMeasure]:
    compared = {name for each in horizon.comparisons for name in (each.with_talk, each.without)}
    return [model for model in horizon.models if model.name in compared]


def _colour(model: ModelMeasure) -> str:
    if model.talk:
        return _TALK
    return _PRICE if "," in model.title else _BASELINE


def _line(model: ModelMeasure) -> dict[str, Any]:
    return {"color": _colour(model), "width": 2, "dash": "dash" if model.name.startswith("logistic") else "solid"}


def _axis() -> dict[str, Any]:
    small = {"size": 11, "color": _FAINT}
    return {"gridcolor": _GRID, "zeroline": False, "tickfont": small, "title_font": small}


def _layout(height: int, **more: Any) -> go.Layout:
    legend = {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "font": {"size": 11}}
    return go.Layout(
        height=height,
        margin={"l": 48, "r": 16, "t": 24, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": _FONT, "size": 12, "color": _TEXT},
        legend=legend,
        # A drag on a phone scrolls the page.
        dragmode=False,
        **more,
    )
