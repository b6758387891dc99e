"""What is being replayed, and what `tickertape replay` does to its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import redis

from tickertape.control.clock import RedisClock, read_state, wall_time, write_state
from tickertape.control.events import RedisEvents
from tickertape.control.keys import REPLAY
from tickertape.control.redis_client import read_hash
from tickertape.domain.times import format_utc, parse_utc
from tickertape.domain.virtual_clock import ClockState, standing_at


class NothingReplays(Exception):
    """There is no replay: the stack is live, or has not begun."""


@dataclass(frozen=True, slots=True)
class ReplayFacts:
    """The tape that is played.

    Attributes:
        begin, end: the time of its first and of its last event within the window, aware UTC.
        play_from: where it began to play at its pace; what is older came at once.
        speed: as asked for, `60` or `max`.
    """

    tape: str
    dataset: str
    begin: datetime
    end: datetime
    play_from: datetime
    speed: str


def write_replay(client: redis.Redis, facts: ReplayFacts) -> None:
    """Tell everyone what is played."""
    client.delete(REPLAY)
    client.hset(
        REPLAY,
        mapping={
            "tape": facts.tape,
            "dataset": facts.dataset,
            "begin": format_utc(facts.begin),
            "end": format_utc(facts.end),
            "play_from": format_utc(facts.play_from),
            "speed": facts.speed,
        },
    )


def read_replay(client: redis.Redis) -> ReplayFacts | None:
    """What is played; None when nothing is."""
    stored = read_hash(client, REPLAY)
    if not stored:
        return None
    return ReplayFacts(
        tape=stored["tape"],
        dataset=stored["dataset"],
        begin=parse_utc(stored["begin"]),
        end=parse_utc(stored["end"]),
        play_from=parse_utc(stored["play_from"]),
        speed=stored["speed"],
    )


def forget_replay(client: redis.Redis) -> None:
    """Nothing is played (any more)."""
    client.delete(REPLAY)


def tell_clock_set(client: redis.Redis, state: ClockState, wall: datetime) -> str:
    """Write into the event log that somebody set the clock; returns what it does now, in words."""
    stands = f"{'at' if state.is_running(wall) else 'stands at'} {format_utc(state.now(wall))}"
    RedisEvents(client, "replay", RedisClock(client).now, log=False).emit(
        "clock_set", clock=stands, speed=state.speed, paused=str(state.paused).lower()
    )
    return f"the clock {'runs ' if state.is_running(wall) else ''}{stands}, speed {state.speed:g}"


class ReplayControl:
    """Turns the clock's knobs; every change is seen by all services within a second."""

    def __init__(self, client: redis.Redis, wall: Callable[[], datetime] = wall_time) -> None:
        self._client = client
        self._wall = wall

    def start(self, speed: float | None) -> ClockState:
        """From the tape's first event again; what was delivered before is known and comes to nothing new."""

        def again(state: ClockState, wall: datetime) -> ClockState:
            if speed is None:
                return self._at(state, None, wall)
            return state.at_speed(speed, wall).sought(self._facts().begin, wall).resumed(wall)

        return self._set(again)

    def stop(self) -> ClockState:
        """The clock stands at the tape's beginning, and nothing that has not been read yet is read."""
        return self._set(lambda state, wall: state.sought(self._facts().begin, wall).paused_at(wall))

    def pause(self) -> ClockState:
        """The clock stands."""
        return self._set(lambda state, wall: state.paused_at(wall))

    def resume(self) -> ClockState:
        """The clock goes on from where it stands."""
        return self._set(lambda state, wall: state.resumed(wall))

    def seek(self, moment: datetime) -> ClockState:
        """The clock shows `moment`: everything up to it comes at once."""
        return self._set(lambda state, wall: state.sought(moment, wall))

    def speed(self, speed: float | None) -> ClockState:
        """Another speed from now on; None is as fast as possible: the clock stands at the tape's end."""
        return self._set(lambda state, wall: self._at(state, speed, wall))

    def _at(self, state: ClockState, speed: float | None, wall: datetime) -> ClockState:
        if speed is None:
            return replace(standing_at(self._facts().end, wall), end=state.end)
        return state.at_speed(speed, wall)

    def _facts(self) -> ReplayFacts:
        facts = read_replay(self._client)
        if facts is None:
            raise NothingReplays("nothing is replayed: `tickertape up --tape PATH` plays a tape")
        return facts

    def _set(self, change: Callable[[ClockState, datetime], ClockState]) -> ClockState:
        facts, before, wall = self._facts(), read_state(self._client), self._wall()
        if before is None or before.is_wall:
            raise NothingReplays(f"{facts.tape} has not begun to play: wait for `tickertape up`")
        # A clock that stood at the end from the start does not know its end.
        after = change(replace(before, end=facts.end), wall)
        write_state(self._client, after)
        return after
