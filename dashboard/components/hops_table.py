"""The hops as a table: how many events came that far, and how far behind each is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.components.tables import Cell, plain_table
from dashboard.components.times import moment
from dashboard.queries.hops import KINDS, Arrived, Intake
from dashboard.wording import NOTHING, ago, count

# In the order in which an event meets them.
_SINKS = {"kinesis": "Kinesis", "firehose": "Firehose", "mongo": "the data store", "ledger": "the quarantine"}
# A service whose loop has not turned for so long is in trouble, seconds; its health check says the same.
_SILENT_S = 30.0
_ALL = tuple(KINDS.values())


def hops_table(intakes: Mapping[str, Intake], arrived: Arrived | None, now: datetime, wall: datetime) -> Component:
    """From the source to the served counts.

    Args:
        arrived: None while DynamoDB is away.
        now: the time on the shared clock.
    """
    rows: list[list[Cell]] = [
        ["Read from the source", *(_counted(intakes[kind], "read") for kind in _ALL), _states(intakes)],
        ["Accepted", *(_counted(intakes[kind], "accepted") for kind in _ALL), ""],
        ["Filtered", *(_away(intakes[kind], "filtered") for kind in _ALL), "well-formed, not wanted"],
        ["Quarantined", *(_away(intakes[kind], "quarantined") for kind in _ALL), "kept with their bytes"],
        *([f"Waiting for {words}", *_waiting(intakes, sink), _depth(intakes, sink)] for sink, words in _SINKS.items()),
    ]
    if arrived is None:
        rows += [[name, NOTHING, NOTHING, "DynamoDB does not answer"] for name in ("Newest in the live tables",)]
    else:
        rows += _arrivals(arrived, now, wall)
    return plain_table("Counts by hop", ["Hop", "Tweets", "Bars", "Lag, or why"], rows, texts=(0, 3))


def _arrivals(arrived: Arrived, now: datetime, wall: datetime) -> list[list[Cell]]:
    batched = [count(arrived.batched[kind]) if kind in arrived.batched else NOTHING for kind in _ALL]
    age = f"batch {ago((wall - arrived.batched_at).total_seconds())}" if arrived.batched_at else "no batch yet"
    served = NOTHING if arrived.served is None else count(arrived.served)
    return [
        ["Newest in the live tables", *(_newest(arrived.newest.get(kind)) for kind in _ALL), _behind(arrived, now)],
        ["In the batch's tables", *batched, age],
        ["Counted for pages", served, NOTHING, age],
    ]


def _counted(intake: Intake, name: str) -> str:
    return count(intake.counts.get(name, 0)) if intake.state else NOTHING


def _away(intake: Intake, outcome: str) -> Cell:
    reasons = intake.turned_away(outcome)
    if not intake.state or not reasons:
        return "0" if intake.state else NOTHING
    said = ", ".join(f"{reason.replace('_', ' ')} {count(number)}" for reason, number in reasons.items())
    return html.Span(count(sum(reasons.values())), title=said, tabIndex="0", className="explained")


def _states(intakes: Mapping[str, Intake]) -> Cell:
    return [part for kind in _ALL for part in (_state(kind, intakes[kind]), "; ")][:-1]


def _state(kind: str, intake: Intake) -> str | Component:
    if not intake.state:
        return f"{kind}: not begun"
    if intake.silent_s is not None and intake.silent_s > _SILENT_S:
        return html.Strong(f"{kind}: silent for {intake.silent_s:.0f} s", className="bad")
    return f"{kind}: {intake.state}"


def _waiting(intakes: Mapping[str, Intake], sink: str) -> list[Cell]:
    return [count(intakes[kind].waiting[sink]) if sink in intakes[kind].waiting else NOTHING for kind in _ALL]


def _depth(intakes: Mapping[str, Intake], sink: str) -> str:
    known = [intake.waiting[sink] for intake in intakes.values() if sink in intake.waiting]
    if not known:
        return ""
    return f"{count(sum(known))} in the outbox" if any(known) else "nothing waits"


def _newest(at: datetime | None) -> Cell:
    return NOTHING if at is None else moment(at)


def _behind(arrived: Arrived, now: datetime) -> str:
    """How far the newest events are behind the shared clock, in market time."""
    said = [
        f"{kind} {ago(max(0.0, (now - at).total_seconds())).removesuffix(' ago')}"
        for kind, at in arrived.newest.items()
        if at is not None
    ]
    return f"behind the clock: {', '.join(said)}" if said else "nothing has arrived"
