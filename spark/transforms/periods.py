"""Times to the names of their periods, as `tickertape.domain.periods` names them."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as fn

from tickertape.domain.periods import Level


def period_of(level: Level, moment: Column) -> Column:
    """The name of the period of that level in which a timestamp falls, in UTC."""
    match level:
        case Level.HOURLY:
            return fn.date_format(moment, "yyyy-MM-dd'T'HH")
        case Level.DAILY:
            return fn.date_format(moment, "yyyy-MM-dd")
        case Level.WEEKLY:
            # Spark has a week's number and not the year it belongs to: that of its Thursday.
            thursday = fn.date_add(fn.date_trunc("week", moment).cast("date"), 3)
            week = fn.lpad(fn.weekofyear(moment).cast("string"), 2, "0")
            return fn.concat(fn.date_format(thursday, "yyyy"), fn.lit("-W"), week)
        case Level.MONTHLY:
            return fn.date_format(moment, "yyyy-MM")
        case Level.YEARLY:
            return fn.date_format(moment, "yyyy")
