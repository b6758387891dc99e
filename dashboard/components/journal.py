"""Runs of the batch, backups, the last proof and the newest events, each as its own list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.commands import worded
from dashboard.components.panel import notice
from dashboard.components.tables import Cell, plain_table
from dashboard.components.times import moment
from dashboard.queries.journal import LoggedEvent, Run
from dashboard.wording import NOTHING, ago, count
from tickertape.control.proof import Proof
from tickertape.domain.sizes import size_label
from tickertape.domain.times import parse_utc

_RUN_COUNTS = {"new_objects": "New objects", "tweets": "Tweets", "written_items": "Written", "deleted_items": "Deleted"}
# Longer values are cut: an event is one line or two.
_MOST_VALUE = 120
# A field of an event that is a time.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def run_table(runs: Sequence[Run]) -> Component:
    """The newest runs of the batch."""
    if not runs:
        return notice("The batch has not run yet: `tickertape batch run`, or wait until the first events have arrived.")
    heads = ["Started", "Result", "Took", *_RUN_COUNTS.values()]
    return plain_table("Runs of the batch", heads, [_run(run) for run in runs], texts=(0, 1))


def _run(run: Run) -> list[Cell]:
    counts = [count(run.counts[name]) if name in run.counts else NOTHING for name in _RUN_COUNTS]
    if run.state == "done":
        result: Cell = "rebuilt" if run.rebuild else "done"
    else:
        result = html.Span(["failed", html.Span(f": {run.error}", className="why")], className="bad")
    return [moment(run.started_at), result, f"{run.seconds:.1f} s", *counts]


def backup_list(
    state: Mapping[str, Any], made: Sequence[LoggedEvent], now: datetime, wall: datetime
) -> list[Component]:
    """The newest backup with its age, what is wrong, and the ones before it.

    Args:
        state: as `tickertape.control.backup.backup_state` gives it.
        made: the event of each backup, the newest first.
        now: the time on the shared clock, by which backups are due.
    """
    parts: list[Component] = []
    if state["overdue"]:
        late = f"Overdue: the backup of {state['due']} was not made. See `tickertape logs backup`."
        parts.append(html.P(worded(late), className="bad"))
    if state["problem"]:
        parts.append(html.P(f"The last attempt failed: {state['problem']}", className="bad"))
    last = state["last"]
    if last is None:
        return [
            *parts,
            notice("No backup yet. One is made after each close; `tickertape backup now` makes one at once."),
        ]
    parts.append(
        html.P(
            [
                html.Strong(f"{ago(state['age_s'])}: "),
                f"{count(last['documents'])} documents, {size_label(last['bytes'])}; stands for ",
                moment(parse_utc(last["stands_for"])),
                *_next_due(state, now),
                ".",
            ]
        )
    )
    rows: list[list[Cell]] = [
        [
            str(one.fields.get("backup", NOTHING)),
            moment(one.wall or one.at),
            ago((wall - (one.wall or one.at)).total_seconds()),
            count(one.fields.get("documents", 0)),
            size_label(int(one.fields.get("bytes", 0))),
        ]
        for one in made
    ]
    if rows:
        parts.append(plain_table("Backups", ["Backup", "Made", "Age", "Documents", "Size"], rows, texts=(0, 1)))
    return parts


def _next_due(state: Mapping[str, Any], now: datetime) -> list[str | Component]:
    if not state["due"] or state["overdue"]:
        return []
    due = parse_utc(state["due"])
    return [". Next due " if due > now else ". Next one due since ", moment(due)]


def proof_list(proof: Proof | None, wall: datetime) -> list[Component]:
    """What `verify` found last: whether everything was accounted for, hop by hop."""
    if proof is None:
        return [
            notice("Nobody has proved yet that nothing was lost: `tickertape verify` does, and its result stands here.")
        ]
    verdict = "everything is accounted for" if proof.ok else "NOT whole: `tickertape verify` names the ids"
    age = ago((wall - proof.at).total_seconds())
    said = html.P(
        [html.Strong(worded(f"{age}: {verdict}"), className="" if proof.ok else "bad"), " (", moment(proof.at), ")."]
    )
    rows: list[list[Cell]] = [
        [f"{kind}, {hop['hop']}", count(hop["in"]), count(hop.get("delivered", 0)), _otherwise(hop), _wrong(hop)]
        for kind, hops in proof.hops.items()
        for hop in hops
    ]
    return [said, plain_table("The last accounting", ["Hop", "In", "Delivered", "Turned away", "Wrong"], rows)]


def _otherwise(hop: Mapping[str, Any]) -> Cell:
    others = {name: number for name, number in hop.items() if ":" in name}
    said = ", ".join(f"{name.replace('_', ' ')} {count(number)}" for name, number in sorted(others.items()))
    return html.Span(count(sum(others.values())), title=said, tabIndex="0", className="explained") if others else "0"


def _wrong(hop: Mapping[str, Any]) -> Cell:
    if hop["ok"]:
        return "0"
    return html.Strong(f"{count(hop['missing'])} missing, {count(hop['unexpected'])} too many", className="bad")


def event_list(events: Sequence[LoggedEvent], *, only_problems: bool) -> list[Component]:
    """The newest events, the newest first."""
    if events:
        return [_event(one) for one in events]
    if only_problems:
        return [notice("No warning and no error among the newest events.")]
    return [notice("Nothing has happened yet. Services tell here what they do; see `tickertape logs --events`.")]


def _event(one: LoggedEvent) -> Component:
    fields = {"id": one.correlation, **one.fields} if one.correlation else one.fields
    shown = [
        html.Span([html.Span(f"{name.replace('_', ' ')} ", className="faint"), _value(value)], className="event-field")
        for name, value in fields.items()
    ]
    return html.Article(
        [
            html.Header(
                [
                    html.Span(one.level, className=f"level {one.level}"),
                    html.Strong(one.name.replace("_", " ")),
                    html.Span(one.service, className="faint"),
                    moment(one.at),
                ]
            ),
            html.Div(shown, className="event-fields") if shown else None,
        ],
        key=one.id,
        className="event",
        **dashed(data_event=one.name),
    )


def _value(value: Any) -> Component:
    text = str(value)
    if _TIME.fullmatch(text):
        return html.Span(moment(parse_utc(text)), className="event-value")
    return html.Bdi(text if len(text) <= _MOST_VALUE else f"{text[:_MOST_VALUE]}…", className="event-value")
