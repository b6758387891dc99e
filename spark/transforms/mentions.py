"""Tweets to the table `mentions`: which tweet names which ticker."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as fn


def mentions_of(tweets: DataFrame) -> DataFrame:
    """One row for each tweet, its spam marked, and each distinct ticker in it."""
    return tweets.select(
        "slice",
        "id",
        fn.explode("tickers").alias("ticker"),
        "created_at",
        "sentiment",
        "polarity",
        "lang",
        "is_retweet",
        "author_id",
        fn.col("spam_reason").isNotNull().alias("spam"),
    )
