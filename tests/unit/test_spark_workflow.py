"""The batch from end to end over a lake and tables in memory: what a run makes, what the next one leaves alone."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark.jobs.snapshot import MARKER, ServingTables
from spark.transforms.spam import SpamRules
from spark.workflow import Workflow
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.records import enriched, raw
from tests.fakes.world import MemoryStore
from tickertape.domain.times import format_utc
from tickertape.serving.rollups import ATTRIBUTE, VERSION, Rollup, version_of

ROLLUPS, TOTALS = "ticker_rollups", "period_totals"


class World:
    """A lake, the tables it is served from, and a batch over both."""

    def __init__(self, spark: SparkSession, work_dir: Path) -> None:
        self.lake = MemoryStore()
        self.dynamodb = MemoryDynamoDB({ROLLUPS: ("period", "ticker"), TOTALS: ("level", "period_start")})
        tables: Any = ServingTables(self.dynamodb, ROLLUPS, TOTALS)  # type: ignore[arg-type]  # a fake of its calls
        self.workflow = Workflow(spark, self.lake, tables, work_dir, SpamRules(), crawl=dict)

    def arrive(self, name: str, *numbers: int) -> None:
        self.lake.put(f"raw/tweets/{name}", b"\n".join(map(tweet, numbers)))

    def trade(self, name: str, *days: int) -> None:
        self.lake.put(f"raw/bars/{name}", b"\n".join(map(day, days)))

    def shown(self) -> list[str]:
        """Every item of both tables as a reader takes it."""
        totals = self.dynamodb.items(TOTALS)
        versions = {f"{total['level']}#{total['period_start']}": version_of(total) for total in totals}
        rollups = [
            item | {ATTRIBUTE: Rollup.from_item(item).as_of(versions[item["period"]])}
            for item in self.dynamodb.items(ROLLUPS)
        ]
        marks = {MARKER: "", VERSION: 0}
        return sorted(json.dumps(item | marks, sort_keys=True) for item in [*rollups, *totals])

    def curated(self) -> dict[str, bytes]:
        return {key: body for key, body in self.lake.objects.items() if key.startswith("curated/")}


@pytest.fixture
def world(spark: SparkSession, tmp_path: Path) -> World:
    return World(spark, tmp_path / "work")


@pytest.fixture(scope="module")
def whole(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four tweets in one run."""
    made = World(spark, tmp_path_factory.mktemp("whole"))
    made.arrive("a", 1, 2, 3, 4)
    made.workflow.run()
    return made


def tweet(number: int, **changes: Any) -> bytes:
    event = enriched(
        id=str(number),
        created_at=f"2014-{6 + number % 2:02}-06T{number % 24:02}:00:00Z",
        author={"id": str(number % 3), "name": "ann", "followers": 3},
        tickers=["AAPL", f"T{number % 2}"],
    )
    return raw(event | changes)


def day(number: int) -> bytes:
    ts = datetime(2014, 6, 1, 20, tzinfo=UTC) + timedelta(days=number)
    event = {"schema_version": 1, "symbol": "AAPL", "interval": "1d", "ts": format_utc(ts), "provider": "tape"}
    return raw(event | dict.fromkeys(("open", "high", "low", "close", "volume"), 100.0 + number))


def test_a_run_over_the_same_lake_changes_nothing(world: World) -> None:
    """Nothing is fetched, uploaded, written or deleted a second time."""
    world.arrive("a", 1, 2, 3)
    first = world.workflow.run()
    before = world.shown(), world.curated()
    again = world.workflow.run()
    assert (3, 6, 1) == (first["tweets"], first["mentions"], first["new_objects"])
    assert (0, 0, 0, 0) == tuple(
        again[name] for name in ("new_objects", "written_items", "deleted_items", "removed_objects")
    )
    assert before == (world.shown(), world.curated())


def test_what_comes_in_parts_is_shown_as_if_it_had_come_at_once(world: World, whole: World) -> None:
    """A run adds what is new, and an hour that exists twice counts once and changes nothing."""
    for name, numbers in (("a", (1, 2, 3)), ("b", (4,)), ("c", (1, 2, 3))):
        world.arrive(name, *numbers)
        last = world.workflow.run()
    assert (whole.shown(), whole.curated()) == (world.shown(), world.curated())
    assert (4, 0, 1) == (last["tweets"], last["written_items"], last["new_objects"])


def test_broken_objects_stop_nothing_and_are_counted(world: World) -> None:
    """Truncated gzip, mixed schema versions, an empty object and lines that are no events."""
    world.arrive("a", 1)
    world.lake.put("raw/tweets/cut", gzip.compress(tweet(2) * 99)[:-9])
    world.lake.put("raw/tweets/empty", b"")
    world.lake.put("raw/tweets/mixed", b"\n".join([tweet(3), tweet(4, schema_version=2), tweet(5, extra=1), b"{"]))
    result = world.workflow.run()
    assert (3, 2, ["raw/tweets/cut"]) == (result["tweets"], result["unreadable_lines"], result["unreadable_objects"])
    kept = [
        json.loads(line) for key in world.lake.keys("quarantine/compact/") for line in world.lake.get(key).splitlines()
    ]
    assert 2 == len(kept)
    assert result["unreadable_lines"] == world.workflow.run()["unreadable_lines"]


def test_a_lake_that_forgot_something_is_counted_anew(world: World) -> None:
    """The tables are a function of what is in the lake: what an emulator forgot is in them no more."""
    world.arrive("a", 1)
    world.workflow.run()
    only_first = world.shown(), world.curated()
    world.arrive("b", 2)
    world.workflow.run()
    world.lake.delete(["raw/tweets/b"])
    result = world.workflow.run()
    assert "tweets" in result["begun_anew"]
    assert only_first == (world.shown(), world.curated())


@pytest.mark.parametrize("lost", ["tables", "curated", "work"])
def test_what_is_lost_comes_back(world: World, lost: str) -> None:
    """Emptied tables, curated files and what the batch keeps on disk are made again by the next run or a rebuild."""
    world.arrive("a", 1, 2, 3)
    world.workflow.run()
    before = world.shown(), world.curated()
    if lost == "tables":
        world.dynamodb.clear(ROLLUPS)
        world.dynamodb.clear(TOTALS)
    if lost == "curated":
        world.lake.delete(list(world.curated()))
    world.workflow.run(rebuild=lost == "work")
    assert before == (world.shown(), world.curated())


def test_talk_and_prices_that_come_in_any_order_make_the_same_features(world: World) -> None:
    """Prices before the talk and after it, late ones in between; nothing is made for nothing, and all of it again."""
    world.trade("a", 5, 60)
    world.workflow.run()
    world.trade("b", 1, 33, 35)
    world.arrive("b", 1, 2, 3, 4)
    world.workflow.run()
    # The last one comes so long after the others that they are not looked at.
    world.trade("c", 35, 6, 34, 120)
    last = world.workflow.run()
    assert (8, 8) == (last["candles"], last["features"])
    before = world.curated()
    assert {"2014-06.parquet", "2014-07.parquet", "2014-09.parquet"} == {
        Path(key).name for key in before if key.startswith("curated/features/")
    }
    assert "features" in world.workflow.run()["seconds"]
    assert before == world.curated()
    world.workflow.run(rebuild=True)
    assert before == world.curated()
