"""How the map's page is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.legend import legend, mood_entries
from dashboard.components.panel import labelled_segments, panel
from dashboard.components.pickers import any_days_picker, any_ticker_picker, sentiment_choices
from dashboard.map_view import Step
from dashboard.state import MapState

VERSIONS = ("map", "map-choices")
# The controls that hold a choice, in the order of `MapState`'s first fields.
CONTROLS = ("map-ticker", "map-sentiment", "map-dates")
STEPS: dict[Step, tuple[str, str]] = {
    "in": ("+", "Zoom in, towards the chosen mark if there is one"),
    "out": ("\N{MINUS SIGN}", "Zoom out"),
    "all": ("World", "Show the whole world"),
}
# plotly's own basemaps come from another host.
_OUTLINES = "/assets/world/"


def map_layout(state: MapState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in VERSIONS),
            dcc.Store(id="map-defaults", data=asdict(MapState())),
            dcc.Store(id="map-view", data=state.view),
            dcc.Store(id="map-mark", data=state.mark),
            dcc.Store(id="map-touch"),
            html.Div(_filters(state), className="map-bar", role="search", **dashed(aria_label="Which tweets")),
            html.Div(
                [html.Div([_map(), _places()], className="column-main"), html.Div(_tweets(), className="column-side")],
                className="columns",
            ),
        ]
    )


def _filters(state: MapState) -> list[Component]:
    return [
        any_ticker_picker("map-ticker", state.ticker),
        any_days_picker("map-dates", state.dates),
        labelled_segments("map-sentiment", "Sentiment", state.sentiment, sentiment_choices(), "picker-level"),
    ]


def _map() -> Component:
    return panel(
        "Map",
        "map-caption",
        [_buttons()],
        [
            html.Div(id="map-notice"),
            html.Div(
                dcc.Graph(
                    id="map-figure",
                    config={"displayModeBar": False, "responsive": True, "topojsonURL": _OUTLINES, "scrollZoom": False},
                    figure={"layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}},
                    style={"height": "100%"},
                ),
                className="figure map-box",
            ),
            legend(mood_entries(), "map-legend"),
        ],
    )


def _buttons() -> Component:
    return html.Div(
        [
            dmc.Tooltip(
                dmc.Button(sign, id=f"map-{step}", size="compact-sm", variant="default", **dashed(aria_label=name)),
                label=name,
            )
            for step, (sign, name) in STEPS.items()
        ],
        className="zoom-buttons",
        role="group",
        **dashed(aria_label="Part of the world"),
    )


def _places() -> Component:
    return panel("Only a place's name", "map-places-caption", [], [html.Div(id="map-places")])


def _tweets() -> Component:
    return panel(
        "Tweets",
        "map-tweets-caption",
        [dmc.Button("Show all", id="map-unmark", size="compact-sm", variant="default")],
        [
            html.Div(
                [dmc.Skeleton(height=84, radius="md", className="tweet-skeleton") for _ in range(6)],
                id="map-tweets",
                className="tweets",
                tabIndex="0",
                role="region",
                **dashed(aria_label="Tweets"),
            )
        ],
    )
