"""Bar events to the table `bars`."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from spark.schemas import LINE
from spark.transforms.events import COPIES, UNREADABLE, is_readable, month_of, one_unreadable, utc_time, year_of
from tickertape.domain.bar import SCHEMA_VERSION

_PRICES = ("open", "high", "low", "close", "volume")


def readable_bar() -> Column:
    """Whether a row of `BAR_EVENT` is a bar."""
    numbers = [fn.nanvl(fn.col(name), fn.lit(None).cast("double")) for name in _PRICES]
    return is_readable(SCHEMA_VERSION, fn.col("symbol"), utc_time(fn.col("ts")), *numbers)


def distinct_bars(events: DataFrame) -> DataFrame:
    """One row a symbol, interval and time, with its number of copies, out of rows of `BAR_EVENT` that may repeat.

    A live provider sends a minute again while it grows: of unlike copies the largest volume wins, then the largest by
    its other fields. The rows that are no bars are together in one row without a symbol.
    """
    readable = readable_bar()
    rows = events.select(
        readable.alias("readable"),
        LINE,
        fn.when(readable, fn.upper("symbol")).alias("symbol"),
        fn.when(readable, fn.coalesce("interval", fn.lit("1m"))).alias("interval"),
        fn.when(readable, utc_time(fn.col("ts"))).alias("ts"),
        fn.struct("volume", "open", "high", "low", "close", "provider").alias("bar"),
    )
    return (
        rows.groupBy("symbol", "interval", "ts")
        .agg(fn.max("bar").alias("bar"), fn.count("*").alias(COPIES), one_unreadable(fn.col("readable")))
        .select(
            "symbol",
            "interval",
            "ts",
            "bar.open",
            "bar.high",
            "bar.low",
            "bar.close",
            "bar.volume",
            "bar.provider",
            COPIES,
            UNREADABLE,
            year_of(fn.col("ts")),
            month_of(fn.col("ts")),
        )
    )
