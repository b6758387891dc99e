"""What the knobs are set to, in words and as the state of each button."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import Output, html
from dash.development.base_component import Component

from dashboard.components.commands import worded
from dashboard.components.knobs import SPEEDS, flag_id, gate_id, place_id, speed_id
from dashboard.components.times import moment
from dashboard.desk import PLACES
from dashboard.queries.control import Knobs
from dashboard.wording import clock_label, new_york, utc
from tickertape.control.flags import NAMES
from tickertape.control.gate import SERVICES, GateStatus
from tickertape.domain.market_hours import GateMode

# What only a replay's clock obeys.
_CLOCK_ONLY = (
    *(speed_id(speed) for speed in SPEEDS),
    *(place_id(place) for place in PLACES),
    "speed-set",
    "seek-set",
    "speed-text",
    "seek-text",
)


def knob_outputs() -> list[Output]:
    """Every property that `knob_states` gives a value, in its order."""
    return [
        Output("clock-pause", "disabled"),
        Output("clock-resume", "disabled"),
        *(Output(name, "disabled") for name in _CLOCK_ONLY),
        *(Output(speed_id(speed), "aria-pressed") for speed in SPEEDS),
        *(Output(gate_id(source, mode), "aria-pressed") for source in SERVICES for mode in GateMode),
        *(Output(flag_id(name), "aria-checked") for name in NAMES),
    ]


def knob_states(knobs: Knobs, wall: datetime) -> list[Any]:
    """What each button and switch is set to, and which cannot be pressed now."""
    replays, runs = knobs.can_turn_clock, knobs.clock.is_running(wall)
    return [
        not (replays and runs),
        not (replays and knobs.clock.paused),
        *(not replays for _ in _CLOCK_ONLY),
        *(_pressed(replays and not _stands_at_end(knobs, wall) and _is_speed(knobs, speed)) for speed in SPEEDS),
        *(_pressed(knobs.gate.modes[source] is mode) for source in SERVICES for mode in GateMode),
        *(_pressed(knobs.flags[name]) for name in NAMES),
    ]


def clock_line(knobs: Knobs, wall: datetime) -> list[Component]:
    """The time in New York, UTC below it, and what the clock is doing."""
    now, label = knobs.clock.now(wall), clock_label(knobs.clock, wall)
    standing = knobs.can_turn_clock and not knobs.clock.is_running(wall)
    return [
        html.Div(
            [
                html.Strong(new_york(now), className="ops-time"),
                html.Span(" New York", className="faint"),
                html.Div(utc(now), className="faint ops-utc"),
            ]
        ),
        dmc.Badge(label, color="gray" if standing else "blue", variant="light", radius="sm", className="clock-badge"),
    ]


def replay_caption(knobs: Knobs) -> list[str | Component]:
    """Which tape is played, and from when to when."""
    if knobs.replay is None:
        return worded("live: the clock is the wall's and cannot be turned")
    name = knobs.replay.tape.rstrip("/").rpartition("/")[2]
    return [f"{name}: ", moment(knobs.replay.begin, year=True), " to ", moment(knobs.replay.end, year=True)]


def gate_line(gate: GateStatus) -> list[Component]:
    """The market by the calendar, and whether the manager still says so."""
    if gate.state is None:
        return [html.P(worded("The manager has not begun: `tickertape logs manager`."), className="faint")]
    word = "open" if gate.state.is_open else "closed"
    until: list[str | Component] = [", until ", moment(gate.state.until)] if gate.state.until else []
    line = html.P(
        ["The market is ", html.Strong(word, className=f"market {word}"), f": {gate.state.reason}", *until, "."]
    )
    if not gate.is_stale:
        return [line]
    stale = "The manager gives no sign of life, so this is as it last was: `tickertape logs manager`."
    return [line, html.P(worded(stale), className="bad")]


def _is_speed(knobs: Knobs, speed: str) -> bool:
    return speed != "max" and knobs.clock.speed == float(speed)


def _stands_at_end(knobs: Knobs, wall: datetime) -> bool:
    return knobs.clock.end is not None and knobs.clock.now(wall) >= knobs.clock.end


def _pressed(is_it: bool) -> str:
    return "true" if is_it else "false"
