"""The header's changing parts: the clock, the last batch, and what is wrong."""

from __future__ import annotations

from datetime import datetime

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.commands import worded
from dashboard.queries.status import Status
from dashboard.wording import ago, clock_label, new_york, utc


def clock_line(status: Status, wall: datetime) -> list[Component]:
    """The time on the clock in New York (UTC on hover or focus) and what the clock is doing."""
    if status.clock is None:
        return [
            dmc.Badge("Clock unknown", color="orange", variant="light", radius="sm", className="clock-badge"),
            html.Span(worded("Redis does not answer, see `tickertape status`"), className="faint"),
        ]
    time = html.Span(f"{new_york(status.now)} New York", className="clock-time", tabIndex="0")
    label = clock_label(status.clock, wall)
    standing = status.clock.virtual is not None and not label.startswith("Replay")
    return [
        dmc.Badge(label, color="gray" if standing else "blue", variant="light", radius="sm", className="clock-badge"),
        dmc.Tooltip(time, label=utc(status.now), events={"hover": True, "focus": True, "touch": True}),
    ]


def batch_line(status: Status, wall: datetime) -> list[Component]:
    """When the counts were made."""
    if status.clock is None:
        return [html.Span("Last batch unknown", className="faint")]
    if status.batch_at is None:
        return [html.Span("No batch yet", className="faint")]
    age = ago((wall - status.batch_at).total_seconds())
    text = html.Span(f"Batch {age}", className="faint", tabIndex="0")
    ended = f"The last batch ended at {new_york(status.batch_at)} New York ({utc(status.batch_at)})"
    return [dmc.Tooltip(text, label=ended, events={"hover": True, "focus": True, "touch": True})]


def trouble(title: str, text: str) -> Component:
    """A banner about something that is wrong now, and what to do (commands between backticks)."""
    banner: Component = dmc.Alert(
        worded(text), title=title, color="orange", variant="light", radius="md", className="banner"
    )
    return banner
