"""`tickertape replay`: the tape's clock, while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from tickertape.cli.console import WRONG_CALL, fail

if TYPE_CHECKING:
    from tickertape.control.replay import ReplayControl
    from tickertape.domain.virtual_clock import ClockState

app = typer.Typer(help="Pause, seek and pace the tape that plays.", no_args_is_help=True)


@app.command()
def start(
    speed: Annotated[str, typer.Option(help="1 to 100000 times real time, or max.", metavar="N|max")] = "60",
) -> None:
    """Run the clock from the tape's beginning; what was delivered before changes nothing."""
    pace = _speed(speed)
    _turn(lambda control: control.start(pace))


@app.command()
def pause() -> None:
    """Let the clock stand."""
    _turn(lambda control: control.pause())


@app.command()
def resume() -> None:
    """Let the clock go on."""
    _turn(lambda control: control.resume())


@app.command()
def seek(time: Annotated[str, typer.Argument(help="ISO 8601 with a zone, 2014-06-09T13:30:00Z.")]) -> None:
    """Set the clock: everything up to that time comes at once; going back delivers nothing twice."""
    from tickertape.domain.times import parse_utc

    try:
        moment = parse_utc(time)
    except (ValueError, OverflowError) as error:
        fail(f"a time such as 2014-06-09T13:30:00Z was expected ({error})", WRONG_CALL)
    _turn(lambda control: control.seek(moment))


@app.command()
def speed(value: Annotated[str, typer.Argument(help="1 to 100000 times real time, or max.", metavar="N|max")]) -> None:
    """Another pace from now on; max delivers the rest of the tape at once."""
    pace = _speed(value)
    _turn(lambda control: control.speed(pace))


@app.command()
def stop() -> None:
    """Put the clock back to the tape's beginning and let it stand: what was not read yet stays on the tape."""
    _turn(lambda control: control.stop())


def _speed(text: str) -> float | None:
    from tickertape.domain.virtual_clock import BadSpeed, parse_speed

    try:
        return parse_speed(text)
    except BadSpeed as error:
        fail(str(error), WRONG_CALL)


def _turn(change: Callable[[ReplayControl], ClockState]) -> None:
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.clock import wall_time
    from tickertape.control.redis_client import connect
    from tickertape.control.replay import NothingReplays, ReplayControl, tell_clock_set
    from tickertape.domain.virtual_clock import BadClock

    client = connect(attach().redis_url.get_secret_value())
    try:
        state = change(ReplayControl(client))
    except NothingReplays as error:
        fail(str(error))
    except BadClock as error:
        fail(str(error), WRONG_CALL)
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")
    now = wall_time()
    typer.echo(tell_clock_set(client, state, now))
    if state.end is not None and state.now(now) >= state.end:
        typer.echo("that is the tape's end: `tickertape replay start` plays it again")
