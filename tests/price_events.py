"""Bars for tests of what is made of prices, and how tables are compared."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from spark.jobs.tables import LocalTables, State
from spark.schemas import BARS
from tickertape.domain.times import format_utc, parse_utc
from tickertape.lake.keys import Table

NOON = datetime(2014, 6, 5, 16, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# AAPL's is seen in the prices; MSFT's are told, the first in a gap of weeks; of IBM's a jump, that it is none is told.
SPLITS = [
    ("AAPL", date(2014, 6, 9), 7.0),
    ("MSFT", date(2014, 5, 20), 1.5),
    ("MSFT", date(2014, 6, 9), 0.1),
]


def bar(symbol: str, ts: datetime, price: float, **changes: Any) -> dict[str, Any]:
    """A bar as it lies in the lake."""
    prices = {"open": price, "high": price * 1.01, "low": price * 0.99, "close": price * 1.002, "volume": 100.5}
    event = {"schema_version": 1, "symbol": symbol, "interval": "1m", "ts": format_utc(ts), "provider": "tape"}
    return event | prices | changes


def minutes(symbol: str, since: str, many: int, price: float, step: int = 7) -> Iterator[dict[str, Any]]:
    """Minutes of a random walk, one every `step` minutes."""
    dice = random.Random(since)
    for number in range(many):
        price *= dice.uniform(0.998, 1.002)
        yield bar(symbol, parse_utc(since) + number * step * MINUTE, price, volume=float(dice.randrange(900)))


def days(symbol: str, since: str, many: int, price: float, **changes: Any) -> Iterator[dict[str, Any]]:
    """Daily bars of a random walk, none on weekends."""
    dice = random.Random(since)
    closes = (parse_utc(since) + number * DAY for number in range(many))
    for ts in closes:
        price *= dice.uniform(0.98, 1.02)
        if ts.weekday() < 5:
            yield bar(symbol, ts, price, interval="1d", **changes)


def split(day: str, ratio: float) -> dict[str, Any]:
    """What a bar says of a split that its provider knows of."""
    return {"split": {"ex_date": day, "ratio": ratio}}


def events() -> list[dict[str, Any]]:
    """Minutes before, in and after the session, at night into the next UTC day, and days, over splits and gaps."""
    return [
        *minutes("AAPL", "2014-06-05T11:00:00Z", 115, 640.0),
        *minutes("AAPL", "2014-06-06T12:58:00Z", 60, 645.0),
        *minutes("AAPL", "2014-06-09T13:25:00Z", 80, 92.0),
        # Before the summer time and in it.
        *days("MSFT", "2014-02-20T21:00:00Z", 18, 40.0),
        *days("MSFT", "2014-03-10T20:00:00Z", 40, 41.0),
        *days("MSFT", "2014-06-02T20:00:00Z", 7, 26.0, **split("2014-05-20", 1.5)),
        *days("MSFT", "2014-06-09T20:00:00Z", 60, 260.0, **split("2014-06-09", 0.1)),
        # A day that has minutes too.
        *minutes("MSFT", "2014-06-10T13:30:00Z", 30, 262.0),
        *days("IBM", "2014-06-05T00:00:00Z", 3, 100.0),
        *days("IBM", "2014-06-09T00:00:00Z", 3, 50.0, **split("2014-06-09", 1.0)),
    ]


def flat(spark: SparkSession, some: Sequence[dict[str, Any]]) -> DataFrame:
    """Events as rows of the table `bars`."""
    rows = [{**dict.fromkeys(BARS.names), **event, "ts": parse_utc(event["ts"])} for event in some]
    return spark.createDataFrame([[row[name] for name in BARS.names] for row in rows], BARS)


def rows_of(tables: LocalTables, state: State, table: Table) -> pa.Table:
    """All rows of a table."""
    paths = tables.paths(state, table, state.slices(table))
    return pa.concat_tables(pq.ParquetFile(path).read() for path in paths)


def assert_alike(expected: pa.Table, actual: pa.Table, key: Sequence[str]) -> None:
    """The same rows; numbers but for what was rounded."""
    order: Any = [(name, "ascending") for name in key]
    for name in sorted({*expected.column_names, *actual.column_names}):
        ours, theirs = (table.sort_by(order)[name].to_pylist() for table in (expected, actual))
        if expected[name].type != pa.float64():
            assert ours == theirs, name
            continue
        # approx compares nothing with None, and takes nan for itself on demand.
        ours, theirs = ([nan if value is None else value for value in values] for values in (ours, theirs))
        assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-6, nan_ok=True), name
