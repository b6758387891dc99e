"""`tickertape dashboard`: who may log in where others can reach the page."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tickertape.cli.console import WRONG_CALL, fail

app = typer.Typer(
    help="Let others see the dashboard: lines for the file of its users.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Let others see the dashboard: lines for the file of its users."""


@app.command()
def user(name: Annotated[str, typer.Argument(help="letters, digits and ._@-", metavar="NAME")]) -> None:
    """Print a line for TICKERTAPE_DASHBOARD_USERS_FILE; the password is asked for, or read from standard input."""
    from werkzeug.security import generate_password_hash

    from tickertape.domain.logins import LEAST_PASSWORD, BadUsers, check_name

    try:
        check_name(name)
    except BadUsers as error:
        fail(f"NAME: {error}", WRONG_CALL)
    password = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if len(password) < LEAST_PASSWORD:
        fail(f"a password of {LEAST_PASSWORD} characters or more was expected, one of {len(password)} came", WRONG_CALL)
    typer.echo(f"{name}:{generate_password_hash(password)}")


def _asked() -> str:
    from getpass import getpass

    # Asked on the terminal itself: standard output is the line, for a file.
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        fail("the two passwords differ; nothing was made", WRONG_CALL)
    return password
