"""One part after the other is stopped, killed, paused or cut off while a tape plays; then every id is counted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.docker.test_stack import TABLES, containers, record_of
from tests.integration.conftest import REPO, Stack
from tests.waiting import wait_for
from tickertape.control.clock import wall_time
from tickertape.control.progress import read_progress
from tickertape.control.redis_client import connect
from tickertape.stack.containers import docker
from tickertape.stack.tape_facts import read_facts
from tickertape.usecases.classify import Window

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
TAPE = REPO / "fixtures/demo"
LIMIT_S = 180.0


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Containers that play the demo tape."""
    running = Stack(tmp_path_factory.mktemp("home"))
    try:
        # The last session takes ten minutes at this speed: the blows fall while it comes in, on a slow machine too.
        running.run("up", "--runtime", "airgap", "--tape", str(TAPE), "--from", "2025-11-28T13:00:00Z", "--speed", "30")
        yield running
    finally:
        running.run("clean")


def is_healthy(stack: Stack, service: str) -> bool:
    one = containers(stack).get(service)
    return one is not None and (one.state, one.health) == ("running", "healthy")


def stop(stack: Stack, service: str) -> None:
    docker("stop", containers(stack)[service].id)
    docker("start", containers(stack)[service].id)


def kill(stack: Stack, service: str) -> None:
    docker("kill", containers(stack)[service].id)
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


def tweets_read(stack: Stack) -> int:
    return int(read_progress(connect(record_of(stack).urls["redis"]), "twitter").get("read", 0))


def test_nothing_is_lost_or_doubled_whatever_happens_to_a_part(stack: Stack) -> None:
    """After a stop, kills, a pause and a cut in the network every part is healthy again and `verify` is whole.

    Then LocalStack is killed, which forgets everything: `redrive` brings every table back as it was. (Which lines were
    turned away is in the lake only, so `verify` of the tape is not asked again.)
    """
    blows = (
        (stop, "twitter"),
        (pause, "mongo"),
        (kill, "mongo"),
        (cut_off, "localstack"),
        (kill, "twitter"),
        (kill, "redis"),
    )
    for blow, service in blows:
        blow(stack, service)
        wait_for(partial(is_healthy, stack, service), LIMIT_S)
    facts = read_facts(TAPE, Window(), wall_time())
    stack.run("replay", "speed", "max")
    wait_for(lambda: tweets_read(stack) >= facts.tweets, LIMIT_S)
    stack.run("batch", "run")
    verified = stack.json("verify")
    assert verified["ok"], verified
    stack.run("batch", "run")
    before = [stack.json("sql", query) for query in TABLES]
    kill(stack, "localstack")
    wait_for(partial(is_healthy, stack, "localstack"), LIMIT_S)
    stack.run("redrive")
    assert before == [stack.json("sql", query) for query in TABLES]
