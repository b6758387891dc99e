"""How the page of predictions is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.panel import graph, labelled_segments, notice, panel, segments
from dashboard.figures.predictions import HEIGHT_PX
from dashboard.state import PredictionsState

# The controls that hold a choice, in the order of `PredictionsState`'s fields.
CONTROLS = ("predictions-interval", "predictions-ticker", "predictions-by")
_ADVICE = (
    "A coin has a Brier score of 0.250; less is better. Whether this is more than chance takes the whole history: "
    "`tickertape analysis run` measures it."
)
INTERVALS = {"1h": "Hour", "1d": "Session"}
LEARNERS = {"logistic_price_and_talk": "Price and talk", "logistic_price": "Price only"}


def predictions_layout(state: PredictionsState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in ("predictions", "predictions-ticker")),
            dcc.Store(id="predictions-defaults", data=asdict(PredictionsState())),
            html.Div([_interval(state), _ticker(state)], className="market-bar"),
            html.Div(id="predictions-notice"),
            html.Div(
                [
                    panel("What is said now", "predictions-caption", [], [html.Div(id="predictions-now")]),
                    panel(
                        "How it fared so far",
                        "predictions-record-caption",
                        [],
                        [html.Div(id="predictions-record"), notice(_ADVICE)],
                    ),
                ],
                className="market-columns",
            ),
            panel(
                "Said and came",
                "predictions-ticker-caption",
                [segments("predictions-by", "Which model", state.by, LEARNERS)],
                [graph("predictions-chances", HEIGHT_PX), html.Div(id="predictions-list")],
            ),
        ],
        className="column-main",
    )


def _interval(state: PredictionsState) -> Component:
    return labelled_segments("predictions-interval", "Predicted is the next", state.interval, INTERVALS)


def _ticker(state: PredictionsState) -> Component:
    picker: Component = dmc.Select(
        id="predictions-ticker",
        label="Ticker",
        value=state.ticker,
        data=[state.ticker] if state.ticker else [],
        placeholder="The first one",
        searchable=True,
        clearable=True,
        nothingFoundMessage="Nothing was said of that ticker",
        clearButtonProps={"aria-label": "Back to the first one"},
    )
    return picker
