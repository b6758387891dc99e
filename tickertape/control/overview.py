"""The control plane as one document, for `status` and for whoever asks it from outside."""

from __future__ import annotations

from typing import Any

import redis

from tickertape.control.backup import backup_state
from tickertape.control.clock import read_state, wall_time
from tickertape.control.events import newest
from tickertape.control.flags import read_flags
from tickertape.control.gate import SERVICES, read_gate
from tickertape.control.progress import read_counts, read_minutes, read_progress
from tickertape.control.replay import read_replay
from tickertape.domain.times import format_utc
from tickertape.domain.virtual_clock import BadClock

_MINUTES = 5


def control_plane(client: redis.Redis, events: int) -> dict[str, Any]:
    """Clock, replay, gate, flags, what the ingest services counted, and the last `events` events."""
    return {
        "clock": _clock(client),
        "replay": _replay(client),
        "gate": _gate(client),
        "flags": read_flags(client),
        "backup": backup_state(client),
        "ingest": {service: _ingest(client, service) for service in SERVICES},
        "events": newest(client, events),
    }


def _clock(client: redis.Redis) -> dict[str, Any]:
    wall = wall_time()
    try:
        state = read_state(client)
    except BadClock as bad:
        return {"kind": "bad", "why": str(bad)}
    if state is None or state.is_wall:
        return {"kind": "wall", "now": format_utc(wall)}
    return {
        "kind": "replay",
        "now": format_utc(state.now(wall)),
        "speed": state.speed,
        "running": state.is_running(wall),
        "end": format_utc(state.end) if state.end else None,
    }


def _replay(client: redis.Redis) -> dict[str, Any] | None:
    facts = read_replay(client)
    if facts is None:
        return None
    return {
        "tape": facts.tape,
        "begin": format_utc(facts.begin),
        "end": format_utc(facts.end),
        "play_from": format_utc(facts.play_from),
    }


def _gate(client: redis.Redis) -> dict[str, Any]:
    found = read_gate(client)
    state = found.state
    return {
        "state": None if state is None else "open" if state.is_open else "closed",
        "reason": state.reason if state else None,
        "until": format_utc(state.until) if state and state.until else None,
        "at": format_utc(found.at) if found.at else None,
        "modes": dict(found.modes),
        "stale": found.is_stale,
    }


def _ingest(client: redis.Redis, service: str) -> dict[str, Any]:
    progress = read_progress(client, service)
    minutes = read_minutes(client, service, wall_time(), _MINUTES)
    return {
        "state": progress.get("state"),
        "source": progress.get("source"),
        "outbox": int(progress.get("outbox", 0)),
        "counts": read_counts(client, service),
        "minutes": [
            {
                "minute": one.minute,
                "source": one.source,
                "symbol": one.symbol,
                "outcome": one.outcome,
                "count": one.count,
            }
            for one in minutes
        ],
    }
