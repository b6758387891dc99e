"""`tickertape up`: check what was asked for, start the stack, let the tape play."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tickertape.cli.console import WRONG_CALL, CommandFailed, LiveReport, fail

if TYPE_CHECKING:
    from tickertape.stack.clock_plan import ClockPlan
    from tickertape.stack.container_start import ContainerStart
    from tickertape.stack.paths import Home
    from tickertape.stack.programme import Feed, Programme
    from tickertape.stack.record import StackRecord
    from tickertape.stack.start import Start

_RUNTIMES = ("auto", "compose", "airgap", "embedded")
_STDIN = "-"
# Where standard input is written down, for the service to follow.
_SPOOL = "tweets.jsonl"
_DEMO = Path("fixtures/demo")
_HINTS = (
    "status",
    'sql "SELECT ticker, count(*) AS n FROM mentions GROUP BY 1 ORDER BY 2 DESC LIMIT 10"',
    "logs twitter --follow",
)
_STILL_RUNS = "the stack still runs: `tickertape status` looks at it, `make down` stops it"


def up(
    runtime: Annotated[str, typer.Option(help="auto, compose, airgap or embedded.", metavar="NAME")] = "auto",
    tape: Annotated[
        str | None,
        typer.Option(help="A folder with tweets.jsonl[.gz] and/or bars*.csv[.gz].", metavar="PATH"),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(help="1 to 100000 times real time, or max: everything at once.", metavar="N|max"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help="Play from this time on, ISO 8601 with a zone.", metavar="TIME"),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Play until this time, ISO 8601 with a zone.", metavar="TIME")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="What happens now, from the sources that the settings name.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Take in what is appended to the tape's files; --tape - is standard input.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the tape has been played to its end.")] = False,
) -> None:
    """Start everything and play a tape; without one, the demo tape at 60 times real time."""
    began = time.monotonic()
    try:
        _check_runtime(runtime)
        _check_together(tape, speed, since or until, live, follow, wait)
        with LiveReport() as report:
            report.show("reading the tape")
            programme = _live() if live else _followed(tape) if follow else _replay(tape, speed, since, until)
            _start(_chosen(runtime, report), programme, wait, report, began)
        if tape == _STDIN and programme.feed.folder:
            _copy_standard_input(Path(programme.feed.folder))
    except CommandFailed as failed:
        fail(str(failed), failed.code)


def _check_runtime(runtime: str) -> None:
    if runtime not in _RUNTIMES:
        raise CommandFailed(f"--runtime: one of {', '.join(_RUNTIMES)} was expected, {runtime!r} came", WRONG_CALL)


def _chosen(runtime: str, report: LiveReport) -> str:
    from tickertape.stack.environment import user_environment
    from tickertape.stack.paths import repository
    from tickertape.stack.runtimes import choose

    if runtime != "auto":
        return runtime
    report.show("looking for Docker")
    choice = choose(repository(), user_environment(repository(), os.environ))
    report.say(f"runtime: {choice.runtime} ({choice.why})")
    return choice.runtime


def _check_together(
    tape: str | None, speed: str | None, window: str | None, live: bool, follow: bool, wait: bool
) -> None:
    if live and (tape or follow):
        raise CommandFailed("--live takes neither --tape nor --follow: it reads what happens now", WRONG_CALL)
    if (live or follow) and (speed or window or wait):
        raise CommandFailed("--speed, --from, --to and --wait are for a tape, which ends; this does not", WRONG_CALL)
    if follow and tape is None:
        raise CommandFailed("--follow needs --tape FOLDER, or --tape - for standard input", WRONG_CALL)
    if tape == _STDIN and not follow:
        raise CommandFailed("--tape - is standard input and needs --follow", WRONG_CALL)


def _live() -> Programme:
    """What the settings name; sources that need no key otherwise."""
    from tickertape.stack.environment import user_environment
    from tickertape.stack.paths import repository
    from tickertape.stack.programme import Feed, Programme

    given = user_environment(repository(), os.environ)
    feed = Feed(
        tweets=given.get("TICKERTAPE_TWEETS_SOURCE") or "jetstream", bars=given.get("TICKERTAPE_BARS_SOURCE") or "yahoo"
    )
    _check_settings(feed)
    return Programme(feed, "live", None)


def _followed(tape: str | None) -> Programme:
    from tickertape.cli.context import home
    from tickertape.stack.programme import Feed, Programme
    from tickertape.stack.tape_facts import plain_name

    is_stdin = tape == _STDIN
    folder = home().root / "stdin" if is_stdin else Path(tape or "").expanduser().resolve()
    if is_stdin:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _SPOOL).touch()
    if not folder.is_dir():
        raise CommandFailed(f"--follow: {folder} is no folder", WRONG_CALL)
    feed = Feed(tweets="follow", bars="none" if is_stdin else "follow", folder=str(folder))
    return Programme(feed, f"follow-{plain_name(folder)}", None)


def _check_settings(feed: Feed) -> None:
    """Every wrong or missing setting now, and not in the log of a service."""
    from tickertape.settings import BadSettings, load

    os.environ.update({name: value for name, value in feed.variables().items() if value})
    try:
        load()
    except BadSettings as error:
        raise CommandFailed(str(error), WRONG_CALL) from error


def _copy_standard_input(folder: Path) -> None:
    """Append what comes on standard input to the file that the service follows, until it ends."""
    with (folder / _SPOOL).open("ab") as spool:
        for line in sys.stdin.buffer:
            spool.write(line if line.endswith(b"\n") else line + b"\n")
            spool.flush()


def _replay(tape: str | None, speed: str | None, since: str | None, until: str | None) -> Programme:
    """What is to be played; ends the command with one line when that cannot be."""
    from tickertape.control.clock import wall_time
    from tickertape.domain.times import format_utc
    from tickertape.domain.virtual_clock import BadSpeed, parse_speed
    from tickertape.stack.environment import user_environment
    from tickertape.stack.paths import repository
    from tickertape.stack.programme import Feed, Programme, Replay
    from tickertape.stack.tape_facts import BadTape, dataset_name, read_facts
    from tickertape.usecases.classify import Window

    repo = repository()
    given = user_environment(repo, os.environ)
    tape = tape if tape is not None else given.get("TICKERTAPE_TAPE") or None
    since = since if since is not None else given.get("TICKERTAPE_SINCE") or None
    until = until if until is not None else given.get("TICKERTAPE_UNTIL") or None
    window = Window(_time("--from", since), _time("--to", until))
    if window.since and window.until and window.since > window.until:
        raise CommandFailed(f"--from {since} is after --to {until}", WRONG_CALL)
    folder = (repo / _DEMO if tape is None else Path(tape).expanduser()).resolve()
    try:
        pace = None if speed is None else parse_speed(speed)
        replay = Replay(
            facts=read_facts(folder, window, wall_time()),
            window=window,
            is_demo=tape is None,
            speed=pace,
            asked_speed=speed is not None,
        )
        feed = Feed(
            tweets="tape",
            bars="tape",
            folder=str(folder),
            since=format_utc(window.since) if window.since else None,
            until=format_utc(window.until) if window.until else None,
        )
        _check_settings(feed)
        return Programme(feed, dataset_name(folder, window), replay)
    except BadSpeed as error:
        raise CommandFailed(f"--speed: {error}", WRONG_CALL) from error
    except BadTape as error:
        raise CommandFailed(str(error), WRONG_CALL) from error
    except OSError as error:
        raise CommandFailed(f"the tape cannot be read: {error}", WRONG_CALL) from error


def _time(option: str, text: str | None) -> datetime | None:
    from tickertape.domain.times import parse_utc

    if text is None:
        return None
    try:
        return parse_utc(text)
    except (ValueError, OverflowError) as error:
        raise CommandFailed(
            f"{option}: a time such as 2025-11-28T14:30:00Z was expected, with its zone; {text!r} came",
            WRONG_CALL,
        ) from error


def _start(runtime: str, programme: Programme, wait: bool, report: LiveReport, began: float) -> None:
    from redis import RedisError

    from tickertape.cli.context import home
    from tickertape.control.batch import BatchFailed
    from tickertape.stack.bundle import BundleError
    from tickertape.stack.compose_file import BadComposeFile
    from tickertape.stack.containers import DockerFailed
    from tickertape.stack.delivery import DeliveryStalled
    from tickertape.stack.embedded import CannotEmbed
    from tickertape.stack.images import ImagesFailed
    from tickertape.stack.paths import repository
    from tickertape.stack.port_choice import BadPort, PortTaken
    from tickertape.stack.preflight import PreflightFailed
    from tickertape.stack.running import AlreadyRuns, Busy, only_one
    from tickertape.stack.secret_files import NoUsers
    from tickertape.stack.startup import StartFailed
    from tickertape.stack.supervision import SupervisorError

    repo, place = repository(), home()
    try:
        place.make()
        with only_one(place):
            start = _start_of(runtime, repo, place, programme, report)
            record = start.run()
        try:
            plan = start.deliver(record, wait)
        except (DeliveryStalled, StartFailed, BatchFailed, RedisError) as error:
            raise CommandFailed(f"{error}\n{_STILL_RUNS}") from error
    except AlreadyRuns as runs:
        _say_it_runs(runs.record, programme, report)
    except BadPort as error:
        raise CommandFailed(str(error), WRONG_CALL) from error
    except (
        Busy,
        PortTaken,
        PreflightFailed,
        BadComposeFile,
        CannotEmbed,
        BundleError,
        DockerFailed,
        ImagesFailed,
        NoUsers,
        SupervisorError,
        StartFailed,
    ) as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(f"{place.root}: {error}") from error
    except KeyboardInterrupt as interrupt:
        raise CommandFailed(
            "interrupted: `tickertape status` says what runs, `make down` stops it", code=130
        ) from interrupt
    else:
        _say_done(record, plan, report, time.monotonic() - began)


def _start_of(
    runtime: str, repo: Path, place: Home, programme: Programme, report: LiveReport
) -> Start | ContainerStart:
    from tickertape.stack.container_start import ContainerStart
    from tickertape.stack.runtimes import EMBEDDED
    from tickertape.stack.start import Start

    if runtime == EMBEDDED:
        return Start(repo, place, programme, os.environ, lambda: _deploy(repo, place), report)
    return ContainerStart(runtime, repo, place, programme, os.environ, report)


def _deploy(repo: Path, place: Home) -> None:
    from tickertape.stack.deployment import deploy
    from tickertape.stack.environment import user_environment

    deploy(repo, place.build, user_environment(repo, os.environ))


def _say_it_runs(record: StackRecord, programme: Programme, report: LiveReport) -> None:
    playing = record.tape or "live"
    if record.dataset != programme.dataset:
        raise CommandFailed(f"{playing} ({record.dataset}) runs: `make down` first, then start {programme.title}")
    report.say(f"it runs already: {record.urls['dashboard']} shows {playing}; `tickertape status` says more")


def _say_done(record: StackRecord, plan: ClockPlan | None, report: LiveReport, seconds: float) -> None:
    program = "tickertape" if Path(sys.argv[0]).name != "tickertape" else sys.argv[0]
    report.say(f"up in {seconds:.0f} s: {record.urls['dashboard']}")
    if plan and plan.speed is not None and not plan.is_paced:
        report.say("an earlier run played this tape to its end; `make clean` forgets that")
    for hint in _HINTS:
        report.say(f"  try: {program} {hint}")
    report.say("  end: make down (keeps the data)")
