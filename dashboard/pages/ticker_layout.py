"""How the page of tickers is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import Input, dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.legend import legend
from dashboard.components.panel import graph, labelled_segments, panel, segments
from dashboard.components.zoom import zoom_buttons
from dashboard.state import MAX_COMPARED, TickerState
from dashboard.wording import LEVEL_NAMES

VERSIONS = ("compare-choices", "compare", "compare-tweets")
# The controls that hold a choice, in the order of `TickerState`'s fields.
CONTROLS = (
    "compare-tickers",
    "compare-level",
    "compare-until",
    "compare-measure",
    "compare-chart",
    Input("compare-span", "data"),
)
_FIGURE_PX = 640


def ticker_layout(state: TickerState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in VERSIONS),
            dcc.Store(id="compare-defaults", data=asdict(TickerState())),
            # The interval that is zoomed into, and the time that there is to zoom into.
            dcc.Store(id="compare-span", data=list(state.span)),
            dcc.Store(id="compare-window"),
            dcc.Store(id="compare-touch"),
            html.Div(_choices(state), className="compare-bar"),
            html.Div([_figure(state), html.Div(_tweets(), className="column-side")], className="columns"),
        ]
    )


def _choices(state: TickerState) -> list[Component]:
    return [
        dmc.MultiSelect(
            id="compare-tickers",
            label=f"Tickers (up to {MAX_COMPARED})",
            value=list(state.t),
            data=[{"value": ticker, "label": ticker} for ticker in state.t],
            placeholder="Add a ticker",
            searchable=True,
            hidePickedOptions=True,
            maxValues=MAX_COMPARED,
            limit=150,
            nothingFoundMessage="Not mentioned this year",
        ),
        labelled_segments(
            "compare-level",
            "Counts per",
            str(state.level),
            {str(each): name for each, name in LEVEL_NAMES.items()},
        ),
        dmc.DatePickerInput(
            id="compare-until",
            label="Up to (UTC day)",
            value=state.until,
            valueFormat="D MMM YYYY",
            placeholder="The newest",
            clearable=True,
            clearButtonProps={"aria-label": "Up to the newest"},
        ),
    ]


def _figure(state: TickerState) -> Component:
    return panel(
        "Talk and price",
        "compare-caption",
        [
            zoom_buttons("compare"),
            segments(
                "compare-measure",
                "What the trend shows",
                state.measure,
                {"mentions": "Mentions", "polarity": "Polarity"},
            ),
            segments("compare-chart", "Kind of chart", state.chart, {"line": "Line", "candles": "Candles"}),
        ],
        [legend([], "compare-legend"), graph("compare-figure", _FIGURE_PX)],
    )


def _tweets() -> Component:
    skeletons = [dmc.Skeleton(height=84, radius="md", className="tweet-skeleton") for _ in range(6)]
    return panel(
        "Tweets",
        "compare-tweets-caption",
        [],
        [
            html.Div(
                skeletons,
                id="compare-tweets",
                className="tweets",
                tabIndex="0",
                role="region",
                **dashed(aria_label="Tweets of the interval"),
            )
        ],
    )
