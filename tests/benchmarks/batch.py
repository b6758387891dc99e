"""How long the batch takes over a growing lake, against what one would write instead.

`make bench GROUP=batch TAPE=folder SIZES=50000,500000`. All read the same raw objects from the same folder, in one run:
ours makes every table and count, the originals' way (`spark.read.json` over all objects, then group, in the same warm
session) and DuckDB make the counts of the levels only. The tape is multiplied with new ids and times. Without S3 and
DynamoDB: what these take is the emulator's.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import psutil
from pyspark.sql import SparkSession
from pyspark.sql import functions as fn
from rich.console import Console
from rich.table import Table

from spark.jobs.staging import stage
from spark.jobs.tables import LocalTables, State
from spark.jobs.tweets import add_tweets
from spark.session import start_session
from spark.transforms.spam import SpamRules
from spark.warmup import warm_up
from tests.benchmarks.emulator import REPO
from tickertape.domain.times import format_utc, parse_utc
from tickertape.lake.keys import RawKind, raw_prefix
from tickertape.ports import ObjectMissing, RawRecord
from tickertape.sources.tape import read_numbered, tweet_files
from tickertape.usecases.classify import Accepted, TweetRules, tweet_classifier

# As many tweets as the pipeline packs into a record of Firehose, which an emulator writes as one object.
_AN_OBJECT = 500
# The next copy of the tape is this much later, so that its tweets fall into other hours of the same months.
_SHIFT = timedelta(minutes=37)
_SENTIMENTS = ("positive", "neutral", "negative")
_LENGTHS = {"HOURLY": 13, "DAILY": 10, "MONTHLY": 7, "YEARLY": 4}


class FolderStore:
    """The ObjectStore port over a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, body: bytes) -> None:
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).write_bytes(body)

    def get(self, key: str) -> bytes:
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error

    def keys(self, prefix: str) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in (self.root / prefix).rglob("*.json"))

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self.root / key).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """One way over one lake: seconds, and the most memory of Python and the JVM together meanwhile, in MB."""

    name: str
    tweets: int
    seconds: float
    memory_mb: float


def events_of(tape: Path) -> list[dict[str, object]]:
    """The tape's tweets, judged by their length: what is measured is not the scorer."""
    classify = tweet_classifier(TweetRules(), "tape", lambda: datetime.now(UTC))
    found: dict[str, dict[str, object]] = {}
    for path in tweet_files(tape):
        for number, raw in read_numbered(path):
            decided = classify(RawRecord(raw, path.name, number))
            if isinstance(decided, Accepted):
                event = orjson.loads(decided.line)
                sentiment = _SENTIMENTS[len(event["text"]) % 3]
                found[event["id"]] = event | {"sentiment": sentiment, "polarity": 0.1, "scorer": "x", "method": "text"}
    return list(found.values())


def multiplied(events: Sequence[dict[str, object]], size: int) -> Iterator[bytes]:
    """`size` tweets: the tape over and over, each time with other ids and later."""
    for number in range(size):
        copy, index = divmod(number, len(events))
        event = events[index]
        later = parse_utc(str(event["created_at"])) + copy * _SHIFT
        yield orjson.dumps(event | {"id": f"{event['id']}-{copy}", "created_at": format_utc(later)})


def lay_down(store: FolderStore, lines: Iterable[bytes], name: str) -> None:
    """The lines as the lake's raw objects."""
    waiting: list[bytes] = []
    number = 0
    for line in lines:
        waiting.append(line)
        if len(waiting) == _AN_OBJECT:
            store.put(f"{raw_prefix(RawKind.TWEETS)}{name}-{number:07}.json", b"\n".join(waiting))
            waiting, number = [], number + 1
    if waiting:
        store.put(f"{raw_prefix(RawKind.TWEETS)}{name}-{number:07}.json", b"\n".join(waiting))


class Ours:
    """The batch's own way, up to the files that are published."""

    def __init__(self, spark: SparkSession, store: FolderStore, folder: Path) -> None:
        self._spark, self._store, self._tables = spark, store, LocalTables(folder)
        self.state = State("benchmark")

    def run(self) -> None:
        """Whatever is new in the lake."""
        new = sorted(set(self._store.keys(raw_prefix(RawKind.TWEETS))) - self.state.keys)
        staged = stage(self._store, RawKind.TWEETS, new, self._tables.run_dir() / "lines.jsonl")
        added, _ = add_tweets(self._spark, self._tables, self.state, staged.lines, SpamRules())
        self.state = State("benchmark", self.state.keys | staged.keys, added.files)
        self._tables.commit(self.state)


