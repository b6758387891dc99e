"""New bars into their tables: the slices they touch, and the candles made of them."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from spark.jobs.candles import add_candles
from spark.jobs.slicing import Kind, in_memory, sliced, write_slices
from spark.jobs.tables import LocalTables, State
from spark.schemas import BAR_EVENT, BARS
from spark.transforms.bars import KEY, distinct_bars, flat_bars, readable_bar
from tickertape.lake.keys import Table

KIND = Kind(Table.BARS, BAR_EVENT, BARS, "ts", readable_bar, flat_bars, distinct_bars)


def add_bars(spark: SparkSession, tables: LocalTables, state: State, lines: Path) -> tuple[State, int]:
    """The state with the bars of a file of lines, and how many of its lines are none; see `add_tweets`."""
    with sliced(spark, tables, state, KIND, lines) as new:
        if not new.days:
            return state, new.unreadable
        with in_memory(new.rows) as bars:
            made = write_slices(tables, Table.BARS, bars, KEY)
            added = state.with_slices(Table.BARS, new.replaced, made)
            return add_candles(spark, tables, state, added, bars, new), new.unreadable
