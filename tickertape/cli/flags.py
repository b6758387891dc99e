"""`tickertape flags`: which sinks get which events."""

from __future__ import annotations

from typing import Annotated

import typer

from tickertape.cli.console import WRONG_CALL, fail, print_json

app = typer.Typer(help="Show or set which sinks get which events.", invoke_without_command=True)


@app.callback()
def flags(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False
) -> None:
    """Show the flags; `flags set NAME on|off` changes one, and services take it up within a second."""
    if context.invoked_subcommand is not None:
        return
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.flags import read_flags
    from tickertape.control.redis_client import connect

    try:
        found = read_flags(connect(attach().redis_url.get_secret_value()))
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")
    if as_json:
        print_json(found)
        return
    for name, on in found.items():
        typer.echo(f"{name:<16} {'on' if on else 'off'}")


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(help="tweets.kinesis, bars.mongo, ...")],
    value: Annotated[str, typer.Argument(help="on or off")],
) -> None:
    """Turn one on or off. What comes while it is off is withheld from that sink; `redrive` brings it later."""
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.flags import UnknownFlag, set_flag
    from tickertape.control.redis_client import connect

    if value not in ("on", "off"):
        fail(f"on or off was expected, {value!r} came", WRONG_CALL)
    try:
        set_flag(connect(attach().redis_url.get_secret_value()), name, value == "on")
    except UnknownFlag as error:
        fail(str(error), WRONG_CALL)
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")
    typer.echo(f"{name} is {value}")
