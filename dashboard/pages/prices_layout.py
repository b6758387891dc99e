"""How the page of prices is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.legend import legend
from dashboard.components.market_tables import live_table
from dashboard.components.panel import graph, labelled_segments, panel, segments
from dashboard.figures.market import height
from dashboard.state import BARS_CHOICES, MAX_COMPARED, WINDOW_CHOICES, PricesState

VERSIONS = ("market-choices", "market", "market-tables")
# The controls that hold a choice, in the order of `PricesState`'s fields.
CONTROLS = ("market-window", "market-by", "market-symbols")
_INDEXED_PX, _TABLE_PX = 400, 420


def prices_layout(state: PricesState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in VERSIONS),
            dcc.Store(id="market-defaults", data=asdict(PricesState())),
            html.Div(_choices(state), className="market-bar"),
            html.Div(id="market-notice"),
            html.Div([_side_by_side(state), _indexed()], className="market-columns"),
            _live(),
            _highs(),
        ],
        className="column-main",
    )


def _choices(state: PricesState) -> list[Component]:
    return [
        labelled_segments(
            "market-window",
            "Up to the newest bar, the last",
            state.window,
            {each: each.capitalize() for each in WINDOW_CHOICES},
        ),
        dmc.MultiSelect(
            id="market-symbols",
            label=f"Set apart (up to {MAX_COMPARED})",
            value=list(state.t),
            data=[{"value": symbol, "label": symbol} for symbol in state.t],
            placeholder="Those that moved the most",
            searchable=True,
            clearable=True,
            hidePickedOptions=True,
            maxValues=MAX_COMPARED,
            limit=150,
            nothingFoundMessage="No bars of that symbol",
            clearButtonProps={"aria-label": "Set none apart"},
        ),
    ]


def _side_by_side(state: PricesState) -> Component:
    return panel(
        "Side by side",
        "market-caption",
        [segments("market-by", "What the bars show", state.by, {each: each.capitalize() for each in BARS_CHOICES})],
        [graph("market-bars", height(12))],
    )


def _indexed() -> Component:
    return panel(
        "From one start",
        "market-indexed-caption",
        [],
        [legend([], "market-legend"), graph("market-indexed", _INDEXED_PX, tools=True)],
    )


def _live() -> Component:
    box = html.Div(
        live_table("market-table"), id="market-table-box", className="table-box", style={"height": f"{_TABLE_PX}px"}
    )
    return panel("Newest bars", "market-live-caption", [], [box])


def _highs() -> Component:
    return panel(
        "Hourly highs",
        "market-highs-caption",
        [],
        # A region that scrolls has to be reached by the keyboard.
        [
            html.Div(
                id="market-highs",
                className="highs-box",
                tabIndex="0",
                role="region",
                **dashed(aria_label="Hourly highs"),
            )
        ],
    )
