"""The table `features`: for each hour and day that has a candle, its talk beside its return, without looking ahead.

No column of a row knows of anything after the row's `ends_at`, but for those that begin with `next_`: they are what an
analysis may try to predict. So a tweet counts as spam only when it could be known as such by then: the copies that
came later in its day do not count yet, as they do in `mentions.spam`.

- An hour is the clock's, and so is its talk.
- A day's talk is all since the session before closed (16:00 in New York), a week at most: that of an evening, a weekend
  or a holiday belongs to the session that comes next, as its return from close to close does. `talk_since` says when
  that was. Without a session in the `LOOKBACK_DAYS` before, it is a day.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as fn

from spark.transforms.candles import HOUR, LOOKBACK_DAYS, in_new_york, in_utc, recent
from spark.transforms.rollups import UNITS
from tickertape.domain.resample import CLOSES, DAY
from tickertape.domain.sentiment import Sentiment

INTERVALS = (HOUR, DAY)
# What a row is known by.
KEY = ("ticker", "interval", "ts")
# The talk of so many days at most belongs to one session.
TALK_DAYS = 7
# How many candles back `past_log_return_5` and `past_volume` look.
_WEEK, _MONTH = 5, 20
_SENTIMENTS = tuple(known.value for known in Sentiment)
_DIGITS = 10


def with_past_and_next(candles: DataFrame) -> DataFrame:
    """Candles of hours and days with what was before them, what came next, and since when a day's talk is theirs.

    Args:
        candles: the table `candles`; of parts of series, the first and last `LOOKBACK_DAYS` are there for the others
            only.
    """
    series = Window.partitionBy("symbol", "interval").orderBy("ts")
    five = fn.round(fn.sum("log_return").over(series.rowsBetween(-_WEEK, -1)), _DIGITS)
    month = fn.round(fn.avg("volume").over(series.rowsBetween(-_MONTH, -1)), _DIGITS)
    date = _day(fn.col("ts"))
    before = fn.coalesce(_day(recent(fn.lag("ts").over(series), 1, series)), fn.date_sub(date, 1))
    told = fn.greatest(fn.date_add(before, 1), fn.date_sub(date, TALK_DAYS - 1))
    return (
        candles.filter(fn.col("interval").isin(*INTERVALS))
        .withColumn("first_day", told)
        .select(
            fn.col("symbol").alias("ticker"),
            "interval",
            "ts",
            "ends_at",
            fn.when(fn.col("interval") == DAY, in_utc(fn.date_sub("first_day", 1), CLOSES))
            .otherwise(fn.col("ts"))
            .alias("talk_since"),
            # The hours, or days of New York, whose talk is this candle's.
            fn.when(fn.col("interval") == DAY, fn.sequence("first_day", date).cast("array<timestamp>"))
            .otherwise(fn.array("ts"))
            .alias("talk_of"),
            "volume",
            "log_return",
            "volatility",
            recent(fn.lag("log_return").over(series), 1, series).alias("past_log_return"),
            recent(five, _WEEK, series).alias("past_log_return_5"),
            recent(fn.lag("volatility").over(series), 1, series).alias("past_volatility"),
            recent(month, _MONTH, series).alias("past_volume"),
            fn.lead("log_return").over(series).alias("next_log_return"),
            _soon(fn.lead("volume").over(series), fn.lead("ts").over(series)).alias("next_volume"),
        )
    )


def talk_of(mentions: DataFrame, spam: DataFrame) -> DataFrame:
    """What is counted, once for its hour and once for its day: mentions, and beside them those that became spam.

    Args:
        mentions: the table.
        spam: as `spam_known` gives it.
    """
    polarity = fn.round(fn.col("polarity") * UNITS).cast("long")
    said = mentions.select(
        "ticker", "created_at", "author_id", "sentiment", polarity.alias("units"), _none("known_at", "timestamp")
    )
    turned = spam.select(
        fn.explode("tickers").alias("ticker"),
        "created_at",
        _none("author_id", "string"),
        _none("sentiment", "string"),
        _none("units", "long"),
        "known_at",
    )
    # What is said after the close belongs to the next day.
    after_close = in_new_york(fn.col("created_at")) + fn.make_dt_interval(hours=fn.lit(24 - CLOSES.hour))
    return (
        said.unionByName(turned)
        .withColumn(
            "at",
            fn.explode(
                fn.array(
                    _at(HOUR, fn.date_trunc("hour", "created_at")),
                    _at(DAY, fn.date_trunc("day", after_close)),
                )
            ),
        )
        .select("*", "at.*")
        .drop("at", "created_at")
    )


def features_of(candles: DataFrame, talk: DataFrame) -> DataFrame:
    """The table `features`, with the columns that `candles` has besides.

    Args:
        candles: as `with_past_and_next` gives them, of the rows wanted.
        talk: as `talk_of` gives it; what is about other tickers or times does not matter.
    """
    kept = [name for name in candles.columns if name != "talk_of"]
    is_said = fn.col("known_at").isNull() & fn.col("author_id").isNotNull()
    mentions = fn.count_if(is_said)
    spam = fn.count_if(fn.col("known_at") < fn.col("ends_at"))
    return (
        candles.withColumn("of", fn.explode("talk_of"))
        .join(talk, ["ticker", "interval", "of"], "left")
        .groupBy(*kept)
        .agg(
            mentions.alias("mentions"),
            fn.size(fn.collect_set("author_id")).cast("long").alias("authors"),
            *(fn.count_if(fn.col("sentiment") == known).alias(known) for known in _SENTIMENTS),
            fn.round(fn.sum("units") / fn.nullif(fn.count("units"), fn.lit(0)) / UNITS, 6).alias("polarity"),
            fn.round(spam / fn.nullif(mentions, fn.lit(0)), 6).alias("spam_share"),
        )
    )


def _none(name: str, kind: str) -> Column:
    return fn.lit(None).cast(kind).alias(name)


def _at(interval: str, of: Column) -> Column:
    return fn.struct(fn.lit(interval).alias("interval"), of.alias("of"))


def _day(moment: Column) -> Column:
    return fn.to_date(in_new_york(moment))


def _soon(value: Column, then: Column) -> Column:
    return fn.when(then <= fn.col("ts") + fn.make_dt_interval(fn.lit(LOOKBACK_DAYS)), value)
