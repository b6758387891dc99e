"""How fast tweets get from a tape into Kinesis and into the lake, against what one would write instead.

`make bench TAPE=folder`. Everything goes into the same emulator in the same run; the ratios hold better than the
figures. Ours reads the tape, parses, de-duplicates and writes each tweet to disk before it is sent; the others are
given lines that are in memory already, and lose what they hold when they are killed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import boto3
from rich.console import Console
from rich.table import Table

from tests.benchmarks.emulator import BUCKET, DELIVERY_STREAM, REPO, STREAM, emulator
from tests.fakes.world import MemoryEvents, MemoryProgress, ScriptedGate, SteppingClock
from tickertape.aws import client
from tickertape.domain.packing import KINESIS, calls, pack
from tickertape.ports.delivery import Sink
from tickertape.sinks.firehose import FirehoseSink
from tickertape.sinks.kinesis import KinesisSink
from tickertape.sinks.outbox import SqliteOutbox
from tickertape.sources.tape import read_numbered, tweet_files
from tickertape.sources.tape_ahead import TapeAhead
from tickertape.usecases.classify import TweetRules, tweet_classifier, tweet_partition_key
from tickertape.usecases.ingest import Ingest
from tickertape.usecases.publish import Bell, Publisher

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

# One at a time is slow: a part of the tape says enough.
_SINGLE = 1000
_CALL = 500


@dataclass(frozen=True, slots=True)
class Result:
    """One way to send: how many tweets in how many seconds; None when it cannot run here, and why."""

    name: str
    tweets: int
    seconds: float | None
    note: str = ""

    @property
    def rate(self) -> float:
        """Tweets per second."""
        return self.tweets / self.seconds if self.seconds else 0.0


def timed(name: str, tweets: int, run: Callable[[], None], note: str = "") -> Result:
    began = time.perf_counter()
    run()
    return Result(name, tweets, time.perf_counter() - began, note)


def one_at_a_time(lines: Sequence[bytes]) -> None:
    kinesis = boto3.client("kinesis")
    for number, line in enumerate(lines):
        kinesis.put_record(StreamName=STREAM, Data=line, PartitionKey=tweet_partition_key(str(number)))


def in_calls_of_500(lines: Sequence[bytes]) -> None:
    kinesis = boto3.client("kinesis")
    for start in range(0, len(lines), _CALL):
        records: list[PutRecordsRequestEntryTypeDef] = [
            {"Data": line, "PartitionKey": tweet_partition_key(str(start + number))}
            for number, line in enumerate(lines[start : start + _CALL])
        ]
        kinesis.put_records(StreamName=STREAM, Records=records)


def packed_from_memory(lines: Sequence[bytes]) -> None:
    """The most the emulator takes in our form: nothing is read, parsed or kept."""
    kinesis = boto3.client("kinesis")
    keyed = ((tweet_partition_key(str(number)), line) for number, line in enumerate(lines))
    for call in calls(pack(keyed, KINESIS), KINESIS):
        kinesis.put_records(
            StreamName=STREAM, Records=[{"Data": record.data, "PartitionKey": record.key} for record in call]
        )


def ours(tape: Path, folder: Path, sinks: Sequence[Sink]) -> int:
    """The service's own way, from the tape to acknowledged by every sink; returns how many were accepted."""
    outbox, stop, bell = SqliteOutbox(folder / "outbox.db"), Event(), Bell()
    progress, errors = MemoryProgress(), list[BaseException]()
    source = TapeAhead(tape)
    wall = lambda: datetime.now(UTC)  # noqa: E731  # one expression
    reading = Ingest(
        kind="tweets",
        source=source,
        classify=tweet_classifier(TweetRules(), source.name, wall),
        outbox=outbox,
        sinks=[sink.name for sink in sinks],
        clock=SteppingClock(datetime.now(UTC)),
        gate=ScriptedGate(),
        progress=progress,
        events=MemoryEvents(),
        wall=wall,
        appended=bell.ring,
        stop=stop,
    )
    threads = [Publisher(outbox, sink, bell, MemoryEvents()).start(stop, errors.append) for sink in sinks]
    reading.run()
    while not errors and any(outbox.depth(sink.name) for sink in sinks):
        time.sleep(0.005)
    stop.set()
    bell.ring()
    for thread in threads:
        thread.join()
    outbox.close()
    if errors:
        raise errors[0]
    return progress.counts["accepted"]


