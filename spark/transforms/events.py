"""What every kind of event shares: which rows are readable, times out of their text, and the slice a row belongs to."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import Column
from pyspark.sql import functions as fn

from spark.schemas import CORRUPT
from spark.transforms.periods import period_of
from tickertape.domain.periods import Level

# The one form that `tickertape.domain.times.format_utc` writes; Spark alone would take `2014` for a time too.
_UTC = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"


def utc_time(text: Column) -> Column:
    """ISO 8601 UTC text as a timestamp, null where it is no such time."""
    return fn.when(text.rlike(_UTC), fn.try_to_timestamp(text))


def is_readable(known_version: int, *needed: Column) -> Column:
    """Whether a row came from a line that fits its schema, of a version we read, with everything that is needed."""
    readable = fn.col(CORRUPT).isNull() & fn.col("schema_version").between(1, known_version)
    for column in needed:
        readable = readable & column.isNotNull()
    # `between` is null for an event without a version.
    return fn.coalesce(readable, fn.lit(False))


def slice_of(moment: Column, by_day: Collection[str]) -> Column:
    """The slice of a table that holds a time: `2014-06`, or `2014-06-17` in the months that are kept by day."""
    day = period_of(Level.DAILY, moment)
    month = fn.substring(day, 1, 7)
    return fn.when(month.isin(sorted(by_day)), day).otherwise(month) if by_day else month
