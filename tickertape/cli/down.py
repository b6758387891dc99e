"""`tickertape down` stops the stack and keeps its data; `clean` removes that too."""

from __future__ import annotations

import typer

from tickertape.cli.console import fail


def down() -> None:
    """Stop everything; the data stays."""
    stopped = _stop()
    typer.echo("down" if stopped else "nothing is running")


def clean() -> None:
    """Stop everything and remove its state: data, logs and builds."""
    from tickertape.cli.context import home
    from tickertape.stack.containers import DockerFailed
    from tickertape.stack.stopping import remove_state

    _stop()
    place = home()
    try:
        remove_state(place)
    except DockerFailed as error:
        fail(f"a volume could not be removed: {error}")
    typer.echo(f"removed the state in {place.root}")


def _stop() -> list[str]:
    from tickertape.cli.context import home
    from tickertape.stack.containers import DockerFailed
    from tickertape.stack.stopping import stop_stack

    try:
        return stop_stack(home(), typer.echo)
    except (OSError, DockerFailed) as error:
        fail(f"cannot stop: {error}")
