"""When a tweet was known to be spam: at the copy, or the tweet of the burst, that was one too many."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as fn

from spark.transforms.spam import SpamRules, fingerprint

REPEATED = "repeated_text"


def spam_known(spam: DataFrame, rules: SpamRules) -> DataFrame:
    """The rows of the table `spam` with `known_at`.

    All tweets that made a tweet spam are in the table themselves, so nothing else has to be looked at.

    Args:
        rules: those by which they were marked.
    """
    # They are few: in one partition neither of the two windows needs a shuffle.
    told = (
        spam.coalesce(1)
        .withColumn("_day", fn.to_date("created_at"))
        .withColumn("_hour", fn.date_trunc("hour", "created_at"))
    )
    told = told.withColumn("_said", fn.when(fn.col("reason") == REPEATED, fingerprint(fn.col("text"))))
    moments = []
    if rules.copies:
        moments.append(fn.when(fn.col("_said").isNotNull(), _nth(rules.copies, "_day", "_said")))
    if rules.burst:
        moments.append(_nth(rules.burst, "author_id", "_hour"))
    first = fn.least(*moments, *[fn.lit(None).cast("timestamp")] * (2 - len(moments)))
    # A later copy of what is known already is spam at once.
    return told.select(*spam.columns, fn.greatest(first, fn.col("created_at")).alias("known_at"))


def _nth(number: int, *keys: str) -> Column:
    alike = Window.partitionBy(*keys).orderBy("created_at")
    return fn.nth_value("created_at", number).over(
        alike.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    )
