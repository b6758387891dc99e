"""Kill -9 of each part while a tape comes in at full speed: nothing accepted is lost, nothing is doubled.

`make chaos SEEDS=10 TAPE=folder` runs ten seeds of each on a tape of one's own; a seed decides when the blow falls.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.integration.conftest import PROGRAM, REPO, Stack
from tests.waiting import wait_for
from tickertape.control.clock import wall_time
from tickertape.control.progress import read_progress
from tickertape.stack.tape_facts import read_facts
from tickertape.usecases.classify import Window

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
SEEDS = range(int(os.environ.get("CHAOS_SEEDS", "1")))
TAPE = Path(os.environ.get("CHAOS_TAPE", REPO / "fixtures/demo"))
LIMIT_S = 600.0


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack of its own that nothing runs in yet."""
    made = Stack(tmp_path / "home")
    yield made
    made.run("down")


def pid_of(stack: Stack, service: str) -> int:
    done = subprocess.run(
        [PROGRAM, "status", "--json"], env=stack.environment(), cwd=REPO, capture_output=True, text=True, check=False
    )
    if not done.stdout:
        return 0
    return int(json.loads(done.stdout).get("services", {}).get(service, {}).get("pid") or 0)


def tweets_read(control: redis.Redis) -> int:
    try:
        return int(read_progress(control, "twitter").get("read", 0))
    except redis.ConnectionError:
        return 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("victim", ["twitter", "redis", "mongo", "localstack"])
def test_nothing_is_lost_or_doubled_by_kill_9(stack: Stack, victim: str, seed: int) -> None:
    """The victim is killed somewhere in the tape and started again by the supervisor; then everything is counted."""
    total = read_facts(TAPE, Window(), wall_time()).tweets
    blow = int(total * random.Random(f"{victim}{seed}").uniform(0.05, 0.7))
    control = redis.Redis.from_url(f"redis://127.0.0.1:{stack.ports['REDIS']}/0", decode_responses=True)
    words = ["up", "--runtime", "embedded", "--tape", str(TAPE), "--speed", "max", "--wait"]
    with subprocess.Popen(
        [PROGRAM, *words],
        env=stack.environment(),
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        wait_for(lambda: tweets_read(control) >= blow or up.poll() is not None, LIMIT_S)
        before = pid_of(stack, victim)
        assert before, f"{victim} does not run: {up.stdout.read() if up.stdout and up.poll() is not None else ''}"
        os.kill(before, signal.SIGKILL)
        said, _ = up.communicate(timeout=LIMIT_S)
    assert 0 == up.returncode, said
    after = pid_of(stack, victim)
    assert after not in (0, before), f"{victim} was not started again"
    if victim == "localstack":
        # What the emulator forgot is what `redrive` is for.
        stack.run("redrive")
    verified = stack.json("verify")
    assert verified["ok"], verified
    (stored,) = [hop for hop in verified["tweets"]["hops"] if hop["hop"] == "tape to data store"]
    assert (0, 0) == (stored["missing"], stored["unexpected"])
