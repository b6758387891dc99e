"""Enriched tweet events to the table `tweets`."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from spark.schemas import LINE
from spark.transforms.events import COPIES, UNREADABLE, is_readable, month_of, one_unreadable, utc_time, year_of
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.tweet import SCHEMA_VERSION


def readable_tweet() -> Column:
    """Whether a row of `TWEET_EVENT` is a tweet. One that was never judged is; one with a made-up sentiment is not."""
    sentiment = fn.col("sentiment")
    return is_readable(
        SCHEMA_VERSION, fn.col("id"), utc_time(fn.col("created_at")), fn.col("text"), fn.col("author.id")
    ) & (sentiment.isNull() | sentiment.isin([known.value for known in Sentiment]))


def distinct_tweets(events: DataFrame) -> DataFrame:
    """One row a tweet, flat, with its number of copies, out of rows of `TWEET_EVENT` in which tweets may repeat.

    Of unlike copies a judged one wins, then the smallest by its fields: any order of arrival gives the same row. The
    rows that are no tweets are together in one row without an id, so that they are counted in the same pass.
    """
    flat = events.select(
        fn.when(readable_tweet(), fn.col("id")).alias("id"),
        readable_tweet().alias("readable"),
        LINE,
        # First among the compared fields, since Spark sorts null before any value and false before true.
        fn.col("sentiment").isNull().alias("unjudged"),
        utc_time(fn.col("created_at")).alias("created_at"),
        "text",
        fn.col("author.id").alias("author_id"),
        fn.col("author.name").alias("author_name"),
        fn.col("author.followers").alias("followers"),
        "lang",
        _texts(fn.col("tickers")).alias("tickers"),
        _texts(fn.col("hashtags")).alias("hashtags"),
        fn.col("location.lat").alias("lat"),
        fn.col("location.lon").alias("lon"),
        fn.col("location.place").alias("place"),
        "reply_to",
        fn.coalesce(fn.col("is_retweet"), fn.lit(False)).alias("is_retweet"),
        "source",
        "sentiment",
        "polarity",
        "scorer",
        "method",
    )
    fields = [column for column in flat.columns if column not in ("id", "readable", LINE)]
    one = flat.groupBy("id").agg(
        fn.min(fn.struct(*fields)).alias("tweet"),
        fn.count("*").alias(COPIES),
        one_unreadable(fn.col("readable")),
    )
    return (
        one.select("id", "tweet.*", COPIES, UNREADABLE)
        .drop("unjudged")
        .select("*", year_of(fn.col("created_at")), month_of(fn.col("created_at")))
    )


def _texts(texts: Column) -> Column:
    return fn.array_distinct(fn.array_compact(fn.coalesce(texts, fn.array().cast("array<string>"))))
