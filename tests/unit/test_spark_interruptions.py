"""What happens to the lake, or to the run, while the batch runs: objects that vanish, and kills at each step."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.fakes.world import MemoryStore
from tests.unit.test_spark_workflow import World, tweet
from tickertape.ports.lake import ObjectMissing

STEPS = ("stage", "tweets", "bars", "features", "publish", "serve", "clean", "crawl")


class RestlessStore(MemoryStore):
    """A bucket from which somebody deletes one object just before it is read."""

    def __init__(self, other: MemoryStore, gone: str) -> None:
        super().__init__()
        self.objects = other.objects
        self._gone = gone

    def get(self, key: str) -> bytes:
        if key == self._gone:
            raise ObjectMissing(key)
        return super().get(key)


class Killed(BaseException):
    """Stands for kill -9: nothing handles it."""


class KillingStore(MemoryStore):
    """A bucket whose client is killed as it writes its second object: in the middle of a step."""

    def __init__(self, other: MemoryStore) -> None:
        super().__init__()
        self.objects = other.objects
        self._writes = 0

    def put(self, key: str, body: bytes) -> None:
        self._writes += 1
        if self._writes == 2:
            raise Killed
        super().put(key, body)


class KillingDynamoDB:
    """A client of DynamoDB that is killed at its second write."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, **call: Any) -> Any:
        self._writes += 1
        if self._writes == 2:
            raise Killed
        return self._client.batch_write_item(**call)


def kill_at(step: str, name: str) -> None:
    if name == step:
        raise Killed


def bar(minute: int) -> bytes:
    return (
        f'{{"schema_version":1,"symbol":"AAPL","interval":"1m","ts":"2014-06-06T14:{minute:02}:00Z",'
        '"open":1.0,"high":2.0,"low":1.0,"close":1.5,"volume":5.0,"provider":"test"}'
    ).encode()


@pytest.fixture
def world(spark: SparkSession, tmp_path: Path) -> World:
    return World(spark, tmp_path / "work")


@pytest.fixture(scope="module")
def undisturbed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two hours of tweets and bars in two runs."""
    world = World(spark, tmp_path_factory.mktemp("undisturbed"))
    first_hour(world)
    world.workflow.run()
    second_hour(world)
    world.workflow.run()
    return world


def first_hour(world: World) -> None:
    world.arrive("a", 1, 2, 3)
    world.lake.put("raw/bars/a", bar(1))


def second_hour(world: World) -> None:
    world.arrive("b", 4)
    world.lake.put("raw/bars/b", bar(2))


def test_an_object_that_vanishes_is_counted_and_read_when_it_is_back(world: World) -> None:
    """Listed but gone when it is read: the run goes on without it, and has not taken it for read."""
    world.lake.put("raw/tweets/a", tweet(1))
    world.lake.put("raw/tweets/b", tweet(2))
    lake = RestlessStore(world.lake, "raw/tweets/b")
    result = replace(world.workflow, lake=lake).run()
    assert (1, 1) == (result["tweets"], result["vanished_objects"])
    assert 2 == world.workflow.run()["tweets"]


def test_runs_killed_at_each_step_are_made_good_by_the_next(world: World, undisturbed: World) -> None:
    """One run after the other, each killed a step later: what the last one makes is the same to the byte."""
    first_hour(world)
    world.workflow.run()
    second_hour(world)
    for step in STEPS:
        with pytest.raises(Killed):
            world.workflow.run(on_step=partial(kill_at, step))
    world.workflow.run()
    assert (undisturbed.shown(), undisturbed.curated()) == (world.shown(), world.curated())


@pytest.mark.parametrize("during", ["publish", "serve"])
def test_a_run_killed_between_two_writes_is_made_good_by_the_next(
    world: World, undisturbed: World, during: str
) -> None:
    """Half of it is new and half is old: the next run does not believe the notes of the one before."""
    first_hour(world)
    world.workflow.run()
    second_hour(world)
    client: Any = KillingDynamoDB(world.dynamodb)
    tables = replace(world.workflow.tables, client=client)
    lake = KillingStore(world.lake)
    killed = replace(world.workflow, lake=lake) if during == "publish" else replace(world.workflow, tables=tables)
    with pytest.raises(Killed):
        killed.run()
    world.workflow.run()
    assert (undisturbed.shown(), undisturbed.curated()) == (world.shown(), world.curated())
