"""Bars to the table `candles`: minutes joined to five minutes, hours and days, with returns and their volatility.

Buckets and days are those of `tickertape.domain.resample`, hours are the clock's in UTC; `ts` is where a candle begins
and `ends_at` where it ends. A day that has no minutes is taken from its daily bar: when its high was reached is not
known then.

- `adjusted_close`: the close in shares of the symbol's newest bar, divided by the ratios of all later splits.
- `log_return`: ln(close / close of the candle before), both in one kind of shares.
- `volatility`: the sample standard deviation of the last 20 returns, this one among them; for one candle, not a year
  (Hull, Options, Futures, and Other Derivatives, "Estimating volatility from historical data").

No value but `adjusted_close` depends on anything after its candle, or on anything more than `LOOKBACK_DAYS` before it:
what would is null. So a candle can be made again from those days alone.
"""

from __future__ import annotations

from datetime import time

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as fn

from tickertape.domain.market_hours import NEW_YORK
from tickertape.domain.resample import CLOSES, DAY, FIVE_MINUTES, MINUTE, OPENS

HOUR = "1h"
# What a candle is known by.
KEY = ("symbol", "interval", "ts")
BASE = (*KEY, "ends_at", "open", "high", "high_at", "low", "close", "volume", "bars")
# As many returns as a month has sessions. The 21 closes they are made of span 31 days at most, 38 with a closing of a
# week as in September 2001.
VOLATILITY_RETURNS = 20
LOOKBACK_DAYS = 40

_HOUR_S, _FIVE_MINUTES_S = 3600, 300
# Volumes are summed as decimals: a sum of floats depends on the order of its terms, and a rerun that shuffles them
# another way would find the row changed.
_EXACT = "decimal(28,6)"
_PRICE_DIGITS, _RETURN_DIGITS = 6, 10


def joined(bars: DataFrame) -> DataFrame:
    """The columns `BASE` of each candle that rows of the table `bars` make."""
    local = in_new_york(fn.col("ts"))
    minute = fn.col("interval") == MINUTE
    within = [
        fn.when(minute, _clock(FIVE_MINUTES, _FIVE_MINUTES_S)),
        fn.when(minute, _clock(HOUR, _HOUR_S)),
        fn.when(minute & _is_regular(local), _session(fn.to_date(local))),
        # A daily bar's time is that of a close or of midnight, in UTC or in New York: all of one date in UTC.
        fn.when(fn.col("interval") == DAY, _session(fn.to_date("ts"))),
    ]
    # By symbol, as the returns want them: so they need not be shuffled a second time.
    rows = (
        bars.repartition("symbol")
        .withColumn("whole", ~minute)
        .withColumn("of", fn.explode(fn.filter(fn.array(*within), lambda one: one.isNotNull())))
    )
    # Minutes go before a daily bar: it sorts behind them where the least is wanted, before them where the greatest is.
    known, minutes = fn.col("whole"), ~fn.col("whole")
    first_high = fn.max(fn.struct(minutes.alias("by_minute"), "high", (-fn.unix_micros("ts")).alias("at")))
    exact = fn.when(minutes, fn.col("volume").try_cast(_EXACT))
    return (
        rows.groupBy("symbol", fn.col("of.interval").alias("interval"), fn.col("of.ts").alias("ts"))
        .agg(
            fn.min("of.ends_at").alias("ends_at"),
            fn.min_by("open", fn.struct(known, "ts")).alias("open"),
            first_high.alias("highest"),
            fn.min(fn.struct(known, "low"))["low"].alias("low"),
            fn.max_by("close", fn.struct(minutes, "ts")).alias("close"),
            fn.coalesce(fn.sum(exact).cast("double"), fn.max("volume")).alias("volume"),
            # Never that; but a column that cannot be null is written otherwise than the same one when read again.
            fn.nullif(fn.count_if(minutes), fn.lit(-1)).alias("bars"),
        )
        .withColumn("high", fn.col("highest.high"))
        .withColumn("high_at", fn.when(fn.col("highest.by_minute"), fn.timestamp_micros(-fn.col("highest.at"))))
        .select(*BASE)
    )


def with_returns(candles: DataFrame, shares: DataFrame) -> DataFrame:
    """The table `candles` out of its columns `BASE`.

    Args:
        candles: whole series, or parts of them of which the first `LOOKBACK_DAYS` are there for the others only.
        shares: for each symbol with splits and each stretch of New York dates between them (`since` to before
            `until`), what a share of the first stretch has become (`shares`) and what one will become (`later`).
    """
    day = fn.to_date(in_new_york(candles["ts"]))
    same = (candles["symbol"] == shares["symbol"]) & (day >= shares["since"]) & (day < shares["until"])
    known = candles.join(fn.broadcast(shares), same, "left").select(
        *(candles[name] for name in BASE),
        fn.round(fn.col("close") / fn.coalesce("later", fn.lit(1.0)), _PRICE_DIGITS).alias("adjusted_close"),
        (fn.col("close") * fn.coalesce("shares", fn.lit(1.0))).alias("worth"),
    )
    series = Window.partitionBy("symbol", "interval").orderBy("ts")
    change = fn.ln(fn.try_divide("worth", fn.lag("worth").over(series)))
    known = known.withColumn("log_return", fn.round(recent(change, 1, series), _RETURN_DIGITS))
    spread = fn.stddev_samp("log_return").over(series.rowsBetween(1 - VOLATILITY_RETURNS, 0))
    volatility = fn.round(recent(spread, VOLATILITY_RETURNS, series), _RETURN_DIGITS)
    return known.select(*BASE, "adjusted_close", "log_return", volatility.alias("volatility"))


def recent(value: Column, back: int, series: WindowSpec) -> Column:
    """A value made of a candle and so many before it; null where there are fewer in the last `LOOKBACK_DAYS`."""
    return fn.when(fn.lag("ts", back).over(series) >= fn.col("ts") - fn.make_dt_interval(fn.lit(LOOKBACK_DAYS)), value)


def _clock(interval: str, seconds: int) -> Column:
    since = fn.unix_seconds("ts")
    since = since - since % seconds
    return _bucket(interval, fn.timestamp_seconds(since), fn.timestamp_seconds(since + seconds))


def _session(day: Column) -> Column:
    """The regular hours of a date."""
    return _bucket(DAY, in_utc(day, OPENS), in_utc(day, CLOSES))


def _bucket(interval: str, since: Column, until: Column) -> Column:
    return fn.struct(fn.lit(interval).alias("interval"), since.alias("ts"), until.alias("ends_at"))


def _is_regular(local: Column) -> Column:
    minutes = fn.hour(local) * 60 + fn.minute(local)
    return (minutes >= OPENS.hour * 60 + OPENS.minute) & (minutes < CLOSES.hour * 60 + CLOSES.minute)


def in_new_york(moment: Column) -> Column:
    """What a clock in New York shows, as a timestamp."""
    return fn.from_utc_timestamp(moment, NEW_YORK.key)


def in_utc(day: Column, at: time) -> Column:
    """When a clock in New York shows that time on a date."""
    shown = day.cast("timestamp") + fn.make_dt_interval(hours=fn.lit(at.hour), mins=fn.lit(at.minute))
    return fn.to_utc_timestamp(shown, NEW_YORK.key)
