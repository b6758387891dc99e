"""Bar events to the table `bars`."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from spark.transforms.events import is_readable, utc_time
from tickertape.domain.bar import SCHEMA_VERSION

# What a bar is known by.
KEY = ("symbol", "interval", "ts")
_PRICES = ("open", "high", "low", "close", "volume")


def readable_bar() -> Column:
    """Whether a row of `BAR_EVENT` is a bar."""
    numbers = [fn.nanvl(fn.col(name), fn.lit(None).cast("double")) for name in _PRICES]
    return is_readable(SCHEMA_VERSION, fn.col("symbol"), utc_time(fn.col("ts")), *numbers)


def flat_bars(events: DataFrame) -> DataFrame:
    """Rows of `BAR_EVENT` as rows of the table `bars`; those that are no bars are left out."""
    return events.filter(readable_bar()).select(
        fn.upper("symbol").alias("symbol"),
        # No interval is empty. A column that cannot be null is written otherwise than the same one when read again.
        fn.nullif(fn.coalesce("interval", fn.lit("1m")), fn.lit("")).alias("interval"),
        utc_time(fn.col("ts")).alias("ts"),
        *_PRICES,
        "provider",
        fn.to_date(fn.col("split.ex_date")).alias("split_date"),
        fn.col("split.ratio").alias("split_ratio"),
    )


def distinct_bars(bars: DataFrame, *, by: tuple[str, ...] = ()) -> DataFrame:
    """One row a symbol, interval and time, out of rows of the table that may repeat.

    A live provider sends a minute again while it grows: of unlike copies the largest volume wins, then the largest by
    its other fields.

    Args:
        by: columns that say no more than the key does; see `distinct_tweets`.
    """
    key = (*KEY, *by)
    fields = ["volume", *(name for name in bars.columns if name not in (*key, "volume"))]
    one = bars.groupBy(*key).agg(fn.max(fn.struct(*fields)).alias("bar"))
    return one.select(*key, "bar.*").select(*bars.columns)
