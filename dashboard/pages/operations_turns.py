"""What each knob of the operations page does, by its id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.components.knobs import SPEEDS, flag_id, gate_id, place_id, speed_id
from dashboard.desk import PLACES, Desk, Said
from tickertape.control.flags import NAMES
from tickertape.control.gate import SERVICES
from tickertape.domain.market_hours import GateMode

# What was turned by a click or by Enter, and how.
Turn = Callable[[Desk, Mapping[str, Any]], Said]


def _turns() -> dict[str, Turn]:
    """By the id of the button or field: what it does. `given` is what stood in the fields and on the switches."""
    turns: dict[str, Turn] = {
        "clock-pause": lambda desk, _: desk.pause(),
        "clock-resume": lambda desk, _: desk.resume(),
        "speed-set": lambda desk, given: desk.speed(given["speed-text"]),
        "seek-set": lambda desk, given: desk.seek(given["seek-text"]),
    }
    # Enter in a field is its button.
    turns |= {"speed-text": turns["speed-set"], "seek-text": turns["seek-set"]}
    turns |= {speed_id(speed): _bound(lambda desk, _, to: desk.speed(to), speed) for speed in SPEEDS}
    turns |= {place_id(place): _bound(lambda desk, _, to: desk.go(to), place) for place in PLACES}
    for source in SERVICES:
        for mode in GateMode:
            turns[gate_id(source, mode)] = _bound(lambda desk, _, to: desk.gate(*to), (source, mode))
    # The other way than its viewer saw it, not than it stands: two viewers who press at once want the same.
    turns |= {
        flag_id(name): _bound(lambda desk, given, to: desk.flag(to, given[flag_id(to)] != "true"), name)
        for name in NAMES
    }
    return turns


def _bound(turn: Callable[[Desk, Mapping[str, Any], Any], Said], to: Any) -> Turn:
    return lambda desk, given: turn(desk, given, to)


TURNS = _turns()
FIELDS = ("speed-text", "seek-text")
BUTTONS = tuple(name for name in TURNS if name not in FIELDS)
GIVEN = (*((field, "value") for field in FIELDS), *((flag_id(name), "aria-checked") for name in NAMES))
