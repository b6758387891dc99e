"""`tickertape logs`: what the services wrote."""

from __future__ import annotations

import os
import time
from collections import deque
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from tickertape.cli.console import WRONG_CALL, fail

_POLL_S = 0.2


def logs(
    service: Annotated[str | None, typer.Argument(help="One service; all of them without.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written from now on.")] = False,
    events: Annotated[
        bool,
        typer.Option("--events", help="The event log instead: openings, failures, switches, with their market time."),
    ] = False,
    level: Annotated[
        str | None,
        typer.Option("--level", help="Events of this level and above: info, warning, error.", metavar="NAME"),
    ] = None,
    about: Annotated[str | None, typer.Option("--id", help="Events about one tweet or bar.", metavar="ID")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines back.")] = 100,
) -> None:
    """Print the end of the services' logs, also of a stack that is down."""
    from tickertape.cli.context import home

    if events or level or about:
        _print_events(service, level or "info", about, lines)
        return
    _show_containers(service, follow, lines)
    found = {path.stem: path for path in sorted(home().logs.glob("*.log"))}
    if service is not None and service not in found:
        known = f"there are {', '.join(found)}" if found else "there are none yet: `make up` writes them"
        fail(f"no log of {service!r}; {known}", WRONG_CALL if found else 1)
    if not found:
        fail("there are no logs yet: `make up` writes them")
    chosen = found if service is None else {service: found[service]}
    width = max(map(len, chosen)) if len(chosen) > 1 else 0
    tails = {name: _Tail(path) for name, path in chosen.items()}
    try:
        for name, tail in tails.items():
            _print(name, tail.last(lines), width)
        while follow:
            for name, tail in tails.items():
                _print(name, tail.new(), width)
            time.sleep(_POLL_S)
    except (KeyboardInterrupt, BrokenPipeError):
        pass


def _show_containers(service: str | None, follow: bool, lines: int) -> None:
    """Hand over to Compose when the stack runs in Docker, which keeps its containers' logs; return otherwise."""
    from tickertape.cli.context import home
    from tickertape.stack.containers import Compose
    from tickertape.stack.running import running_record

    record = running_record(home())
    if record is None or not record.project:
        return
    if service is not None and service not in record.names():
        fail(f"no log of {service!r}; there are {', '.join(record.names())}", WRONG_CALL)
    words = ["logs", "--tail", str(lines), *(["--follow"] if follow else []), "--no-color"]
    words += ["--no-log-prefix", service] if service else []
    Compose.of_project(Path(record.repo), record.project).replace_process(*words)


def _print_events(service: str | None, level: str, about: str | None, count: int) -> None:
    """The newest events that the eventlog service has kept, the oldest of them first."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    from tickertape.cli.context import attach
    from tickertape.control.events import LEVELS

    if level not in LEVELS:
        fail(f"--level: one of {', '.join(LEVELS)} was expected, {level!r} came", WRONG_CALL)
    wanted: dict[str, Any] = {"level": {"$in": list(LEVELS[LEVELS.index(level) :])}}
    wanted |= {"service": service} if service else {}
    wanted |= {"correlation": about} if about else {}
    try:
        with MongoClient[dict[str, Any]](attach().mongo_url.get_secret_value(), serverSelectionTimeoutMS=3000) as mongo:
            found = list(mongo["tickertape"]["events"].find(wanted).sort("_id", -1).limit(count))
    except PyMongoError as error:
        fail(f"the data store does not answer ({error}): `tickertape status` says more")
    for one in reversed(found):
        fields = " ".join(f"{name}={value}" for name, value in one["fields"].items() if value != "")
        typer.echo(f"{one['at']} {one['level']:<7} {one['service']:<8} {one['event']} {one['correlation']}{fields}")


def _print(name: str, lines: list[str], width: int) -> None:
    for line in lines:
        typer.echo(f"{name:<{width}} | {line}" if width else line)


class _Tail:
    """The end of a file that grows, and that is moved away when it has grown too much."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._open()
        self._half = ""

    def _open(self) -> IO[str]:
        return self._path.open(encoding="utf-8", errors="replace")

    def last(self, count: int) -> list[str]:
        """The last lines there are."""
        return [line.rstrip("\n") for line in deque(self._file, maxlen=count)]

    def new(self) -> list[str]:
        """The whole lines that came since."""
        read = self._half + self._file.read()
        if self._is_moved():
            read += self._file.read()
            self._file.close()
            self._file = self._open()
            read += self._file.read()
        *whole, self._half = read.split("\n")
        return whole

    def _is_moved(self) -> bool:
        try:
            return os.fstat(self._file.fileno()).st_ino != self._path.stat().st_ino
        except OSError:
            return False  # between moving and making anew
