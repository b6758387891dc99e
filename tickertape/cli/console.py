"""What the commands say: results on standard output, what goes on and what went wrong on standard error."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from datetime import datetime
from types import TracebackType
from typing import Any, NoReturn, Self

import typer

WRONG_CALL = 2
FAILED = 1
# Without a terminal a line that only says how far something is comes this often, seconds.
_PLAIN_EVERY_S = 5.0


class CommandFailed(Exception):
    """A command cannot go on; raised where something still has to be put away first, such as a spinner."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say what went wrong and end with that exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def printable(text: str) -> str:
    """What somebody else wrote, as one line without control characters (Cc): an ESC would steer the terminal."""
    return "".join(one for one in " ".join(text.split()) if unicodedata.category(one) != "Cc")


def utc_option(option: str, text: str | None) -> datetime | None:
    """The time that an option was given, aware UTC, None for an option without one; ends the command if it is none."""
    from tickertape.domain.times import parse_utc

    try:
        return parse_utc(text) if text else None
    except (ValueError, OverflowError):
        fail(f"{option}: a time such as 2025-11-28T14:30:00Z was expected, with its zone; {text!r} came", WRONG_CALL)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2, default=str))


class LiveReport:
    """Lines that stay, and one below them that says what goes on: with a spinner on a terminal, else now and then.

    Args:
        beside: on standard error, for a command whose standard output is its result.
    """

    def __init__(self, beside: bool = False) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True, stderr=beside)
        self._status = self._console.status("") if (sys.stderr if beside else sys.stdout).isatty() else None
        self._shown = ""
        self._shown_at = time.monotonic()

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(line, markup=False)

    def show(self, text: str) -> None:
        """What goes on right now."""
        if self._status:
            from rich.text import Text

            self._status.update(Text(text))
        elif text != self._shown and time.monotonic() - self._shown_at >= _PLAIN_EVERY_S:
            self.say(f"  {text}")
            self._shown, self._shown_at = text, time.monotonic()
