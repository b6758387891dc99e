"""The frame of each part of a page: a card with a heading, a place for controls, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.commands import worded

# plotly's own buttons that make sense here; nothing that leaves the page.
_PRICE_BUTTONS = [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]


def panel(
    title: str, caption_id: str, controls: list[Component], body: list[Component], caption: str = ""
) -> Component:
    """A card. The caption says in words what is shown, and changes with it."""
    heading = html.Div(
        [html.H2(title, className="panel-title"), html.Span(caption, id=caption_id, className="panel-caption")],
        className="panel-heading",
    )
    head = html.Div([heading, html.Div(controls, className="panel-controls")], className="panel-head")
    return html.Section([head, *body], className="panel")


def graph(graph_id: str, height_px: int, *, tools: bool = False) -> Component:
    """A figure of fixed height, a grey block until its first data are there."""
    config: Any = {"displayModeBar": False, "displaylogo": False, "responsive": True}
    if tools:
        config |= {"displayModeBar": "hover", "modeBarButtons": _PRICE_BUTTONS}
    return html.Div(
        dcc.Graph(
            id=graph_id,
            config=config,
            style={"height": "100%"},
            # An empty figure draws axes from -1 to 6, which look like data.
            figure={"layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}, **_TRANSPARENT}},
        ),
        className="figure",
        id=f"{graph_id}-box",
        style={"height": f"{height_px}px"},
    )


_TRANSPARENT = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}


def segments(segments_id: str, label: str, value: str, choices: dict[str, str]) -> Component:
    """A choice among few, all of them visible. Arrow keys move it."""
    return html.Div(
        dmc.SegmentedControl(
            id=segments_id,
            value=value,
            size="xs",
            data=[{"value": choice, "label": text} for choice, text in choices.items()],
        ),
        role="group",
        **dashed(aria_label=label),
    )


def labelled_segments(
    segments_id: str, label: str, value: str, choices: Mapping[str, str], class_name: str = "picker-level"
) -> Component:
    """A choice among few as wide as its place, with its label above it as a picker has it."""
    return html.Div(
        [
            html.Span(label, className="picker-label", id=f"{segments_id}-label"),
            html.Div(
                dmc.SegmentedControl(
                    id=segments_id,
                    value=value,
                    data=[{"value": choice, "label": text} for choice, text in choices.items()],
                    fullWidth=True,
                ),
                role="group",
                **dashed(aria_labelledby=f"{segments_id}-label"),
            ),
        ],
        className=class_name,
    )


def notice(text: str) -> Component:
    """Why there is nothing to see, and the command (between backticks) that changes it."""
    return html.Div(worded(text), className="notice")
