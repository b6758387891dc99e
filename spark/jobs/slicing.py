"""Events into the slices of a table: what is new beside what is there, each event once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as fn
from pyspark.sql.types import StructType

from spark.jobs.reading import read_events, read_slices
from spark.jobs.slices import affected, kept_by_day, month_of
from spark.jobs.tables import File, LocalTables, State
from spark.transforms.events import slice_of
from spark.transforms.periods import period_of
from tickertape.domain.periods import Level


class Distinct(Protocol):
    """One row an event out of rows that repeat; `by` as in `distinct_tweets`."""

    def __call__(self, rows: DataFrame, /, *, by: tuple[str, ...] = ()) -> DataFrame:
        """The rows, each event once."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of event becomes rows of its table.

    Attributes:
        event: the schema of its lines.
        row: the schema of the table.
        moment: the column with the event's time.
        readable: whether a line is such an event.
        flat: lines to rows.
        distinct: one row an event out of rows that repeat. Of any rows first and the rest later is the same as of all.
    """

    table: str
    event: StructType
    row: StructType
    moment: str
    readable: Callable[[], Column]
    flat: Callable[[DataFrame], DataFrame]
    distinct: Distinct


@dataclass(frozen=True, slots=True)
class Sliced:
    """New events among those that are there.

    Attributes:
        rows: every row of the slices that new events touch, with its `slice`, all of a slice in one partition.
        replaced: the slices they were read from.
        days: the days of the new events.
        by_day: the months that have a slice a day.
        unreadable: how many lines are no events.
    """

    rows: DataFrame
    replaced: tuple[str, ...]
    days: frozenset[str]
    by_day: frozenset[str]
    unreadable: int


@contextmanager
def sliced(spark: SparkSession, tables: LocalTables, state: State, kind: Kind, lines: Path) -> Iterator[Sliced]:
    """The events of a file of lines, each once, among the rows that their slices have."""
    if not lines.stat().st_size:
        yield Sliced(spark.createDataFrame([], kind.row), (), frozenset(), frozenset(), 0)
        return
    events = read_events(spark, lines, kind.event)
    told = Observation()
    # Counted as they pass: another look at the lines would cost as much as this one.
    events = events.observe(told, fn.count_if(~kind.readable()).alias("unreadable"))
    with in_memory(kind.distinct(kind.flat(events)).select(kind.row.fieldNames())) as fresh:
        days = _rows_by_day(fresh, kind)
        known = state.slices(kind.table)
        touched = affected(days, known)
        unreadable = int(told.get["unreadable"])
        # At most so many rows, while nobody knows which of the new ones are there already.
        most = Counter(days)
        for name in touched.slices:
            most[name] += known[name].rows
        others = {name: file.rows for name, file in known.items() if name not in touched.slices}
        if not touched.slices:
            by_day = kept_by_day(days, others)
            yield Sliced(_cut(fresh, kind, by_day), (), frozenset(days), by_day, unreadable)
            return
        there = read_slices(spark, tables.paths(state, kind.table, touched.slices), kind.row)
        by_day = kept_by_day(most, others)
        rows = kind.distinct(_cut(fresh.unionByName(there), kind, by_day), by=("slice",))
        if not by_day <= {month_of(name) for name in known if name != month_of(name)}:
            # A month may have outgrown its slice: worth counting.
            by_day = kept_by_day(_rows_by_day(rows, kind), others)
            rows = _cut(rows, kind, by_day)
        yield Sliced(rows, touched.slices, frozenset(days), by_day, unreadable)


def _cut(rows: DataFrame, kind: Kind, by_day: Collection[str]) -> DataFrame:
    """Rows with their `slice`, all of a slice in one partition."""
    return rows.withColumn("slice", slice_of(fn.col(kind.moment), by_day)).repartition("slice")


@contextmanager
def in_memory(rows: DataFrame) -> Iterator[DataFrame]:
    """Rows that are computed once."""
    kept = rows.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        yield kept
    finally:
        kept.unpersist()


def in_slices(rows: DataFrame, slices: Collection[str]) -> DataFrame:
    """Rows that have their `slice`, all of a slice in one partition; of one slice without a shuffle."""
    return rows.repartition("slice") if len(slices) > 1 else rows.coalesce(1)


def write_slices(tables: LocalTables, table: str, rows: DataFrame, order: tuple[str, ...]) -> dict[str, File]:
    """Write rows that have their `slice`, all of a slice in one partition: the same rows make the same bytes."""
    folder = tables.root / "run" / table
    rows.sortWithinPartitions("slice", *order).write.mode("overwrite").parquet(str(folder), partitionBy="slice")
    return tables.adopt(table, folder)


def _rows_by_day(rows: DataFrame, kind: Kind) -> dict[str, int]:
    day = period_of(Level.DAILY, fn.col(kind.moment))
    counts = rows.groupBy(day.alias("day")).agg(fn.count("*").alias("rows"))
    return {row["day"]: row["rows"] for row in counts.collect()}
