"""Counts by period: of each ticker's mentions, and of all tweets.

All counts come from contributions, one row for what one author said of one ticker, which add up: tweets are the
smallest ones, `merged` makes those of a day or a month out of them. So a year is counted from its months, its authors
once each, without a look at its tweets.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from tickertape.domain.periods import Level
from tickertape.domain.sentiment import Sentiment

# Stands for all tweets, with or without tickers. No ticker is empty.
ALL = ""
# Polarities are summed as whole millionths: a sum of floats depends on the order of its terms, and a rerun that
# shuffles them another way would find every row changed in its last digit.
UNITS = 1_000_000
_SENTIMENTS = tuple(known.value for known in Sentiment)
# What adds up. `judged` is how many of the mentions have a polarity.
SUMS = ("mentions", *_SENTIMENTS, "spam", "units", "judged")


def contributions_of(tweets: DataFrame) -> DataFrame:
    """One row for each tweet and each ticker in it, and one more for the tweet as one of all.

    Columns: `slice`, `created_at`, `ticker`, `author_id` and the sums.
    """
    each = fn.array_union(fn.array(fn.lit(ALL)), fn.col("tickers"))
    polarity = fn.round(fn.col("polarity") * UNITS).cast("long")
    return tweets.select(
        "slice",
        "created_at",
        fn.explode(each).alias("ticker"),
        "author_id",
        _one(fn.lit(True)).alias("mentions"),
        *(_one(fn.col("sentiment") == known).alias(known) for known in _SENTIMENTS),
        _one(fn.col("spam_reason").isNotNull()).alias("spam"),
        fn.coalesce(polarity, fn.lit(0).cast("long")).alias("units"),
        _one(polarity.isNotNull()).alias("judged"),
    )


def merged(contributions: DataFrame, period: Column, *, by: tuple[str, ...] = ()) -> DataFrame:
    """One row for each period, ticker and author: their contributions added up.

    Args:
        by: columns that say no more than the period does; kept, and grouped by, which saves a shuffle where the rows
            are partitioned by them.
    """
    return contributions.groupBy(*by, period.alias("period"), "ticker", "author_id").agg(
        *(fn.sum(name).alias(name) for name in SUMS)
    )


def in_periods(contributions: DataFrame, *periods: tuple[Level, Column], by: tuple[str, ...] = ()) -> DataFrame:
    """Each contribution once for each of the periods, as one of the columns `level` and `period`.

    Args:
        periods: a level, and the name of the period of it that a row belongs to; null for a row that is in none.
        by: see `merged`.
    """
    each = [fn.struct(fn.lit(level.value).alias("level"), period.alias("period")) for level, period in periods]
    rows = contributions.select(*by, fn.inline(fn.array(*each)), "ticker", "author_id", *SUMS)
    return rows.filter(fn.col("period").isNotNull())


def counted(contributions: DataFrame, *, by: tuple[str, ...] = ()) -> DataFrame:
    """The table `rollups`, and for `ALL` the totals: one row for each period of each level and ticker.

    Args:
        contributions: as `in_periods` gives them; several rows of one author in one period are one author.
        by: see `merged`.
    """
    key = (*by, "level", "period", "ticker")
    # In two steps, not by `count_distinct`: for that Spark plans four, and planning is what most runs cost.
    authors = contributions.groupBy(*key, "author_id").agg(*(fn.sum(name).alias(name) for name in SUMS))
    return (
        authors.groupBy(*key)
        .agg(*(fn.sum(name).alias(name) for name in SUMS), fn.count("*").alias("authors"))
        .select(
            *by,
            # A column that cannot be null is written otherwise than the same one when read again.
            fn.nullif("level", fn.lit("")).alias("level"),
            fn.nullif("period", fn.lit("")).alias("period"),
            "ticker",
            "mentions",
            *_SENTIMENTS,
            # The mean; null where nothing was judged.
            fn.round(fn.col("units") / fn.nullif(fn.col("judged"), fn.lit(0)) / UNITS, 6).alias("polarity"),
            fn.nullif("authors", fn.lit(0)).alias("authors"),
            "spam",
        )
    )


def _one(condition: Column) -> Column:
    return fn.coalesce(condition, fn.lit(False)).cast("long")
