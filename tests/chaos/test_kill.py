"""Kill -9 of each part while a tape comes in at full speed: nothing accepted is lost, nothing is doubled.

`make chaos SEEDS=10 TAPE=folder` runs ten seeds of each on a tape of one's own; a seed decides when the blow falls.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections.abc import Iterator, Sequence
from functools import partial
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


def has_come_to(control: redis.Redis, tweets: int, up: subprocess.Popen[str]) -> bool:
    """Whether so many tweets were read, or `up` has ended, which nobody expects."""
    return tweets_read(control) >= tweets or up.poll() is not None


def blows(victims: Sequence[str], seed: int, total: int) -> list[tuple[int, str]]:
    """After how many tweets each victim is killed, in the order of the blows."""
    dice = {victim: random.Random(f"{victim}{seed}") for victim in victims}
    return sorted((int(total * dice[victim].uniform(0.05, 0.7)), victim) for victim in victims)


def kill(stack: Stack, victim: str) -> int:
    """Kill -9; returns the pid that was killed."""
    pid = pid_of(stack, victim)
    assert pid, f"{victim} does not run"
    os.kill(pid, signal.SIGKILL)
    return pid


# What the emulator forgets has to be redriven: alone, so that it hides nothing that another blow has lost.
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("victims", [("twitter", "redis", "mongo"), ("localstack",)], ids=",".join)
def test_nothing_is_lost_or_doubled_by_kill_9(stack: Stack, victims: Sequence[str], seed: int) -> None:
    """Each victim is killed somewhere in the tape and started again by the supervisor; then everything is counted."""
    total = read_facts(TAPE, Window(), wall_time()).tweets
    control = redis.Redis.from_url(f"redis://127.0.0.1:{stack.ports['REDIS']}/0", decode_responses=True)
    words = ["up", "--runtime", "embedded", "--tape", str(TAPE), "--speed", "max", "--wait"]
    killed: dict[str, int] = {}
    with subprocess.Popen(
        [PROGRAM, *words],
        env=stack.environment(),
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        for after, victim in blows(victims, seed, total):
            wait_for(partial(has_come_to, control, after, up), LIMIT_S)
            assert up.poll() is None, up.stdout.read() if up.stdout else ""
            killed[victim] = kill(stack, victim)
        said, _ = up.communicate(timeout=LIMIT_S)
    assert 0 == up.returncode, said
    for victim, before in killed.items():
        assert pid_of(stack, victim) not in (0, before), f"{victim} was not started again"
    if "localstack" in victims:
        # What the emulator forgot is what `redrive` is for.
        stack.run("redrive")
    verified = stack.json("verify")
    assert verified["ok"], verified
    (stored,) = [hop for hop in verified["tweets"]["hops"] if hop["hop"] == "tape to data store"]
    assert (0, 0) == (stored["missing"], stored["unexpected"])
