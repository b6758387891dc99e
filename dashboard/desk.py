"""Turning the knobs of the control plane, as `tickertape gate`, `flags` and `replay` do: through the same functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import redis

from dashboard.wording import NEW_YORK, new_york
from tickertape.control.clock import read_state
from tickertape.control.flags import UnknownFlag, set_flag
from tickertape.control.gate import SERVICES, read_calendar, set_mode
from tickertape.control.replay import NothingReplays, ReplayControl, read_replay, tell_clock_set
from tickertape.domain.market_hours import GateMode
from tickertape.domain.times import parse_utc
from tickertape.domain.virtual_clock import BadClock, BadSpeed, ClockState, parse_speed

# Where to go on a tape, besides a time.
PLACES = {"begin": "Tape's beginning", "opening": "Next opening", "end": "Tape's end"}
MODE_WORDS = {GateMode.AUTO: "by the calendar", GateMode.OPEN: "held open", GateMode.CLOSED: "held closed"}


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a turn, in one sentence; commands stand between backticks."""

    text: str
    ok: bool = True


class Desk:
    """One turn after the other; each says what it did, and none raises because Redis is away."""

    def __init__(self, client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._client = client
        self._wall = wall
        self._replay = ReplayControl(client, wall)

    def gate(self, source: str, mode: str) -> Said:
        """Hold one source's gate open or closed, or hand it back to the calendar."""

        def turn() -> str:
            if source not in SERVICES:
                raise ValueError(f"there is no gate {source!r}; there are {', '.join(SERVICES)}")
            set_mode(self._client, GateMode(mode), source)
            return f"The gate of {source} is {MODE_WORDS[GateMode(mode)]}."

        return self._said(turn)

    def flag(self, name: str, on: bool) -> Said:
        """Turn a flag on or off."""

        def turn() -> str:
            set_flag(self._client, name, on)
            if on:
                return f"The flag {name} is on. What it withheld comes with `tickertape redrive`."
            return f"The flag {name} is off: what comes is withheld, and accounted for."

        return self._said(turn)

    def pause(self) -> Said:
        """Let the clock stand."""
        return self._clock(self._replay.pause)

    def resume(self) -> Said:
        """Let the clock go on."""
        return self._clock(self._replay.resume)

    def speed(self, text: str | None) -> Said:
        """Another pace; `max` delivers the rest of the tape at once."""
        return self._clock(lambda: self._replay.speed(parse_speed(text or "")))

    def seek(self, text: str | None) -> Said:
        """Set the clock to a time as `moment_of` reads it."""
        return self._clock(lambda: self._replay.seek(moment_of(text or "")))

    def go(self, place: str) -> Said:
        """Set the clock to one of `PLACES`."""
        return self._clock(lambda: self._replay.seek(self._moment_of(place)))

    def _moment_of(self, place: str) -> datetime:
        facts = read_replay(self._client)
        if facts is None:
            raise NothingReplays("nothing is replayed: `tickertape up --tape PATH` plays a tape")
        if place != "opening":
            return facts.begin if place == "begin" else facts.end
        clock, calendar = read_state(self._client), read_calendar(self._client)
        now = clock.now(self._wall()) if clock else facts.begin
        openings = (one.opens for one in (calendar.sessions if calendar else ()) if now < one.opens <= facts.end)
        opening = next(openings, None)
        if opening is None:
            raise ValueError("the market does not open again on this tape; go to its beginning, or to a time")
        return opening

    def _clock(self, turn: Callable[[], ClockState]) -> Said:
        def turned() -> str:
            state, wall = turn(), self._wall()
            tell_clock_set(self._client, state, wall)
            shows = f"{new_york(state.now(wall))} New York"
            if state.is_running(wall):
                return f"The clock runs from {shows}, at {state.speed:g} times real time."
            if state.end is not None and state.now(wall) >= state.end:
                return f"The clock stands at the tape's end, {shows}. Go to an earlier time to play it again."
            return f"The clock stands at {shows}, to go on at {state.speed:g} times real time."

        return self._said(turned)

    def _said(self, turn: Callable[[], str]) -> Said:
        try:
            return Said(turn())
        except NothingReplays as nothing:
            return Said(_sentence(nothing), ok=False)
        except (BadClock, BadSpeed, UnknownFlag, ValueError) as wrong:
            return Said(_sentence(wrong), ok=False)
        except redis.RedisError:
            return Said("Nothing was changed: Redis does not answer, see `tickertape status`.", ok=False)


def moment_of(text: str) -> datetime:
    """A time as people type it, aware UTC: New York's, or any with its zone.

    >>> moment_of("2014-06-09 09:30").isoformat()
    '2014-06-09T13:30:00+00:00'

    Raises:
        ValueError: it is no such time; the message says how one is written.
    """
    try:
        local = datetime.fromisoformat(text.strip())
        return parse_utc(local.replace(tzinfo=local.tzinfo or NEW_YORK).isoformat())
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"a time such as 2014-06-09 09:30 (New York) or 2014-06-09T13:30:00Z was expected, {text.strip()!r} came"
        ) from error


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
