"""What `tickertape verify` found last, for the operations page: in Redis, with its time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from tickertape.control.keys import VERIFY_LAST
from tickertape.domain.times import format_utc, parse_utc

# Ids stay with the command; a page shows how many.
_SHOWN = ("hop", "ok", "in", "delivered", "missing", "unexpected")


@dataclass(frozen=True, slots=True)
class Proof:
    """One accounting.

    Attributes:
        at: when it was made, on the wall clock.
        hops: by kind of event, each hop with `hop, ok, in, delivered, missing, unexpected` and its other outcomes as
            `outcome:reason`.
    """

    ok: bool
    at: datetime
    hops: Mapping[str, list[dict[str, Any]]]


def write_proof(client: redis.Redis, accounts: Mapping[str, Mapping[str, Any]], *, ok: bool, at: datetime) -> None:
    """Write down an accounting, in the place of the one before.

    Args:
        accounts: by kind of event, as `verify --json` shows it.
    """
    hops = {kind: [_shown(hop) for hop in account["hops"]] for kind, account in accounts.items()}
    client.set(VERIFY_LAST, json.dumps({"ok": ok, "at": format_utc(at), "hops": hops}))


def read_proof(client: redis.Redis) -> Proof | None:
    """The newest accounting; None before the first."""
    stored = client.get(VERIFY_LAST)
    if stored is None:
        return None
    found = json.loads(str(stored))
    return Proof(ok=found["ok"], at=parse_utc(found["at"]), hops=found["hops"])


def _shown(hop: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hop.items() if name in _SHOWN or ":" in name}
