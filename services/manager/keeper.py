"""Keeps the gate: follows the shared clock, writes the market's state, and tells each opening and closing once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import redis

from tickertape.control.clock import read_state
from tickertape.control.gate import read_calendar, read_gate, write_calendar, write_gate
from tickertape.control.replay import read_replay
from tickertape.domain.market_hours import Calendar, Change, GateMode, describe, margin
from tickertape.domain.times import format_utc
from tickertape.domain.virtual_clock import BadClock
from tickertape.ports.control import Clock, Events

# While live, so far back and ahead of now; the manager looks again long before it ends.
_LIVE = timedelta(days=30)
_LOOK_AHEAD = timedelta(days=8)
_NEWS = timedelta(minutes=5)


class Keeper:
    """One turn after the other; everything it knows is in Redis, so that a restart goes on where it stopped.

    Args:
        sessions: asks the exchange's calendar for the sessions of some dates.
    """

    def __init__(
        self, client: redis.Redis, clock: Clock, events: Events, sessions: Callable[[date, date], Calendar]
    ) -> None:
        self._client = client
        self._clock = clock
        self._events = events
        self._sessions = sessions
        self._bad_clock = ""
        self._modes: dict[str, GateMode] | None = None

    def turn(self) -> None:
        """Bring the gate to the market time of now.

        Raises:
            NoCalendar: the exchange's calendar does not reach so far.
        """
        self._tell_bad_clock()
        now = self._clock.now()
        calendar = self._calendar(now)
        before = read_gate(self._client)
        reached = self._reached(before.at, now)
        if now < reached:
            self._events.emit("clock_set_back", at=format_utc(now), was=format_utc(reached))
        for change in calendar.changes(reached, now):
            self._tell(change)
        state = calendar.state(now)
        if before.at is None:
            self._events.emit("gate_taken_up", at=format_utc(now), gate=describe(state))
        write_gate(self._client, state, now)
        self._tell_modes(dict(before.modes))

    def _tell(self, change: Change) -> None:
        self._events.emit(
            "gate_opened" if change.state.is_open else "gate_closed",
            at=format_utc(change.at),
            reason=change.state.reason,
            until=format_utc(change.state.until) if change.state.until else "",
        )

    def _tell_modes(self, modes: dict[str, GateMode]) -> None:
        """Somebody overrode the calendar, or gave the gate back to it."""
        if self._modes is not None:
            for service, mode in modes.items():
                if mode is not self._modes.get(service):
                    self._events.emit("gate_mode_set", gate=service, mode=mode)
        self._modes = modes

    def _tell_bad_clock(self) -> None:
        try:
            read_state(self._client)
            self._bad_clock = ""
        except BadClock as bad:
            if str(bad) != self._bad_clock:
                self._bad_clock = str(bad)
                self._events.emit("clock_refused", level="error", why=str(bad), goes_by="the last good clock")

    def _reached(self, before: datetime | None, now: datetime) -> datetime:
        """Up to when openings and closings have been told."""
        replay = read_replay(self._client)
        if replay:
            return before or min(replay.begin, now)
        # What the market did while nothing ran here is no news.
        return max(before, now - _NEWS) if before else now

    def _calendar(self, now: datetime) -> Calendar:
        """The sessions in Redis, asked for anew when they do not reach around the tape, or around now."""
        known = read_calendar(self._client)
        replay = read_replay(self._client)
        first, last = (replay.begin, replay.end) if replay else (now, now)
        wanted = [min(first, now), max(last, now), *([] if replay else [now + _LOOK_AHEAD])]
        if known and all(known.holds(moment) for moment in wanted):
            return known
        since, until = margin(min(first, now), max(last, now), days=10 if replay else _LIVE.days)
        calendar = self._sessions(since, until)
        write_calendar(self._client, calendar)
        return calendar