def originals_way(spark: SparkSession, store: FolderStore, folder: Path) -> None:
    """All raw objects read as JSON, the schema inferred, and grouped once a level."""
    tweets = spark.read.json(str(store.root / raw_prefix(RawKind.TWEETS))).dropDuplicates(["id"])
    mentions = tweets.withColumn("ticker", fn.explode("tickers"))
    for level, length in _LENGTHS.items():
        grouped = mentions.groupBy(fn.substring("created_at", 1, length).alias("period"), "ticker").agg(
            fn.count("*").alias("mentions"),
            *(fn.count_if(fn.col("sentiment") == known).alias(known) for known in _SENTIMENTS),
            fn.avg("polarity").alias("polarity"),
            fn.count_distinct("author.id").alias("authors"),
        )
        grouped.write.mode("overwrite").parquet(str(folder / level))


def by_duckdb(store: FolderStore, folder: Path) -> None:
    """The same counts by DuckDB, which reads the objects itself."""
    objects = f"{store.root}/{raw_prefix(RawKind.TWEETS)}*.json"
    levels = " UNION ALL ".join(
        f"SELECT '{level}' AS level, substr(created_at, 1, {length}) AS period, ticker, count(*) AS mentions,"  # noqa: S608  # names of ours
        " count(*) FILTER (sentiment = 'positive') AS positive, count(*) FILTER (sentiment = 'neutral') AS neutral,"
        " count(*) FILTER (sentiment = 'negative') AS negative, avg(polarity) AS polarity,"
        " count(DISTINCT author.id) AS authors FROM mentions GROUP BY ALL"
        for level, length in _LENGTHS.items()
    )
    with duckdb.connect() as connection:
        connection.read_json(objects, format="newline_delimited").create_view("raw")
        connection.execute(
            "CREATE TABLE mentions AS SELECT unnest(tickers) AS ticker, created_at, sentiment, polarity, author"
            " FROM (SELECT DISTINCT ON (id) * FROM raw)"
        )
        connection.execute(f"COPY ({levels}) TO '{folder / 'counts.parquet'}' (FORMAT parquet)")


def measured(name: str, tweets: int, run: Callable[[], None]) -> Measured:
    """Run it, and look every tenth of a second how much memory this process and its children have."""
    most, done = [0.0], threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not done.wait(0.1):
            resident = sum(each.memory_info().rss for each in (me, *me.children(recursive=True)) if each.is_running())
            most[0] = max(most[0], resident / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        run()
    finally:
        seconds = time.perf_counter() - began
        done.set()
        watcher.join()
    return Measured(name, tweets, seconds, most[0])


def over_a_lake(
    spark: SparkSession, events: Sequence[dict[str, object]], size: int, folder: Path
) -> Iterator[Measured]:
    """Every way over a lake of that size, and then ours over one object more."""
    store = FolderStore(folder / "lake")
    lay_down(store, multiplied(events, size), "a")
    ours = Ours(spark, store, folder / "tables")
    yield measured("tickertape, everything", size, ours.run)
    yield measured("spark.read.json, then group", size, lambda: originals_way(spark, store, folder / "original"))
    folder.joinpath("duckdb").mkdir()
    yield measured("DuckDB", size, lambda: by_duckdb(store, folder / "duckdb"))
    hour = {"created_at": "2014-06-06T14:30:00Z"}
    for number in range(4):
        more = [orjson.dumps(event | hour | {"id": f"new-{number}-{event['id']}"}) for event in events[:_AN_OBJECT]]
        lay_down(store, more, f"b{number}")
        one = measured("tickertape, one hour more", _AN_OBJECT, ours.run)
    # The last of several: the first ones are compiled.
    yield one


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tape", type=Path, nargs="?", default=REPO / "fixtures/demo")
    parser.add_argument("--sizes", default="50000,500000", help="tweets, separated by commas")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    events = events_of(given.tape)
    results: dict[int, list[Measured]] = {}
    with tempfile.TemporaryDirectory() as name:
        spark = start_session(Path(name) / "spark", driver_memory="4g")
        warm_up(spark, Path(name) / "spark")
        for size in sizes:
            folder = Path(name) / str(size)
            folder.mkdir()
            results[size] = list(over_a_lake(spark, events, size, folder))
            shutil.rmtree(folder)
        spark.stop()
    _show(given.tape, results)
    return 0


def _show(tape: Path, results: dict[int, list[Measured]]) -> None:
    table = Table(title=f"{tape.name}, multiplied", title_justify="left")
    for column in ("lake", "way", "seconds", "tweets/s", "times the originals' way", "memory MB"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for size, found in results.items():
        original = next(one.seconds for one in found if one.name.startswith("spark"))
        for one in found:
            table.add_row(
                f"{size:,}",
                one.name,
                f"{one.seconds:.1f}",
                f"{one.tweets / one.seconds:,.0f}",
                f"{original / one.seconds:.1f}" if one.tweets == size else "",
                f"{one.memory_mb:,.0f}",
            )
    Console(width=140).print(table)


if __name__ == "__main__":
    raise SystemExit(main())
