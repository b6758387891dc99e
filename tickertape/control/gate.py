"""The market-hours gate in Redis: the manager writes it, the services read it, `tickertape gate` overrides it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import redis

from tickertape.control.keys import GATE, GATE_CALENDAR, GATE_HEARTBEAT, GATE_MODES
from tickertape.control.redis_client import read_hash
from tickertape.domain.market_hours import Calendar, GateMode, MarketState, Session
from tickertape.domain.times import format_utc, parse_utc
from tickertape.ports.control import Clock, Ruling

# The sources that have a gate of their own, by the service that reads them.
SERVICES = ("stocks", "twitter")
# Without a sign of life for this long the manager is shown as gone, seconds.
HEARTBEAT_S = 10
_EVERYONE = "all"
# A change is taken up within this many seconds.
_FRESH_S = 0.25
_UNKNOWN = Calendar((), date.min, date.min)


@dataclass(frozen=True, slots=True)
class GateStatus:
    """What `status` and the pages show.

    Attributes:
        at: the market time for which it was written; None before the manager's first turn.
        modes: by service, who decides.
        is_stale: the manager gives no sign of life; the gate stays as it is.
    """

    state: MarketState | None
    at: datetime | None
    modes: Mapping[str, GateMode]
    is_stale: bool


class RedisGate:
    """The Gate port for one service.

    Args:
        follows_market: whether this service's live source rests while the market is closed.
        off_hours: whether events outside the sessions are wanted.

    The calendar stays in Redis when the manager dies, so a dead manager closes nothing.
    """

    def __init__(
        self, client: redis.Redis, service: str, clock: Clock, *, follows_market: bool, off_hours: bool
    ) -> None:
        self._client = client
        self._service = service
        self._clock = clock
        self._follows_market = follows_market
        self._off_hours = off_hours
        self._mode = GateMode.AUTO
        self._calendar = _UNKNOWN
        self._read_at = float("-inf")

    def ruling(self, moment: datetime) -> Ruling:
        """What becomes of an event of that time."""
        self._refresh()
        if self._mode is GateMode.CLOSED:
            return Ruling.HOLD
        if self._mode is GateMode.OPEN or self._off_hours or not self._calendar.holds(moment):
            return Ruling.PASS
        return Ruling.PASS if self._calendar.state(moment).is_open else Ruling.REFUSE

    def is_open(self) -> bool:
        """Whether a live source may ask for what is new now."""
        self._refresh()
        if self._mode is not GateMode.AUTO:
            return self._mode is GateMode.OPEN
        now = self._clock.now()
        return not self._follows_market or not self._calendar.holds(now) or self._calendar.state(now).is_open

    def stance(self) -> str:
        """What the gate makes of events of now, for a person."""
        self._refresh()
        if self._mode is not GateMode.AUTO:
            return f"held {self._mode}: takes {'everything' if self._mode is GateMode.OPEN else 'nothing'} in"
        now = self._clock.now()
        if not self._calendar.holds(now) or self._calendar.state(now).is_open:
            return "the market is open: takes in"
        does = "takes in all the same" if self._off_hours else "filters what is outside hours"
        return f"the market is closed: {does}" + (", asks no live source" if self._follows_market else "")

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at < _FRESH_S:
            return
        try:
            self._mode = read_modes(self._client)[self._service]
            self._calendar = read_calendar(self._client) or _UNKNOWN
        except (redis.ConnectionError, redis.TimeoutError):
            pass  # what was last agreed holds
        self._read_at = time.monotonic()


def read_modes(client: redis.Redis) -> dict[str, GateMode]:
    """Who decides for each service."""
    stored = read_hash(client, GATE_MODES)
    everyone = stored.get(_EVERYONE, GateMode.AUTO)
    return {service: GateMode(stored.get(service, everyone)) for service in SERVICES}


def set_mode(client: redis.Redis, mode: GateMode, service: str | None = None) -> None:
    """Open, close or hand back to the calendar one service's gate; without one, everybody's."""
    if service is None:
        client.delete(GATE_MODES)
    client.hset(GATE_MODES, service or _EVERYONE, mode)


def write_calendar(client: redis.Redis, calendar: Calendar) -> None:
    """Give the services the sessions to go by."""
    document = {
        "since": calendar.since.isoformat(),
        "until": calendar.until.isoformat(),
        "sessions": [[format_utc(one.opens), format_utc(one.closes)] for one in calendar.sessions],
    }
    client.set(GATE_CALENDAR, json.dumps(document, separators=(",", ":")))


def read_calendar(client: redis.Redis) -> Calendar | None:
    """The sessions the services go by, or None before the manager's first turn."""
    stored = client.get(GATE_CALENDAR)
    return None if stored is None else _decoded(str(stored))


@lru_cache(maxsize=2)
def _decoded(text: str) -> Calendar:
    # A tape of years has thousands of sessions, and this is asked four times a second.
    document = json.loads(text)
    sessions = tuple(Session(parse_utc(opens), parse_utc(closes)) for opens, closes in document["sessions"])
    return Calendar(sessions, date.fromisoformat(document["since"]), date.fromisoformat(document["until"]))


def write_gate(client: redis.Redis, state: MarketState, at: datetime) -> None:
    """The manager's turn: the gate at the market time `at`, and a sign of life."""
    pipe = client.pipeline()
    pipe.hset(
        GATE,
        mapping={
            "state": "open" if state.is_open else "closed",
            "reason": state.reason,
            "until": format_utc(state.until) if state.until else "",
            "at": format_utc(at),
        },
    )
    pipe.set(GATE_HEARTBEAT, format_utc(at), ex=HEARTBEAT_S)
    pipe.execute()


def read_gate(client: redis.Redis) -> GateStatus:
    """The gate as it is shown."""
    stored = read_hash(client, GATE)
    return GateStatus(
        state=MarketState(
            stored["state"] == "open", stored["reason"], parse_utc(stored["until"]) if stored["until"] else None
        )
        if stored
        else None,
        at=parse_utc(stored["at"]) if stored else None,
        modes=read_modes(client),
        is_stale=client.get(GATE_HEARTBEAT) is None,
    )
