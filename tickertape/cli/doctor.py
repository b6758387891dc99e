"""`tickertape doctor`: is everything there that `up` needs?"""

from __future__ import annotations

import os

import typer

from tickertape.cli.console import FAILED, WRONG_CALL, fail


def doctor() -> None:
    """Check what `up` needs and which runtime it would take; exits 0 when nothing stands in its way."""
    from rich.console import Console
    from rich.table import Table

    from tickertape.cli.context import home
    from tickertape.stack.environment import user_environment
    from tickertape.stack.paths import repository
    from tickertape.stack.port_choice import BadPort
    from tickertape.stack.preflight import Verdict, run_checks
    from tickertape.stack.running import running_record
    from tickertape.stack.runtimes import check_docker, choose, left_out, needs_of

    repo, place = repository(), home()
    record = running_record(place)
    ours = frozenset(record.ports.values()) if record else frozenset()
    try:
        given = user_environment(repo, os.environ)
        choice = choose(repo, given)
        checks = [*run_checks(repo, place.root, given, ours), *check_docker(repo, given)]
    except BadPort as error:
        fail(str(error), WRONG_CALL)
    table = Table(box=None, pad_edge=False)
    for column in ("", "check", "found", "what to do"):
        table.add_column(column, overflow="fold")
    colours = {Verdict.GOOD: "green", Verdict.WARNING: "yellow", Verdict.BAD: "red"}
    for check in checks:
        table.add_row(f"[{colours[check.verdict]}]{check.verdict}[/]", check.name, check.found, check.remedy)
    console = Console(highlight=False)
    console.print(table)
    console.print(f"`up` takes the runtime {choice.runtime} ({choice.why})", markup=False)
    if missing := left_out(choice.runtime, given):
        console.print(missing)
    if any(check.verdict is Verdict.BAD for check in checks if check.name in needs_of(choice.runtime)):
        raise typer.Exit(FAILED)
