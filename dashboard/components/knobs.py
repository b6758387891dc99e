"""The knobs of the operations page: buttons that say what they are set to, and two fields to type into.

They are buttons, not switches that hold a value: a value that the server sets comes back as if somebody had chosen it,
and two open pages would turn each other's knobs for ever.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.desk import MODE_WORDS, PLACES
from tickertape.control.flags import NAMES
from tickertape.control.gate import SERVICES
from tickertape.domain.market_hours import GateMode

SPEEDS = {**{speed: f"\N{MULTIPLICATION SIGN}{speed}" for speed in ("1", "60", "600", "3600")}, "max": "max"}
SERVICE_WORDS = {"stocks": "Prices", "twitter": "Tweets"}
SINK_WORDS = {"kinesis": "Kinesis", "firehose": "Firehose", "mongo": "Data store"}
_MODES = {GateMode.AUTO: "Calendar", GateMode.OPEN: "Open", GateMode.CLOSED: "Closed"}


def gate_id(source: str, mode: str) -> str:
    """The id of the button that gives one gate one mode."""
    return f"gate-{source}-{mode}"


def flag_id(name: str) -> str:
    """The id of a flag's switch: dots mean something else to Dash."""
    return f"flag-{name.replace('.', '-')}"


def speed_id(speed: str) -> str:
    """The id of the button of one speed."""
    return f"speed-{speed}"


def place_id(place: str) -> str:
    """The id of the button that goes to a place of the tape."""
    return f"seek-{place}"


def clock_knobs() -> list[Component]:
    """Pause and resume, speed, and where to."""
    return [
        _line("Clock", [_button("clock-pause", "Pause"), _button("clock-resume", "Resume")]),
        _line(
            "Speed",
            [
                _group("Speed", [_button(speed_id(speed), words, pressed=True) for speed, words in SPEEDS.items()]),
                _pair(_field("speed-text", "Another speed", "1 to 100000", "speed-field"), _button("speed-set", "Set")),
            ],
        ),
        _line(
            "Go to",
            [
                *(_button(place_id(place), words) for place, words in PLACES.items()),
                _pair(
                    _field("seek-text", "A time in New York", "2014-06-09 09:30", "seek-field"),
                    _button("seek-set", "Go"),
                ),
            ],
        ),
    ]


def gate_knobs() -> list[Component]:
    """Who decides, for each source."""
    return [
        _line(
            SERVICE_WORDS[source],
            [
                _group(
                    f"Gate of {source}",
                    [
                        _button(gate_id(source, mode), words, pressed=True, title=MODE_WORDS[mode])
                        for mode, words in _MODES.items()
                    ],
                )
            ],
        )
        for source in reversed(SERVICES)
    ]


def flag_knobs() -> Component:
    """A switch a flag: events down, sinks across."""
    kinds = list(dict.fromkeys(name.partition(".")[0] for name in NAMES))
    sinks = list(dict.fromkeys(name.partition(".")[2] for name in NAMES))
    head = html.Tr([html.Td(), *(html.Th(SINK_WORDS[sink], scope="col") for sink in sinks)])
    rows = [
        html.Tr([html.Th(kind.capitalize(), scope="row"), *(html.Td(_switch(f"{kind}.{sink}")) for sink in sinks)])
        for kind in kinds
    ]
    return html.Table([html.Thead(head), html.Tbody(rows)], className="flags")


def _line(name: str, knobs: list[Component]) -> Component:
    return html.Div([html.Span(name, className="knob-name"), html.Div(knobs, className="knobs")], className="knob-line")


def _pair(field: Component, button: Component) -> Component:
    """A field and its button, which stay together."""
    return html.Span([field, button], className="knob-pair")


def _group(label: str, buttons: list[Component]) -> Component:
    return html.Div(buttons, role="group", className="knob-group", **dashed(aria_label=label))


def _button(button_id: str, words: str, *, pressed: bool = False, title: str = "") -> Component:
    more: dict[str, Any] = dashed(aria_pressed="false") if pressed else {}
    return html.Button(words, id=button_id, type="button", className="knob", title=title or None, **more)


def _switch(name: str) -> Component:
    return html.Button(
        html.Span(className="switch-thumb"),
        id=flag_id(name),
        type="button",
        role="switch",
        className="switch",
        title=name,
        **dashed(aria_checked="true", aria_label=f"Flag {name}"),
    )


def _field(field_id: str, label: str, example: str, name: str) -> Component:
    field: Component = dmc.TextInput(
        id=field_id,
        # Enter sends the text along; else it may be told of Enter first, and what was typed is not there yet.
        debounce=True,
        placeholder=example,
        size="xs",
        className=name,
        **dashed(aria_label=f"{label}, such as {example}"),
    )
    return field


def said_line() -> Component:
    """Where a turn is answered."""
    return html.Div(
        [
            html.Div(
                "What is turned here changes for everyone: services, batch and every open page.",
                id="ops-said",
                className="said",
                role="status",
                **dashed(aria_live="polite"),
            ),
            dcc.Store(id="ops-turn"),
        ]
    )
