"""Enriched tweet events to the table `tweets`."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from spark.transforms.events import is_readable, utc_time
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.tweet import SCHEMA_VERSION

# What a tweet is known by.
KEY = ("id", "created_at")


def readable_tweet() -> Column:
    """Whether a row of `TWEET_EVENT` is a tweet. One that was never judged is; one with a made-up sentiment is not."""
    sentiment = fn.col("sentiment")
    return is_readable(
        SCHEMA_VERSION, fn.col("id"), utc_time(fn.col("created_at")), fn.col("text"), fn.col("author.id")
    ) & (sentiment.isNull() | sentiment.isin([known.value for known in Sentiment]))


def flat_tweets(events: DataFrame) -> DataFrame:
    """Rows of `TWEET_EVENT` as rows of the table `tweets`; those that are no tweets are left out."""
    return events.filter(readable_tweet()).select(
        "id",
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


def distinct_tweets(tweets: DataFrame, *, by: tuple[str, ...] = ()) -> DataFrame:
    """One row a tweet out of rows of the table in which tweets may repeat.

    Of unlike copies a judged one wins, then the smallest by its fields: any order of arrival gives the same row, and so
    does any part of them taken first. A tweet is known by its id and its time, since ingest takes an id with another
    content for a conflict; so copies are found within a day.

    Args:
        by: columns that say no more than the key does; grouped by, which saves a shuffle where the rows are
            partitioned by them.
    """
    key = (*KEY, *by)
    fields = [name for name in tweets.columns if name not in key]
    # First among the compared fields, since Spark sorts null before any value and false before true.
    unjudged = fn.col("sentiment").isNull().alias("unjudged")
    one = tweets.groupBy(*key).agg(fn.min(fn.struct(unjudged, *fields)).alias("tweet"))
    return one.select(*key, "tweet.*").select(*tweets.columns)


def _texts(texts: Column) -> Column:
    # Not `array_compact`: an array that cannot hold a null is written otherwise than the same one when read again.
    given = fn.coalesce(texts, fn.array().cast("array<string>"))
    return fn.array_distinct(fn.filter(given, lambda text: text.isNotNull()))
