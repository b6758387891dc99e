"""Follows a tape on its way in: when ingest has delivered it, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

from tickertape.control.keys import counters, progress
from tickertape.control.progress import read_progress

INGEST = ("twitter", "stocks")
_POLL_S = 0.1
# Without any change for this long something is stuck, seconds.
_STALLED_S = 120.0


class DeliveryStalled(Exception):
    """Nothing has moved for long; the message says where it stands."""


@dataclass(frozen=True, slots=True)
class Intake:
    """How far one ingest service is."""

    service: str
    state: str
    read: int
    outbox: int

    def is_in(self, whole: bool) -> bool:
        """Whether everything due was delivered; with `whole`, the tape to its end."""
        return self.outbox == 0 and self.state in (("done",) if whole else ("done", "waiting"))


def forget_hearts(client: redis.Redis) -> None:
    """Take away what services of an earlier start last reported, so that it is not taken for the new ones'."""
    for service in (*INGEST, "manager", "eventlog", "backup", "spark", "dashboard"):
        client.hdel(progress(service), "state", "beat")


def forget_counts(client: redis.Redis) -> None:
    """Take away what was counted before a tape is delivered again from its beginning."""
    for service in INGEST:
        client.delete(progress(service), counters(service))


def intakes(client: redis.Redis) -> list[Intake]:
    """How far the ingest services are."""
    return [_intake(service, read_progress(client, service)) for service in INGEST]


def wait_delivered(
    client: redis.Redis,
    whole: bool,
    show: Callable[[list[Intake]], None],
    stalled_s: float = _STALLED_S,
    idle_s: Callable[[], float] = lambda: 0.0,
) -> None:
    """Wait until everything due was delivered; with `whole`, until the tape has ended.

    Args:
        idle_s: how much longer nothing may happen because the clock has not come so far, seconds.

    Raises:
        DeliveryStalled: nothing moves.
    """
    before: list[Intake] = []
    moved = time.monotonic()
    while True:
        now = intakes(client)
        show(now)
        if all(intake.is_in(whole) for intake in now):
            return
        if now != before:
            before, moved = now, time.monotonic()
        if time.monotonic() - moved > stalled_s + idle_s():
            raise DeliveryStalled(_describe(now, stalled_s))
        time.sleep(_POLL_S)


def _intake(service: str, reported: dict[str, str]) -> Intake:
    return Intake(
        service=service,
        state=reported.get("state", "starting"),
        read=int(reported.get("read", 0)),
        outbox=int(reported.get("outbox", 0)),
    )


def _describe(now: list[Intake], stalled_s: float) -> str:
    where = ", ".join(f"{one.service} is {one.state} at record {one.read} with {one.outbox} to deliver" for one in now)
    return f"nothing has moved for {stalled_s:.0f} s: {where}; see `tickertape logs twitter` and `… logs stocks`"
