"""Which test run something belongs to: what a killed run left is told from what a living one uses."""

from __future__ import annotations

import os
import re
import socket
import tempfile
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import psutil

# On containers, networks and volumes; in the environment of processes.
RUN_LABEL = "tickertape.testing.run"
HOST_LABEL = "tickertape.testing.host"
RUN_MARK = "TICKERTAPE_TESTING_RUN"
_FOLDER_PREFIX = "tickertape-testing-"
_SLUG = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Run:
    """A test run.

    Attributes:
        pid: of the process that runs the tests; each worker of a parallel run is a run of its own.
        started: when that process started, in whole milliseconds: a pid is used again, with another start.
        session: told apart even where both are the same.
    """

    pid: int
    started: int
    session: str

    @classmethod
    def of_this_process(cls) -> Self:
        """A new run of this process."""
        return cls(os.getpid(), _started(psutil.Process()), uuid.uuid4().hex[:8])

    @classmethod
    def parse(cls, slug: str) -> Self | None:
        """The run that `slug` names, or None when it names none."""
        found = _SLUG.fullmatch(slug)
        return cls(int(found[1]), int(found[2]), found[3]) if found else None

    @property
    def slug(self) -> str:
        """Its name, which says all about it."""
        return f"{self.pid}-{self.started}-{self.session}"

    @property
    def labels(self) -> dict[str, str]:
        """What its containers, networks and volumes carry."""
        return {RUN_LABEL: self.slug, HOST_LABEL: this_host()}

    @property
    def folder(self) -> Path:
        """Where its processes keep their files."""
        return Path(tempfile.gettempdir()) / f"{_FOLDER_PREFIX}{self.slug}"

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        try:
            return _started(psutil.Process(self.pid)) == self.started
        except psutil.Error:
            return False


def folders() -> dict[Path, Run]:
    """The folders of all runs that left one."""
    found = {path: Run.parse(path.name.removeprefix(_FOLDER_PREFIX)) for path in _temp_folders()}
    return {path: run for path, run in found.items() if run}


def _temp_folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"))


def _started(process: psutil.Process) -> int:
    return int(process.create_time() * 1000)


@cache
def this_host() -> str:
    """Where a pid means something: this machine, or this container of it, which may share its Docker with others."""
    space = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{os.readlink(space) if space.is_symlink() else ''}"
