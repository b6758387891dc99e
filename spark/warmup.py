"""Makes a new session quick: runs the Spark part of the batch once over a handful of made-up events."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark.jobs.bars import add_bars
from spark.jobs.tables import LocalTables, State
from spark.jobs.tweets import add_tweets
from spark.transforms.spam import SpamRules
from tickertape.domain.bar import Bar
from tickertape.domain.sentiment import Sentiment, Verdict
from tickertape.domain.tweet import Author, Tweet, encode_line

_START = datetime(2014, 6, 6, 14, tzinfo=UTC)
# Few, since classes are loaded and queries compiled for one row as for many; several months of them, since a
# month is a file.
_EVENTS = 500


def warm_up(spark: SparkSession, work_dir: Path) -> None:
    """Run every job that a batch runs, so that its classes are loaded and its code is compiled."""
    scratch = work_dir / "warmup"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _twice(LocalTables(scratch / "tweets"), list(_tweets()), partial(add_tweets, spark, rules=SpamRules()))
        _twice(LocalTables(scratch / "bars"), list(_bars()), partial(add_bars, spark))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _twice(tables: LocalTables, events: Sequence[dict[str, Any]], add: Callable[..., tuple[State, int]]) -> None:
    """Most of the events into empty tables, and then the rest beside them, which is another way through the code."""
    most = len(events) * 4 // 5
    state = State("warmup")
    for part in (events[:most], events[most:]):
        lines = _file(tables.run_dir() / "lines.jsonl", iter(part))
        state, _ = add(tables=tables, state=state, lines=lines)


def _file(path: Path, events: Iterator[dict[str, Any]]) -> Path:
    path.write_bytes(b"\n".join(map(encode_line, events)))
    return path


def _tweets() -> Iterator[dict[str, Any]]:
    verdict = Verdict(Sentiment.POSITIVE, 0.5, "warmup", "text").to_event()
    for number in range(_EVENTS):
        tweet = Tweet(
            id=str(number),
            created_at=_START + timedelta(hours=3 * number),
            text=f"$AAPL and $T{number % 100}",
            author=Author(str(number % 50), "warmup", number),
            lang="en",
            tickers=("AAPL", f"T{number % 100}"),
            hashtags=(),
            location=None,
            reply_to=None,
            is_retweet=False,
            source="warmup",
        )
        yield tweet.to_event() | verdict


def _bars() -> Iterator[dict[str, Any]]:
    for number in range(_EVENTS):
        yield Bar(
            symbol="AAPL",
            interval="1m",
            ts=_START + timedelta(minutes=number),
            open=1.0,
            high=1.0,
            low=1.0,
            close=1.0,
            volume=float(number),
            provider="warmup",
        ).to_event()
