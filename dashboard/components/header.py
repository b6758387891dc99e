"""The header's changing parts: the clock, the last batch, and what is wrong."""

from __future__ import annotations

from datetime import datetime

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.commands import worded
from dashboard.queries.status import Status
from dashboard.wording import ago, clock_label, new_york, utc
from tickertape.domain.market_hours import MarketState


def clock_line(status: Status, wall: datetime) -> list[Component]:
    """The time on the clock in New York (UTC on hover or focus), what the clock is doing, and the market then."""
    if status.clock is None:
        return [
            dmc.Badge("Clock unknown", color="orange", variant="light", radius="sm", className="clock-badge"),
            html.Span(worded("Redis does not answer, see `tickertape status`"), className="faint"),
        ]
    # On a phone the place is two letters (style.css).
    place = html.Span(" New York", className="clock-place")
    time = html.Span([new_york(status.now), place], className="clock-time", tabIndex="0")
    label = clock_label(status.clock, wall)
    standing = status.clock.virtual is not None and not label.startswith("Replay")
    market = [_market(status.market)] if status.market else []
    return [
        dmc.Badge(label, color="gray" if standing else "blue", variant="light", radius="sm", className="clock-badge"),
        dmc.Tooltip(time, label=utc(status.now), events={"hover": True, "focus": True, "touch": True}),
        *market,
    ]


def _market(state: MarketState) -> Component:
    """Whether the exchange is open at the time on the clock; why and until when on hover or focus."""
    until = f", until {new_york(state.until)[:-3]} New York ({utc(state.until)})" if state.until else ""
    words = html.Span(
        [html.Span("Market "), "open" if state.is_open else "closed"],
        className=f"market-state {'market-open' if state.is_open else 'market-closed'}",
        tabIndex="0",
    )
    tip: Component = dmc.Tooltip(
        words, label=f"{state.reason.capitalize()}{until}", events={"hover": True, "focus": True, "touch": True}
    )
    return tip


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
