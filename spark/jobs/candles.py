"""Candles out of bars: the slices that new bars touch, and those that look back at them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs import splits
from spark.jobs.reading import read_slices
from spark.jobs.slices import month_of, near
from spark.jobs.slicing import Sliced, in_slices, write_slices
from spark.jobs.tables import File, LocalTables, State
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
    told, told_now = (splits.known_splits(_edges(tables, each)) for each in (before, state))
    symbols = {split.symbol for split in told ^ told_now}
    known = state.slices(Table.CANDLES).keys() - set(new.replaced)
    later = near(known, new.days, after=LOOKBACK_DAYS) | (known & _with_any_of(symbols, tables, state))
    again = written | later
    around = near(known - later, again, before=LOOKBACK_DAYS)
    candles = joined(bars)
    if there := tables.paths(state, Table.CANDLES, later | around):
        candles = candles.unionByName(read_slices(spark, there, CANDLES).select(*BASE).repartition("symbol"))
    rows = with_returns(candles, spark.createDataFrame(splits.shares_of(told_now)))
    by_day = new.by_day | {month_of(name) for name in known if name != month_of(name)}
    cut = rows.withColumn("slice", slice_of(fn.col("ts"), by_day)).filter(fn.col("slice").isin(sorted(again)))
    made = write_slices(tables, Table.CANDLES, in_slices(cut, again), KEY)
    return state.with_slices(Table.CANDLES, {*new.replaced, *again}, made)


def _write_edges(tables: LocalTables, state: State, names: Collection[str]) -> dict[str, File]:
    folder = tables.root / "run" / EDGES
    for name in names:
        (path,) = tables.paths(state, Table.BARS, [name])
        part = folder / f"slice={name}" / "edges.parquet"
        part.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(splits.edges_of(_read(path, splits.COLUMNS)), part)
    return tables.adopt(EDGES, folder)


def _with_any_of(symbols: Collection[str], tables: LocalTables, state: State) -> frozenset[str]:
    """The slices that have bars of those symbols."""
    if not symbols:
        return frozenset()
    return frozenset(
        name
        for name in state.slices(EDGES)
        for path in tables.paths(state, EDGES, [name])
        if not set(symbols).isdisjoint(_read(path, ["symbol"])["symbol"].to_pylist())
    )


def _edges(tables: LocalTables, state: State) -> list[pa.Table]:
    return [_read(path) for path in tables.paths(state, EDGES, state.slices(EDGES))]


def _read(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    # Not through a dataset: it would make columns of the folders of the path.
    return pq.ParquetFile(path).read(columns=columns and list(columns))
