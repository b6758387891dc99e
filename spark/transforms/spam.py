"""Which tweets are spam: the same words again and again, or an author who writes without pause.

Spam is judged within a day of UTC, so that a day can be judged without any other. It stays in every table, marked, and
is counted beside the rest: who wants it gone filters, and who wants to know how much it is can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as fn

# What differs between copies of one message, besides all that is no letter.
_LINKS_AND_TAGS = r"https?://\S+|[@#$][\w.^-]+"
_NO_LETTERS = r"[^\p{L}]+"


@dataclass(frozen=True, slots=True)
class SpamRules:
    """From how much on it is spam. 0 switches a rule off.

    Attributes:
        copies: so many tweets of a day, other than retweets, say the same. 3 is the second repetition: once more is how
            people correct a ticker.
        burst: so many tweets of an author in one clock hour; on average one every three minutes.
        letters: a text of fewer letters says too little to be a copy: `$AAPL up` is said by many.
    """

    copies: int = 3
    burst: int = 20
    letters: int = 20


def fingerprint(text: Column) -> Column:
    """The letters of a text in lower case, without links, accounts, tags and numbers: equal for copies."""
    told = fn.regexp_replace(fn.lower(text), _LINKS_AND_TAGS, " ")
    return fn.trim(fn.regexp_replace(told, _NO_LETTERS, " "))


def mark_spam(tweets: DataFrame, rules: SpamRules, *, by: tuple[str, ...] = ()) -> DataFrame:
    """The same rows with `spam_reason`: `repeated_text`, `author_burst`, or null for a tweet that is no spam.

    Args:
        by: columns that say no more than the day does: where the rows are partitioned by them, none has to move.
    """
    day, hour = fn.to_date("created_at"), fn.date_trunc("hour", "created_at")
    told = fn.when(~fn.col("is_retweet"), fingerprint(fn.col("text")))
    rows = tweets.withColumn("_said", fn.when(fn.length(told) >= rules.letters, told))
    reason = fn.lit(None).cast("string")
    if rules.burst:
        burst = fn.count("*").over(Window.partitionBy("author_id", hour, *by)) >= rules.burst
        reason = fn.when(burst, "author_burst")
    if rules.copies:
        # A text that says too little stands alone.
        alone = fn.when(fn.col("_said").isNull(), fn.col("id"))
        copies = fn.count("*").over(Window.partitionBy("_said", alone, day, *by))
        repeated = fn.col("_said").isNotNull() & (copies >= rules.copies)
        reason = fn.when(repeated, "repeated_text").otherwise(reason)
    return rows.withColumn("spam_reason", reason).drop("_said")


def spam_of(tweets: DataFrame) -> DataFrame:
    """The table `spam`: the tweets that were marked, and why."""
    return tweets.filter(fn.col("spam_reason").isNotNull()).select(
        "slice", "id", "created_at", "author_id", "text", "tickers", fn.col("spam_reason").alias("reason")
    )
