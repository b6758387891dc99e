"""Counts by period: of each ticker's mentions, and of all tweets."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from tickertape.domain.periods import NAME_LENGTH, Level
from tickertape.domain.sentiment import Sentiment

# Polarities are summed as whole millionths: a sum of floats depends on the order of its terms, and a rerun that
# shuffles them another way would find every row changed in its last digit.
_UNITS = 1_000_000


def rollups_of(mentions: DataFrame) -> DataFrame:
    """One row for each level, period and ticker: its mentions, their sentiments and how many authors wrote them."""
    return (
        # Shuffled once, as single mentions: every grouping below holds the ticker, so none of them shuffles again.
        _by_period(mentions.select("created_at", "ticker", "sentiment", "polarity", "author_id").repartition("ticker"))
        .groupBy("level", "period", "ticker")
        .agg(
            fn.count("*").alias("mentions"),
            *_sentiments(),
            _mean_polarity(),
            fn.count_distinct("author_id").alias("authors"),
        )
        .select(
            "level",
            "period",
            "ticker",
            "mentions",
            "positive",
            "neutral",
            "negative",
            "polarity",
            "authors",
            fn.substring("period", 1, NAME_LENGTH[Level.YEARLY]).alias("year"),
        )
    )


def totals_of(tweets: DataFrame, rollups: DataFrame) -> DataFrame:
    """One row for each level and period: its distinct tweets with or without tickers, their sentiments and authors."""
    counts = (
        _by_period(tweets.select("created_at", "sentiment", "author_id", fn.size("tickers").alias("named")))
        .repartition("period")
        .groupBy("level", "period")
        .agg(
            fn.count("*").alias("tweets"),
            fn.sum("named").alias("mentions"),
            *_sentiments(),
            fn.count_distinct("author_id").alias("authors"),
        )
    )
    tickers = rollups.groupBy("level", "period").agg(fn.count("*").alias("tickers"))
    return counts.join(tickers, ["level", "period"], "left").select(
        "level",
        "period",
        "tweets",
        "mentions",
        "positive",
        "neutral",
        "negative",
        "authors",
        fn.coalesce("tickers", fn.lit(0).cast("long")).alias("tickers"),
    )


def _by_period(events: DataFrame) -> DataFrame:
    hour = fn.date_format("created_at", "yyyy-MM-dd'T'HH")
    periods = [
        fn.struct(fn.lit(level.value).alias("level"), fn.substring(hour, 1, length).alias("period"))
        for level, length in NAME_LENGTH.items()
    ]
    return events.withColumn("p", fn.explode(fn.array(*periods))).select("p.*", *events.columns)


def _sentiments() -> list[Column]:
    return [fn.count_if(fn.col("sentiment") == known.value).alias(known.value) for known in Sentiment]


def _mean_polarity() -> Column:
    units = fn.round(fn.col("polarity") * _UNITS).cast("long")
    return fn.round(fn.sum(units) / fn.count(units) / _UNITS, 6).alias("polarity")