def async_kinesis(lines: Sequence[bytes], endpoint: str, folder: Path) -> Result:
    """The library async-kinesis, in an environment of its own: it pins another botocore."""
    python = REPO / ".venv-bench/bin/python"
    if not python.exists():
        return Result("async-kinesis", len(lines), None, "not installed: make bench installs it")
    given = folder / "lines.jsonl"
    given.write_bytes(b"\n".join(lines))
    done = subprocess.run(
        [python, Path(__file__).with_name("async_kinesis_producer.py"), given, endpoint, STREAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        return Result("async-kinesis", len(lines), None, done.stderr.strip().splitlines()[-1][:120])
    return Result("async-kinesis", len(lines), float(done.stdout))


def main() -> int:
    """Print the table; exit 1 when a way of ours did not deliver everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tape", type=Path, nargs="?", default=REPO / "fixtures/demo")
    tape: Path = parser.parse_args().tape
    lines = [raw for path in tweet_files(tape) for _, raw in read_numbered(path)]
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with emulator(folder) as endpoint:
            results += _rivals(lines, endpoint, folder)
            results += _own(tape, folder, len(lines))
    _show(tape, lines, results)
    return 0


def _rivals(lines: Sequence[bytes], endpoint: str, folder: Path) -> list[Result]:
    few = lines[:_SINGLE]
    return [
        timed("put_record, one at a time", len(few), lambda: one_at_a_time(few)),
        timed("put_records, 500 tweets a call", len(lines), lambda: in_calls_of_500(lines)),
        async_kinesis(lines, endpoint, folder),
        timed("put_records, packed, from memory", len(lines), lambda: packed_from_memory(lines)),
    ]


def _own(tape: Path, folder: Path, total: int) -> list[Result]:
    stream, delivery = KinesisSink(client("kinesis"), STREAM), FirehoseSink(client("firehose"), DELIVERY_STREAM)
    found = []
    ways: dict[str, list[Sink]] = {
        "tickertape: tape to Kinesis acknowledged": [stream],
        "tickertape: tape to Kinesis and lake": [stream, delivery],
    }
    for title, sinks in ways.items():
        place = folder / title.replace(" ", "-").replace(":", "")
        place.mkdir()
        began = time.perf_counter()
        accepted = ours(tape, place, sinks)
        found.append(Result(title, total, time.perf_counter() - began, f"{accepted:,} accepted"))
    _check_lake()
    return found


def _check_lake() -> None:
    listing = boto3.client("s3").list_objects_v2(Bucket=BUCKET)
    if not listing.get("Contents"):
        sys.exit("nothing is in the lake: the figures mean nothing")


def _show(tape: Path, lines: Sequence[bytes], results: Sequence[Result]) -> None:
    slowest = results[0].rate
    table = Table(title=f"{tape.name}: {len(lines):,} tweets into one emulator", title_justify="left")
    for column in ("way", "tweets", "seconds", "tweets/s", "times put_record", ""):
        table.add_column(column, justify="left" if column in ("way", "") else "right")
    for one in results:
        seconds = f"{one.seconds:.2f}" if one.seconds else "-"
        table.add_row(one.name, f"{one.tweets:,}", seconds, f"{one.rate:,.0f}", f"{one.rate / slowest:.1f}", one.note)
    Console(width=140).print(table)


if __name__ == "__main__":
    sys.exit(main())
