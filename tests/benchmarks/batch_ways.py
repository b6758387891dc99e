"""One way of counting a lake, in a process of its own, so that its memory is its own: run by `batch.py`.

`python -m tests.benchmarks.batch_ways WAY LAKE FOLDER [--tape TAPE]` prints a JSON list of what was measured.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as fn

from spark.jobs.snapshot import ServingTables
from spark.jobs.staging import stage
from spark.jobs.tables import LocalTables, State
from spark.jobs.tweets import add_tweets
from spark.session import start_session
from spark.transforms.spam import SpamRules
from spark.warmup import warm_up
from spark.workflow import Workflow
from tests.benchmarks.batch_lake import AN_OBJECT, Event, FolderStore, events_of, one_hour_more
from tests.benchmarks.measure import Measured, measured
from tickertape.aws import client
from tickertape.lake.keys import RawKind, Table, raw_prefix

LENGTHS = {"HOURLY": 13, "DAILY": 10, "MONTHLY": 7, "YEARLY": 4}
ROLLUPS, TOTALS = "ticker_rollups", "period_totals"
_SENTIMENTS = ("positive", "neutral", "negative")
# A session gets warm, run by run, for eight of them or so: the median of the first runs, and of the last.
_HOURS, _FIRST, _LAST = 13, 3, 5


class Ours:
    """The batch's own way, up to the files that are published."""

    def __init__(self, spark: SparkSession, store: FolderStore, folder: Path) -> None:
        self._spark, self._store, self._tables = spark, store, LocalTables(folder)
        self._state = State("benchmark")

    def run(self) -> None:
        """Whatever is new in the lake."""
        new = sorted(set(self._store.keys(raw_prefix(RawKind.TWEETS))) - self._state.keys)
        staged = stage(self._store, RawKind.TWEETS, new, self._tables.run_dir() / "lines.jsonl")
        added, _ = add_tweets(self._spark, self._tables, self._state, staged.lines, SpamRules())
        self._state = State("benchmark", self._state.keys | staged.keys, added.files)
        self._tables.commit(self._state)
        self._tables.collect_garbage(self._tables.in_use(self._state))


def everything(spark: SparkSession, store: FolderStore, folder: Path, events: list[Event]) -> Iterator[Measured]:
    """All tables from the raw objects, then one hour more, again and again."""
    warm_up(spark, folder)
    ours = Ours(spark, store, folder / "tables")
    yield measured("tickertape, everything", ours.run)
    shutil.copytree(folder / "tables" / Table.ROLLUPS, folder / "counts")
    yield from _hours("tickertape, one hour more", store, events, ours.run)


def served(spark: SparkSession, store: FolderStore, folder: Path, events: list[Event]) -> Iterator[Measured]:
    """The whole workflow, the emulator's DynamoDB included, then one hour more, again and again."""
    warm_up(spark, folder)
    tables = ServingTables(client("dynamodb"), ROLLUPS, TOTALS)
    workflow = Workflow(spark, store, tables, folder / "work", SpamRules(), crawl=dict)
    yield measured("the whole workflow into DynamoDB", lambda: _tell(workflow.run()))
    yield from _hours("the whole workflow, one hour more", store, events, lambda: _tell(workflow.run()))


def originals(spark: SparkSession, store: FolderStore, folder: Path, _events: list[Event]) -> Iterator[Measured]:
    """All raw objects read as JSON, the schema inferred, and grouped once a level; in a session as warm as ours."""
    objects = f"{store.root}/{raw_prefix(RawKind.TWEETS)}"
    few = folder / "few"
    few.mkdir()
    for path in sorted(Path(objects).iterdir())[:2]:
        shutil.copy(path, few)
    for _ in range(2):
        _group(spark, str(few), folder / "warm")
    yield measured("spark.read.json, then group", lambda: _group(spark, objects, folder / "counts"))


def _group(spark: SparkSession, objects: str, target: Path) -> None:
    tweets = spark.read.json(objects).dropDuplicates(["id"])
    mentions = tweets.withColumn("ticker", fn.explode("tickers"))
    for level, length in LENGTHS.items():
        grouped = mentions.groupBy(fn.substring("created_at", 1, length).alias("period"), "ticker").agg(
            fn.count("*").alias("mentions"),
            *(fn.count_if(fn.col("sentiment") == known).alias(known) for known in _SENTIMENTS),
            fn.avg("polarity").alias("polarity"),
            fn.count_distinct("author.id").alias("authors"),
        )
        rows = grouped.withColumn("level", fn.lit(level))
        rows.write.mode("overwrite").parquet(str(target / level))


def _hours(name: str, store: FolderStore, events: list[Event], run: Callable[[], None]) -> Iterator[Measured]:
    found = []
    for number in range(_HOURS):
        one_hour_more(store, events, number)
        found.append(measured(name, run, tweets=AN_OBJECT))
    print(f"{name}: {', '.join(f'{one.seconds:.1f}' for one in found)} s", file=sys.stderr, flush=True)
    for which, some in (("at first", found[:_FIRST]), ("warm", found[-_LAST:])):
        yield Measured(
            f"{name}, {which}",
            statistics.median(one.seconds for one in some),
            statistics.median(one.processor_s for one in some),
            max(one.memory_mb for one in some),
            AN_OBJECT,
        )


def _tell(result: dict[str, object]) -> None:
    print({name: result[name] for name in ("rollups", "written_items", "seconds")}, file=sys.stderr, flush=True)


_WAYS = {"everything": everything, "served": served, "originals": originals}


def main() -> int:
    """Measure one way, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=_WAYS)
    parser.add_argument("lake", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tape", type=Path, required=True)
    given = parser.parse_args()
    store = FolderStore(given.lake)
    spark = start_session(given.folder / "spark")
    found = list(_WAYS[given.way](spark, store, given.folder, events_of(given.tape)))
    spark.stop()
    print(json.dumps([asdict(one) for one in found]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
