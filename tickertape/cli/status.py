"""`tickertape status`: what runs, and how it is."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickertape.cli.console import FAILED, fail, print_json
from tickertape.domain.sizes import size_label

if TYPE_CHECKING:
    from tickertape.stack.record import StackRecord
    from tickertape.stack.status import StackStatus

_WIDE = 200
_EVENTS = 50


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Say how each service is; exits 0 when all of them are healthy."""
    from tickertape.cli.context import NOTHING_RUNS, home
    from tickertape.stack.compose_file import BadComposeFile
    from tickertape.stack.embedded import CannotEmbed
    from tickertape.stack.running import running_record
    from tickertape.stack.status import read_status

    place = home()
    record = running_record(place)
    if record is None:
        if as_json:
            print_json({"running": False, "services": {}})
        fail(NOTHING_RUNS)
    try:
        found = read_status(record, place, os.environ)
    except (BadComposeFile, CannotEmbed) as error:
        fail(str(error))
    control = _control_plane(record)
    if as_json:
        print_json(_document(found) | (control or {}))
    else:
        _print_table(found)
        _print_control(control)
    if not found.ok:
        raise typer.Exit(FAILED)


def _control_plane(record: StackRecord) -> dict[str, Any] | None:
    """Clock, gate, flags, counts and events; None while Redis does not answer, which the services' health says."""
    from redis import Redis, RedisError

    from tickertape.control.overview import control_plane

    client = Redis.from_url(
        record.urls["redis"], decode_responses=True, socket_connect_timeout=1, socket_timeout=5, retry=None
    )
    try:
        with client:
            return control_plane(client, _EVENTS)
    except RedisError:
        return None


def _print_control(control: dict[str, Any] | None) -> None:
    if control is None:
        typer.echo("clock, gate and flags: Redis does not answer")
        return
    clock, gate = control["clock"], control["gate"]
    if clock["kind"] == "replay":
        typer.echo(
            f"clock: {clock['now']}, {'running' if clock['running'] else 'standing'} at speed {clock['speed']:g}"
        )
    else:
        typer.echo(f"clock: {clock.get('why') or clock['now'] + ', the wall clock'}")
    until = f" until {gate['until']}" if gate["until"] else ""
    typer.echo(f"gate: {gate['state'] or 'unknown'} ({gate['reason']}){until}")
    for service, mode in gate["modes"].items():
        if mode != "auto":
            typer.echo(f"gate of {service}: held {mode}, whatever the calendar says (`tickertape gate auto`)")
    if gate["stale"]:
        typer.echo("gate: the manager gives no sign of life, so this is as it last was: `tickertape logs manager`")
    for name, on in control["flags"].items():
        if not on:
            typer.echo(f"flag {name} is off: what comes is withheld (`tickertape flags set {name} on`)")
    _print_backup(control["backup"])
    for service, ingest in control["ingest"].items():
        typer.echo(f"{service}: {ingest['state'] or 'has not begun'}, {ingest['outbox']:,} to deliver")


def _print_backup(backup: dict[str, Any]) -> None:
    last = backup["last"]
    if last is None:
        typer.echo("backup: none yet")
    else:
        typer.echo(
            f"backup: {last['id']}, {last['documents']:,} documents, {size_label(last['bytes'])}, "
            f"{_duration(backup['age_s'])} old; it stands for {last['stands_for']}"
        )
    if backup["overdue"]:
        typer.echo(f"backup: OVERDUE, the one of {backup['due']} was not made: `tickertape logs backup` says why")
    if backup["problem"]:
        typer.echo(f"backup: {backup['problem']}")


def _document(found: StackStatus) -> dict[str, Any]:
    from dataclasses import asdict

    record = found.record
    return {
        "running": True,
        "ok": found.ok,
        "runtime": record.runtime,
        "phase": record.phase,
        "supervised": found.supervised,
        "tape": record.tape,
        "dataset": record.dataset,
        "from": record.feed["since"],
        "to": record.feed["until"],
        "speed": record.speed,
        "url": record.urls["dashboard"],
        "urls": record.urls,
        "started_at": record.started_at,
        "services": {name: asdict(service) for name, service in found.services.items()},
    }


def _print_table(found: StackStatus) -> None:
    from rich.console import Console
    from rich.table import Table

    record = found.record
    table = Table(box=None, pad_edge=False)
    for column in ("service", "state", "health", "pid", "up", "port", "log"):
        table.add_column(column, overflow="fold")
    for name, service in found.services.items():
        table.add_row(
            name,
            service.state,
            service.health,
            str(service.pid or ""),
            "" if service.uptime_s is None else _duration(service.uptime_s),
            str(service.port or ""),
            _nearest(service.log),
        )
    # Without a terminal nothing is folded: another program reads the lines.
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
    console.print(table)
    for name, service in found.services.items():
        if service.detail:
            console.print(f"{name}: {service.detail}", markup=False)
    if not found.supervised:
        console.print("supervisord is gone, so nothing is restarted: `make down`, then `make up`")
    what = f"{record.tape} at speed {record.speed}" if record.speed else record.dataset
    console.print(f"{record.runtime}; {what}; {record.urls['dashboard']}")


def _nearest(log: str) -> str:
    """A file's path as it is shortest; a command is one already."""
    return min(log, os.path.relpath(log), key=len) if os.path.isabs(log) else log


def _duration(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{left:02}s" if minutes else f"{left}s"
