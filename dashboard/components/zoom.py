"""Zooming into a stretch of time without a mouse: where each button leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed

Step = Literal["earlier", "later", "in", "out", "all"]
Span = tuple[datetime, datetime]
# What a figure zooms into at most; shorter ones have no bar to show.
_SHORTEST = timedelta(minutes=2)
_BUTTONS: dict[Step, tuple[str, str]] = {
    "earlier": ("\N{LEFTWARDS ARROW}", "Earlier"),
    "in": ("+", "Zoom in"),
    "out": ("\N{MINUS SIGN}", "Zoom out"),
    "later": ("\N{RIGHTWARDS ARROW}", "Later"),
    "all": ("All", "Show all of the time"),
}
STEPS = tuple(_BUTTONS)


def zoom_buttons(prefix: str) -> Component:
    """A button for each step, named `{prefix}-{step}`."""
    return html.Div(
        [
            dmc.Tooltip(
                dmc.Button(
                    sign, id=f"{prefix}-{step}", size="compact-sm", variant="default", **dashed(aria_label=name)
                ),
                label=name,
            )
            for step, (sign, name) in _BUTTONS.items()
        ],
        className="zoom-buttons",
        role="group",
        **dashed(aria_label="Interval"),
    )


def stepped(whole: Span, span: Span | None, step: Step) -> Span | None:
    """The interval that a button leads to, inside of the whole; None for all of it."""
    start, end = span or whole
    length = end - start
    match step:
        case "earlier":
            start, end = start - length / 2, end - length / 2
        case "later":
            start, end = start + length / 2, end + length / 2
        case "in":
            start, end = start + length / 4, end - length / 4
        case "out":
            start, end = start - length / 2, end + length / 2
        case "all":
            return None
    length = max(end - start, _SHORTEST)
    if length >= whole[1] - whole[0]:
        return None
    start = min(max(start, whole[0]), whole[1] - length)
    return start, start + length
