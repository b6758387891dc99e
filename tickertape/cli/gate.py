"""`tickertape gate`: the market-hours gate as it is, and overriding it."""

from __future__ import annotations

from typing import Annotated

import typer

from tickertape.cli.console import WRONG_CALL, fail

_MODES = ("auto", "open", "closed")
_SERVICES = ("stocks", "twitter")


def gate(
    mode: Annotated[
        str | None, typer.Argument(help="auto: by the exchange's calendar; open or closed: whatever the calendar says.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only the gate of stocks or of twitter.", metavar="NAME")
    ] = None,
) -> None:
    """Show the gate, or set who decides; services take it up within a second."""
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.gate import read_gate, set_mode
    from tickertape.control.redis_client import connect
    from tickertape.domain.market_hours import GateMode, describe

    if mode is not None and mode not in _MODES:
        fail(f"gate: one of {', '.join(_MODES)} was expected, {mode!r} came", WRONG_CALL)
    if source is not None and source not in _SERVICES:
        fail(f"--source: stocks or twitter was expected, {source!r} came", WRONG_CALL)
    client = connect(attach().redis_url.get_secret_value())
    try:
        if mode is not None:
            set_mode(client, GateMode(mode), source)
        found = read_gate(client)
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")
    typer.echo(f"market: {describe(found.state) if found.state else 'unknown'}")
    for service, decides in found.modes.items():
        typer.echo(f"{service}: {decides}")
    if found.is_stale:
        typer.echo("the manager gives no sign of life, so this is as it last was: `tickertape logs manager`")
