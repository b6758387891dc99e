"""Which tweets are spam: the same words again and again, or an author who writes without pause.

Spam is judged within a day of UTC, so that a day can be judged without any other. It stays in every table, marked, and
is counted beside the rest: who wants it gone filters, and who wants to know how much it is can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
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


def mark_spam(tweets: DataFrame, rules: SpamRules) -> DataFrame:
    """The same rows with `spam_reason`: `repeated_text`, `author_burst`, or null for a tweet that is no spam."""
    told = tweets.withColumn("_day", fn.to_date("created_at")).withColumn("_hour", fn.date_trunc("hour", "created_at"))
    reasons = []
    if rules.copies:
        told = told.withColumn("_said", fn.when(~fn.col("is_retweet"), fingerprint(fn.col("text"))))
        told = _marked(
            told.withColumn("_said", fn.when(fn.length("_said") >= rules.letters, fn.col("_said"))),
            ("_day", "_said"),
            rules.copies,
            "_repeated",
        )
        reasons.append(fn.when(fn.col("_repeated"), fn.lit("repeated_text")))
    if rules.burst:
        told = _marked(told, ("author_id", "_hour"), rules.burst, "_burst")
        reasons.append(fn.when(fn.col("_burst"), fn.lit("author_burst")))
    reason = fn.coalesce(*reasons, fn.lit(None).cast("string"))
    return told.select(*tweets.columns, reason.alias("spam_reason"))


def spam_of(tweets: DataFrame) -> DataFrame:
    """The table `spam`: the tweets that were marked, and why."""
    return tweets.filter(fn.col("spam_reason").isNotNull()).select(
        "slice", "id", "created_at", "author_id", "text", "tickers", fn.col("spam_reason").alias("reason")
    )


def _marked(rows: DataFrame, keys: tuple[str, ...], least: int, mark: str) -> DataFrame:
    """With a column that is true for rows of a key that has at least `least` of them.

    Counted apart and joined, not by a window: the keys that are frequent are few, and the rows stay where they are.
    """
    frequent = (
        rows.filter(fn.col(keys[-1]).isNotNull())
        .groupBy(*keys)
        .agg(fn.count("*").alias("_copies"))
        .filter(fn.col("_copies") >= least)
        .select(*keys, fn.lit(True).alias(mark))
    )
    return rows.join(fn.broadcast(frequent), list(keys), "left")
