"""Candles out of bars: the slices that new bars touch, and those that look back at them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs import splits
from spark.jobs.reading import read_slices
from spark.jobs.slices import month_of, near
from spark.jobs.slicing import Sliced, in_slices, write_slices
from spark.jobs.tables import LocalTables, State
from spark.schemas import CANDLES
from spark.transforms.candles import BASE, KEY, LOOKBACK_DAYS, joined, with_returns
from spark.transforms.events import slice_of
from tickertape.lake.keys import Table

# Beside the curated tables, and not in the lake: see spark/jobs/splits.py.
EDGES = "session_edges"


def add_candles(
    spark: SparkSession, tables: LocalTables, before: State, state: State, bars: DataFrame, new: Sliced
) -> State:
    """The state with the candles made again that its bars change.

    Every candle is made of the bars of one slice, which has the same name here, and what it says of other candles
    reaches back `LOOKBACK_DAYS`. A split that was not known changes all candles of its symbol.

    Args:
        before: the state before the new bars.
        state: the state with them.
        bars: the rows of all slices of bars that were written.
        new: what they were written for.
    """
    if state.slices(Table.BARS) == before.slices(Table.BARS):
        return state
    written = frozenset(state.slices(Table.BARS).keys() - (before.slices(Table.BARS).keys() - set(new.replaced)))
    state = state.with_slices(EDGES, new.replaced, _write_edges(tables, state, written))
    known = state.slices(Table.CANDLES).keys() - set(new.replaced)
    later = near(known, new.days, after=LOOKBACK_DAYS) | (known & _resplit(tables, before, state))
    again = written | later
    around = near(known - later, again, before=LOOKBACK_DAYS)
    there = read_slices(spark, tables.paths(state, Table.CANDLES, later | around), CANDLES)
    shares = spark.createDataFrame(splits.shares_of(splits.known_splits(_edges(tables, state))))
    by_day = new.by_day | {month_of(name) for name in known if name != month_of(name)}
    rows = with_returns(joined(bars).unionByName(there.select(*BASE).repartition("symbol")), shares)
    cut = rows.withColumn("slice", slice_of(fn.col("ts"), by_day)).filter(fn.col("slice").isin(sorted(again)))
    made = write_slices(tables, Table.CANDLES, in_slices(cut, again), KEY)
    return state.with_slices(Table.CANDLES, {*new.replaced, *again}, made)


def _write_edges(tables: LocalTables, state: State, names: Collection[str]) -> dict[str, Any]:
    folder = tables.root / "run" / EDGES
    for name in names:
        (path,) = tables.paths(state, Table.BARS, [name])
        part = folder / f"slice={name}" / "edges.parquet"
        part.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(splits.edges_of(_read(path, splits.COLUMNS)), part)
    return tables.adopt(EDGES, folder)


def _resplit(tables: LocalTables, before: State, state: State) -> frozenset[str]:
    """The slices with symbols of which other splits are known than before."""
    changed = splits.known_splits(_edges(tables, before)) ^ splits.known_splits(_edges(tables, state))
    symbols = {split.symbol for split in changed}
    if not symbols:
        return frozenset()
    return frozenset(
        name
        for name in state.slices(EDGES)
        for path in tables.paths(state, EDGES, [name])
        if symbols & set(_read(path, ["symbol"])["symbol"].unique().to_pylist())
    )


def _edges(tables: LocalTables, state: State) -> list[pa.Table]:
    return [_read(path) for path in tables.paths(state, EDGES, state.slices(EDGES))]


def _read(path: str | Path, columns: Any = None) -> pa.Table:
    # Not through a dataset: it would make columns of the folders of the path.
    return pq.ParquetFile(path).read(columns=None if columns is None else list(columns))
