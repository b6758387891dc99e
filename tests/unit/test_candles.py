"""Candles: against an independent computation, and in any order of arrival."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark.jobs.bars import add_bars
from spark.jobs.tables import LocalTables, State
from spark.schemas import CANDLES
from spark.transforms.candles import joined
from tests import price_tables
from tests.price_events import MINUTE, NOON, SPLITS, assert_alike, bar, events, flat, rows_of, split
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS


def add(spark: SparkSession, tables: LocalTables, state: State, some: Sequence[dict[str, Any]]) -> State:
    lines = tables.run_dir() / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, some)))
    return add_bars(spark, tables, state, lines)[0]


@pytest.fixture(scope="module", autouse=True)
def large_months() -> Iterator[None]:
    """A month of more bars is kept by day: one of those here is, and the others are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spark.jobs.slices.MOST_ROWS_A_MONTH", 250)
        yield


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalTables, State]:
    """The tables of all events, taken at once."""
    tables = LocalTables(tmp_path_factory.mktemp("whole"))
    return tables, add(spark, tables, State("code"), events())


def test_candles_are_what_another_engine_makes_of_the_bars(made: tuple[LocalTables, State]) -> None:
    """Prices, times of highs, splits, returns and volatility, from minutes and from days, over gaps."""
    tables, state = made
    candles = rows_of(tables, state, Table.CANDLES)
    expected = price_tables.candles(rows_of(tables, state, Table.BARS), SPLITS)
    assert_alike(expected, candles, ["symbol", "interval", "ts"])
    assert {*SCHEMAS[Table.CANDLES].names} == {*candles.column_names, "year", "month"}
    assert CANDLES.fieldNames() == candles.column_names
    assert candles["volatility"].null_count < len(candles)


def test_any_parts_in_any_order_make_the_same_candles(
    spark: SparkSession, tmp_path: Path, made: tuple[LocalTables, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shuffled, in parts, with repeats: the same files, though splits come to light late; then nothing for nothing."""
    tables, state = LocalTables(tmp_path), State("code")
    shuffled = random.Random(1).sample(events(), len(events()))
    for part in (shuffled[:150], shuffled[140:300], shuffled[290:]):
        state = add(spark, tables, state, part)
    assert made[1].files == state.files
    assert {"2014-04", "2014-06-09"} <= state.slices(Table.CANDLES).keys()
    monkeypatch.setattr("spark.jobs.candles.joined", None)
    assert state == add(spark, tables, state, events()[:9])


def test_the_first_minute_with_the_highest_price_is_told(spark: SparkSession) -> None:
    """Of several the earliest, and the price that opened and closed the hour is that of its first and last minute."""
    prices = [10.0, 12.0, 12.0, 11.0]
    some = [bar("AAPL", NOON + number * MINUTE, price, high=price) for number, price in enumerate(prices)]
    (hour,) = joined(flat(spark, some)).filter("interval = '1h'").collect()
    assert (12.0, NOON + MINUTE) == (hour["high"], hour["high_at"].astimezone(UTC))
    assert (10.0, 11.022, 402.0, 4) == (hour["open"], hour["close"], hour["volume"], hour["bars"])


def test_prices_that_are_none_stop_nothing(spark: SparkSession, tmp_path: Path) -> None:
    """A line of the lake may say 0, or a volume beyond all numbers: its candle has no return."""
    some = [bar("AAPL", NOON, 10.0), bar("AAPL", NOON + 6 * MINUTE, 0.0, volume=1e300)]
    some += [bar("AAPL", NOON + 12 * MINUTE, 10.0, **split("2014-06-01", 0.0))]
    tables = LocalTables(tmp_path)
    rows = rows_of(tables, add(spark, tables, State("code"), some), Table.CANDLES).to_pylist()
    assert [None, None, None] == [row["log_return"] for row in rows if row["interval"] == "5m"]
