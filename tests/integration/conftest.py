"""One embedded stack for the whole run, on free ports and with a state of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.tapes import Tape, make_tape
from tests.ports import free_ports

REPO = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("tickertape")
_LIMIT_S = 480
PORTS = ("AWS", "REDIS", "MONGO", "DASHBOARD")


@dataclass(frozen=True, slots=True)
class Stack:
    """A home of its own for `tickertape`, as a user on another machine would have it."""

    home: Path
    ports: Mapping[str, int] = field(default_factory=lambda: dict(zip(PORTS, free_ports(4), strict=True)))
    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        ours = {f"TICKERTAPE_{name}_PORT": str(port) for name, port in self.ports.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TICKERTAPE_"))}
        return kept | ours | dict(self.more) | {"TICKERTAPE_HOME": str(self.home), "COLUMNS": "200"}

    def run(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run one command; anything but that exit code (None: whichever) fails the test with what the command said."""
        done = subprocess.run(
            [str(PROGRAM), *words],
            env=self.environment(),
            cwd=REPO,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_S,
            stdin=subprocess.DEVNULL,
        )
        assert code in (None, done.returncode), f"{words}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def json(self, *words: str, code: int | None = 0) -> Any:
        """Run one command with --json; its standard output must be one document."""
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def aws(self) -> dict[str, str]:
        """The environment of a program that talks to this stack's AWS."""
        credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        return self.environment() | credentials | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.ports['AWS']}"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['DASHBOARD']}"


@pytest.fixture(scope="session")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """A tape with everything in it that must not stop a stream."""
    return make_tape(tmp_path_factory.mktemp("tapes") / "hard")


@pytest.fixture(scope="session")
def stack(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack that has played that tape to its end."""
    running = Stack(tmp_path_factory.mktemp("home"))
    try:
        running.run("up", "--runtime", "embedded", "--tape", str(tape.folder), "--speed", "max", "--wait")
        yield running
    finally:
        running.run("down")
