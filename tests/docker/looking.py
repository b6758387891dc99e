"""What a test sees of a stack in Docker, and does to it."""

from __future__ import annotations

from tests.integration.conftest import Stack
from tickertape.control.progress import read_progress
from tickertape.control.redis_client import connect
from tickertape.stack.containers import Container, containers_of, docker
from tickertape.stack.delivery import wait_delivered
from tickertape.stack.record import StackRecord, read_record

LIMIT_S = 180.0
# Everything a reader can see, in an order of its own.
TABLES = (
    "SELECT id, text, sentiment, polarity, method FROM tweets ORDER BY id",
    "SELECT id, ticker FROM mentions ORDER BY id, ticker",
    "SELECT level, period, ticker, mentions, positive, neutral, negative FROM rollups ORDER BY level, period, ticker",
    "SELECT symbol, ts, open, high, low, close, volume FROM bars ORDER BY symbol, ts, close",
)


def record_of(stack: Stack) -> StackRecord:
    record = read_record(stack.home / "run/stack.json")
    assert record is not None
    return record


def containers(stack: Stack) -> dict[str, Container]:
    return {one.service: one for one in containers_of(record_of(stack).project)}


def is_healthy(stack: Stack, service: str) -> bool:
    one = containers(stack).get(service)
    return one is not None and (one.state, one.health) == ("running", "healthy")


def kill(stack: Stack, service: str) -> None:
    docker("kill", containers(stack)[service].id)
    docker("start", containers(stack)[service].id)


def tweets_read(stack: Stack) -> int:
    return int(read_progress(connect(record_of(stack).urls["redis"]), "twitter").get("read", 0))


def play_to_its_end(stack: Stack) -> None:
    """What is left of the tape comes at once, and all of it is counted."""
    stack.run("replay", "speed", "max")
    wait_delivered(connect(record_of(stack).urls["redis"]), whole=True, show=lambda intakes: None)
    stack.run("batch", "run")
