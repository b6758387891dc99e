"""How a command finds the running stack: from any folder, without being told anything."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tickertape.cli.console import fail

if TYPE_CHECKING:
    from tickertape.settings import Settings
    from tickertape.stack.paths import Home
    from tickertape.stack.record import StackRecord

NOTHING_RUNS = "nothing is running: start it with `make up`"


def home() -> Home:
    """Where this repository's stack keeps its state."""
    from tickertape.stack.environment import user_environment
    from tickertape.stack.paths import Home, repository

    repo = repository()
    return Home.of(repo, user_environment(repo, os.environ))


def running() -> StackRecord:
    """The running stack; ends the command when there is none."""
    from tickertape.stack.running import running_record

    record = running_record(home())
    if record is None:
        fail(NOTHING_RUNS)
    return record


def attach() -> Settings:
    """Point this process at the running stack and read the settings.

    What the user set himself in the environment stays. Ends the command with a clear line when nothing runs, or when
    a setting is wrong.
    """
    from tickertape.settings import BadSettings, load
    from tickertape.stack.environment import enter, user_environment
    from tickertape.stack.paths import repository

    record = running()
    enter(record.environment, os.environ, force=False)
    # Settings reads `.env` in the current folder; a command is called from any.
    for name, value in user_environment(repository(), {}).items():
        os.environ.setdefault(name, value)
    try:
        return load()
    except BadSettings as error:
        fail(str(error), code=2)
