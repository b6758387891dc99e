"""Stacks in Docker, on free ports, with a home and so with volumes of their own; nothing of them is left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.docker.looking import play_to_its_end
from tests.integration.conftest import Stack
from tests.integration.tapes import Tape, make_tape
from tickertape.stack.containers import volumes_of
from tickertape.stack.paths import Home

KEY = "not-to-be-seen"
BACKUP_KEY = "bm90IGEga2V5LCBidXQgb2YgYSBrZXkncyBsZW5ndGg="


@pytest.fixture(scope="session")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """A tape with everything in it that must not stop a stream."""
    return make_tape(tmp_path_factory.mktemp("tapes") / "hard")


@pytest.fixture(scope="session")
def playing(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Containers that play that tape, and were given keys."""
    home = tmp_path_factory.mktemp("home")
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "tickertape_finnhub_key").write_text(KEY)
    (secrets / "tickertape_backup_key").write_text(BACKUP_KEY)
    running = Stack(home, more={"TICKERTAPE_SECRETS_DIR": str(secrets)})
    try:
        running.run("up", "--runtime", "airgap", "--speed", "60", "--tape", str(tape.folder))
        yield running
    finally:
        running.run("clean")
    label = f"tickertape.home={Home(home).label}"
    assert [] == volumes_of(label)


@pytest.fixture(scope="session")
def stack(playing: Stack) -> Stack:
    """The same containers when they have delivered the tape."""
    play_to_its_end(playing)
    return playing


@pytest.fixture(scope="session")
def embedded(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Stack]]:
    """The same tape without containers; it starts and plays while something else is waited for."""
    running = Stack(tmp_path_factory.mktemp("embedded"))

    def play() -> Stack:
        running.run("up", "--runtime", "embedded", "--tape", str(tape.folder), "--speed", "max", "--wait")
        return running

    with ThreadPoolExecutor(1) as threads:
        try:
            yield threads.submit(play)
        finally:
            threads.shutdown()
            running.run("down")
