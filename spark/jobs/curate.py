"""Raw lines to the curated tables as local Parquet: the part of the batch that is Spark's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.dataset
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn
from pyspark.sql.types import StringType, StructField, StructType

from spark.schemas import BAR_EVENT, CORRUPT, LINE, TWEET_EVENT
from spark.transforms.bars import distinct_bars
from spark.transforms.events import COPIES, UNREADABLE
from spark.transforms.mentions import mentions_of
from spark.transforms.rollups import rollups_of, totals_of
from spark.transforms.tweets import distinct_tweets
from tickertape.lake.keys import Table

# Beside the curated tables: what the serving store gets and the lake does not.
TOTALS = "totals"
MONTHLY = ("year", "month")
YEARLY = ("year",)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Lines that are no events: how many, and one or two of them, for a person."""

    lines: int = 0
    samples: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Curated:
    """How many rows each table has, and what could not be read."""

    rows: Mapping[str, int]
    unreadable: Unreadable


def curate_bars(spark: SparkSession, files: Sequence[Path], out: Path) -> Curated:
    """Write the table `bars` below `out` as `bars/year=…/month=…/….parquet`.

    The rows and their files depend on the lines in `files` only, not on their order.
    """
    distinct = _spread(distinct_bars(_events(spark, files, BAR_EVENT))).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        bars = _real(distinct, "symbol")
        _write(bars, out / Table.BARS, MONTHLY, ("symbol", "interval", "ts"))
        return Curated(_rows(out, [Table.BARS]), _unreadable(distinct, "symbol"))
    finally:
        distinct.unpersist()


def curate_tweets(spark: SparkSession, files: Sequence[Path], out: Path) -> Curated:
    """Write the tables that come from tweets, and the totals, below `out`; see `curate_bars`."""
    distinct = _spread(distinct_tweets(_events(spark, files, TWEET_EVENT))).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        tweets = _real(distinct, "id")
        mentions = mentions_of(tweets)
        _write(tweets, out / Table.TWEETS, MONTHLY, ("created_at", "id"))
        _write(mentions, out / Table.MENTIONS, MONTHLY, ("created_at", "id", "ticker"))
        _write(rollups_of(mentions), out / Table.ROLLUPS, YEARLY, ("level", "period", "ticker"))
        # Read back: counting all the mentions again to know how many tickers a period has would cost more.
        rollups = spark.read.schema(rollups_of(mentions).schema).parquet(str(out / Table.ROLLUPS))
        _write(totals_of(tweets, rollups).coalesce(1), out / TOTALS, (), ("level", "period"))
        return Curated(
            _rows(out, [Table.TWEETS, Table.MENTIONS, Table.ROLLUPS, TOTALS]),
            _unreadable(distinct, "id"),
        )
    finally:
        distinct.unpersist()


def _events(spark: SparkSession, files: Sequence[Path], schema: StructType) -> DataFrame:
    """Each line that is not blank as one row: the columns of the schema, and the line itself."""
    if not files:
        return spark.createDataFrame([], StructType([*schema.fields, StructField(LINE, StringType())]))
    # Not `read.json`, to which a line that is an array is as many rows as it has elements, none if it is empty.
    lines = spark.read.text([str(file) for file in files], lineSep="\n").filter(fn.trim("value") != "")
    event = fn.from_json("value", schema, {"columnNameOfCorruptRecord": CORRUPT})
    return lines.select(fn.col("value").alias(LINE), event.alias("event")).select("event.*", LINE)


def _real(distinct: DataFrame, key: str) -> DataFrame:
    return distinct.filter(fn.col(key).isNotNull()).drop(COPIES, UNREADABLE)


def _unreadable(distinct: DataFrame, key: str) -> Unreadable:
    found = distinct.filter(fn.col(key).isNull()).select(COPIES, UNREADABLE).collect()
    return Unreadable(sum(row[COPIES] for row in found), tuple(row[UNREADABLE] for row in found))


def _spread(table: DataFrame) -> DataFrame:
    """All rows of a month in one task, so that it becomes one file."""
    return table.repartition(*MONTHLY)


def _write(table: DataFrame, folder: Path, partitions: Sequence[str], order: Sequence[str]) -> None:
    """Write each task's rows in order: the same rows make the same bytes."""
    table.sortWithinPartitions(*partitions, *order).write.mode("overwrite").parquet(
        str(folder), partitionBy=list(partitions) or None
    )


def _rows(out: Path, tables: Sequence[str]) -> dict[str, int]:
    # From the files' footers: no job of Spark's.
    return {name: pyarrow.dataset.dataset(out / name, format="parquet").count_rows() for name in tables}
