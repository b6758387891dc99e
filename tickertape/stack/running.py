"""Which stack runs in a home, on whichever runtime, and that only one is started there at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from tickertape.stack.containers import containers_of
from tickertape.stack.paths import Home
from tickertape.stack.processes import find
from tickertape.stack.record import StackRecord, read_record


class AlreadyRuns(Exception):
    """A stack runs; `record` says which."""

    def __init__(self, record: StackRecord) -> None:
        super().__init__(record.dataset)
        self.record = record


class Busy(Exception):
    """Another `up` is at work."""


def running_record(home: Home) -> StackRecord | None:
    """The stack that runs in `home`; None when nothing does, whatever a stale file says."""
    record = read_record(home.record)
    if record is None:
        return None
    if record.project:
        return record if any(one.state != "exited" for one in containers_of(record.project)) else None
    return record if find(home.root) else None


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Keep a second `up` out.

    Raises:
        Busy: there is one.
    """
    with (home.run / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy("another `tickertape up` is at work here: wait for it, or end it") from error
        yield
