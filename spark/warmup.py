"""Makes a new session quick: runs the Spark part of the batch once over a handful of made-up events."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark.jobs.bars import add_bars
from spark.jobs.features import Source, add_features
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
_NOTHING = State("warmup")


def warm_up(spark: SparkSession, work_dir: Path) -> None:
    """Run every job that a batch runs, so that its classes are loaded and its code is compiled."""
    scratch = work_dir / "warmup"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        rules = SpamRules()
        tweets, bars, features = (LocalTables(scratch / name) for name in ("tweets", "bars", "features"))
        talk, _ = add_tweets(spark, tweets, _NOTHING, _file(tweets.run_dir() / "lines.jsonl", _tweets()), rules)
        prices, _ = add_bars(spark, bars, _NOTHING, _file(bars.run_dir() / "lines.jsonl", _bars()))
        add_features(spark, features, _NOTHING, Source(bars, prices), Source(tweets, talk), rules)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
