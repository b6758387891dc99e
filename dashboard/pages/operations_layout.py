"""How the operations page is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.knobs import clock_knobs, flag_knobs, gate_knobs, said_line
from dashboard.components.legend import count_entries, legend
from dashboard.components.panel import graph, panel, segments
from dashboard.state import ANY, OperationsState

# Each view remembers which version of its data the browser shows.
VERSIONS = ("knobs", "hops", "minutes", "proof", "runs", "backups", "events")
# The controls that hold a choice, in the order of `OperationsState`'s fields.
CONTROLS = ("trace-id", "events-of")
_MINUTES_PX = 210


def operations_layout(state: OperationsState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"ops-{name}-version") for name in VERSIONS),
            dcc.Store(id="ops-defaults", data=asdict(OperationsState())),
            html.Div(id="ops-banner"),
            said_line(),
            html.Div([_clock(), _gate(), _flags()], className="ops-knobs"),
            html.Div(
                [
                    html.Div([_hops(), _minutes(), _runs(), _backups(), _proof()], className="column-main"),
                    html.Div([_trace(state.tweet), _events(state.events)], className="column-main"),
                ],
                className="ops-columns",
            ),
        ],
        className="operations",
    )


def _clock() -> Component:
    shown = html.Div(_skeleton(1), id="ops-clock", className="ops-clock")
    return panel("Clock", "ops-clock-caption", [], [shown, *clock_knobs()])


def _gate() -> Component:
    shown = html.Div(_skeleton(1), id="ops-gate", className="ops-gate")
    return panel("Gate", "ops-gate-caption", [], [shown, *gate_knobs()], "of New York's exchange")


def _flags() -> Component:
    return panel("Flags", "ops-flags-caption", [], [flag_knobs()], "which sinks get what")


def _hops() -> Component:
    return panel(
        "Hops", "ops-hops-caption", [], [html.Div(_skeleton(6), id="ops-hops")], "since this tape's data began"
    )


def _minutes() -> Component:
    figure = graph("ops-minutes-figure", _MINUTES_PX)
    return panel("By minute", "ops-minutes-caption", [legend(count_entries(), "ops-minutes-legend")], [figure])


def _runs() -> Component:
    return panel("Batch", "ops-runs-caption", [], [html.Div(_skeleton(3), id="ops-runs")], "by the wall clock")


def _backups() -> Component:
    return panel("Backups", "ops-backups-caption", [], [html.Div(_skeleton(2), id="ops-backups")])


def _proof() -> Component:
    return panel("Accounting", "ops-proof-caption", [], [html.Div(_skeleton(2), id="ops-proof")])


def _trace(tweet_id: str) -> Component:
    field = dmc.TextInput(
        id="trace-id",
        value=tweet_id,
        # The address follows what was asked, not each letter.
        debounce=True,
        placeholder="Tweet id",
        size="xs",
        className="trace-field",
        **dashed(aria_label="Id of the tweet to look up"),
    )
    ask = html.Button("Look up", id="trace-ask", type="button", className="knob")
    found = html.Div(id="trace-found", role="status", **dashed(aria_live="polite"))
    return panel("Trace a tweet", "trace-caption", [field, ask], [found])


def _events(events: str) -> Component:
    shown = segments("events-of", "Which events", events, {ANY: "All", "problems": "Warnings and errors"})
    # A region that scrolls has to be reached by the keyboard.
    feed = html.Div(
        _skeleton(8),
        id="ops-events",
        className="events",
        tabIndex="0",
        role="log",
        **dashed(aria_label="Newest events"),
    )
    return panel("Events", "ops-events-caption", [shown], [feed], "by the market's time")


def _skeleton(lines: int) -> list[Component]:
    return [dmc.Skeleton(height=22, radius="sm", className="line-skeleton") for _ in range(lines)]
