"""What every kind of event shares: which rows are readable, and times out of their text."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as fn

from spark.schemas import CORRUPT, LINE

# How many lines a row was made of. The row without a key stands for all the lines that are no events.
COPIES = "copies"
# One of those lines, for a person; null for a row that is an event.
UNREADABLE = "unreadable"
_SHOWN_CHARS = 300
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


def year_of(moment: Column) -> Column:
    """The partition `year`, `2014`."""
    return fn.date_format(moment, "yyyy").alias("year")


def month_of(moment: Column) -> Column:
    """The partition `month`, `06`."""
    return fn.date_format(moment, "MM").alias("month")


def one_unreadable(readable: Column) -> Column:
    """An aggregate: of the lines that are not readable always the same one, shortened; null if there are none."""
    return fn.min(fn.when(~readable, fn.substring(LINE, 1, _SHOWN_CHARS))).alias(UNREADABLE)
