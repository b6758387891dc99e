"""Test runs of their own, as processes, to be looked at and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_for
from tickertape.stack.embedded import ministack_program
from tickertape.testing.leftovers import connect

REPO = Path(__file__).parents[2]
# Any image with a shell will do; the first that is here is taken.
_IMAGES = ("tickertape-base:bookworm", "debian:bookworm-slim", "redis:7.4")


@pytest.fixture
def docker_client() -> Iterator[Any]:
    """This machine's Docker; without it the test is left out."""
    client = connect()
    if client is None:
        pytest.skip("there is no Docker here")
    with closing(client):
        yield client


@pytest.fixture
def image(docker_client: Any) -> str:
    """An image that is here."""
    return present(docker_client, *_IMAGES)


def present(client: Any, *names: str) -> str:
    """The first of these images that is here; without one the test is left out."""
    here = {tag for image in client.images.list() for tag in image.tags}
    for name in names:
        if name in here:
            return name
    pytest.skip(f"none of {', '.join(names)} is here")


@dataclass(frozen=True, slots=True)
class InnerRun:
    """A run of pytest beside this one, in a folder of its own."""

    folder: Path

    def write(self, test: str) -> None:
        (self.folder / "test_inner.py").write_text(test)

    def start(self) -> subprocess.Popen[str]:
        """Start it; it says in a file what it holds, by `hold` below."""
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(self.folder)),
            *("--ministack-program", str(ministack_program(REPO))),
        ]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(REPO)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def output(self) -> str:
        """Run it to its end."""
        return self.start().communicate(timeout=120)[0]

    def killed_while_holding(self, limit_s: float = 90) -> str:
        """Run it until it holds something, and kill it; gives what it said of it."""
        said = self.folder / "held"
        inner = self.start()
        wait_for(lambda: said.exists() or inner.poll() is not None, limit_s)
        assert said.exists(), inner.communicate()[0]
        inner.send_signal(signal.SIGKILL)
        inner.communicate()
        return said.read_text()


@pytest.fixture
def inner_run(tmp_path: Path) -> InnerRun:
    """A run of pytest beside this one."""
    return InnerRun(tmp_path)
