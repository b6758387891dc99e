"""One part after the other is stopped, killed, paused or cut off while a tape plays; then every id is counted."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

import pytest

from tests.docker.looking import LIMIT_S, containers, is_healthy, kill, play_to_its_end, record_of, tweets_read
from tests.integration.conftest import Stack
from tests.waiting import wait_for
from tickertape.stack.containers import docker

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
# Most of the tape is in this session; at this speed it takes a quarter of an hour, on a slow machine too.
BEGIN, SPEED = "2025-11-25T14:20:00Z", "12"
# To the service, the one child of the container's init.
SIGNAL = "import os, signal; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), signal.{})"


def stop(stack: Stack, service: str) -> None:
    docker("stop", containers(stack)[service].id)
    docker("start", containers(stack)[service].id)


def pause(stack: Stack, service: str) -> None:
    one = containers(stack)[service].id
    docker("pause", one)
    read = tweets_read(stack)
    # A paused store must not stop the reading: the outbox takes it.
    wait_for(lambda: tweets_read(stack) > read or service == "redis", LIMIT_S)
    docker("unpause", one)


def cut_off(stack: Stack, service: str) -> None:
    one, network = containers(stack)[service].id, f"{record_of(stack).project}_default"
    docker("network", "disconnect", network, one)
    read = tweets_read(stack)
    wait_for(lambda: tweets_read(stack) > read, LIMIT_S)
    docker("network", "connect", "--alias", service, network, one)


def signal(stack: Stack, service: str, name: str) -> None:
    docker("exec", containers(stack)[service].id, "python", "-c", SIGNAL.format(name))


def stands_still(stack: Stack, service: str) -> bool:
    one = containers(stack)[service]
    return (one.state, one.health) == ("running", "unhealthy") and "last turned" in one.why


def test_nothing_is_lost_or_doubled_whatever_happens_to_a_part(playing: Stack, embedded: Future[Stack]) -> None:
    """After a stop, kills, a pause and a cut in the network every part is healthy again and `verify` is whole.

    Meanwhile a service whose process is there and whose loop stands still turns unhealthy, and healthy when it goes on.
    In the time that all this takes the same tape plays without containers; test_stack.py compares them.
    """
    playing.run("replay", "seek", BEGIN)
    playing.run("replay", "speed", SPEED)
    signal(playing, "eventlog", "SIGSTOP")
    blows = (
        (stop, "twitter"),
        (pause, "mongo"),
        (kill, "mongo"),
        (cut_off, "localstack"),
        (kill, "twitter"),
        (kill, "redis"),
    )
    for blow, service in blows:
        blow(playing, service)
        wait_for(partial(is_healthy, playing, service), LIMIT_S)
    wait_for(partial(stands_still, playing, "eventlog"), LIMIT_S)
    signal(playing, "eventlog", "SIGCONT")
    wait_for(partial(is_healthy, playing, "eventlog"), LIMIT_S)
    play_to_its_end(playing)
    verified = playing.json("verify")
    assert verified["ok"], verified
