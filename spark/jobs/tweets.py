"""New tweets into the tables: the slices they touch, and the counts of the periods they fall into."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs.reading import read_slices
from spark.jobs.slices import month_of
from spark.jobs.slicing import Kind, in_memory, sliced, write_slices
from spark.jobs.tables import File, LocalTables, State
from spark.schemas import CONTRIBUTIONS, ROLLUPS, TWEET_EVENT, TWEETS
from spark.transforms.mentions import mentions_of
from spark.transforms.periods import period_of
from spark.transforms.rollups import ALL, contributions_of, counted, in_periods, merged
from spark.transforms.spam import SpamRules, mark_spam, spam_of
from spark.transforms.tweets import distinct_tweets, flat_tweets, readable_tweet
from tickertape.domain.periods import Level, period_end, period_name, period_start
from tickertape.lake.keys import Table

KIND = Kind(Table.TWEETS, TWEET_EVENT, TWEETS, "created_at", readable_tweet, flat_tweets, distinct_tweets)
# Beside the curated tables, and not in the lake: what the serving store gets, and contributions by day and by month.
TOTALS = "totals"
BY_DAY = "contributions_by_day"
BY_MONTH = "contributions_by_month"
_BY = ("slice",)
_AT_ONCE = 2
_ROLLUP_ORDER = ("level", "period", "ticker")
_CONTRIBUTION_ORDER = ("period", "ticker", "author_id")


def add_tweets(
    spark: SparkSession, tables: LocalTables, state: State, lines: Path, rules: SpamRules
) -> tuple[State, int]:
    """The state with the tweets of a file of lines, and how many of its lines are none.

    The tables depend on the tweets in them only, not on the order in which they came or on how often.
    """
    with sliced(spark, tables, state, KIND, lines) as new:
        if not new.days:
            return state, new.unreadable
        with in_memory(mark_spam(new.rows, rules, by=_BY)) as tweets, ThreadPoolExecutor(_AT_ONCE) as pool:
            # First and alone: the others find in memory what it computes.
            rows = tweets.drop("spam_reason")
            state = state.with_slices(
                Table.TWEETS, new.replaced, write_slices(tables, Table.TWEETS, rows, ("created_at", "id"))
            )
            contributions = contributions_of(tweets)
            day = period_of(Level.DAILY, fn.col("created_at"))
            hour = period_of(Level.HOURLY, fn.col("created_at"))
            # At once, since small queries are mostly planning, of which each has one thread.
            others = {
                table: pool.submit(write_slices, tables, table, made, order)
                for table, made, order in (
                    (Table.MENTIONS, mentions_of(tweets), ("created_at", "id", "ticker")),
                    (Table.SPAM, spam_of(tweets), ("created_at", "id")),
                )
            }
            in_hours_and_days = in_periods(contributions, (Level.HOURLY, hour), (Level.DAILY, day), by=_BY)
            shorter = pool.submit(_write_counts, tables, "shorter", counted(in_hours_and_days, by=_BY))
            by_day = write_slices(tables, BY_DAY, merged(contributions, day, by=_BY), _CONTRIBUTION_ORDER)
            state = state.with_slices(BY_DAY, new.replaced, by_day)
            state = _count_longer(spark, tables, state, new.days)
            made_by_table = {table: made.result() for table, made in others.items()} | shorter.result()
        for table, slices in made_by_table.items():
            state = state.with_slices(table, new.replaced, slices)
        return state, new.unreadable


def _count_longer(spark: SparkSession, tables: LocalTables, state: State, days: Iterable[str]) -> State:
    """The state with the weeks, months and years of those days counted again."""
    weeks, months, years = (_periods(level, days) for level in (Level.WEEKLY, Level.MONTHLY, Level.YEARLY))
    by_day = state.slices(BY_DAY)
    of_months = _read(spark, tables, state, BY_DAY, (name for name in by_day if month_of(name) in months))
    period = fn.col("period")
    by_month = merged(of_months, fn.substring(period, 1, 7)).withColumn("slice", fn.col("period"))
    of_month = write_slices(tables, BY_MONTH, by_month.repartition("slice"), _CONTRIBUTION_ORDER)
    state = state.with_slices(BY_MONTH, months, of_month)

    in_weeks = set(_days_of(weeks))
    of_weeks = _read(
        spark, tables, state, BY_DAY, (name for name in by_day if any(day.startswith(name) for day in in_weeks))
    )
    of_years = _read(spark, tables, state, BY_MONTH, (name for name in state.slices(BY_MONTH) if name[:4] in years))
    week = fn.when(period.isin(sorted(in_weeks)), period_of(Level.WEEKLY, fn.to_timestamp("period")))
    month = fn.when(period.isin(sorted(months)), period)
    again = in_periods(of_weeks, (Level.WEEKLY, week)).unionByName(
        in_periods(of_years, (Level.MONTHLY, month), (Level.YEARLY, fn.substring(period, 1, 4)))
    )
    # A file holds all weeks, months and years that begin in one year; most of them stay as they are.
    files = {name[:4] for name in (*weeks, *months)}
    kept = [path for table in (Table.ROLLUPS, TOTALS) for path in tables.paths(state, table, files)]
    stays = read_slices(spark, kept, ROLLUPS).filter(~period.isin(sorted({*weeks, *months, *years})))
    longer = counted(again).unionByName(stays).withColumn("slice", fn.substring("period", 1, 4))
    for table, made in _write_counts(tables, "longer", longer.repartition("slice")).items():
        state = state.with_slices(table, files, made)
    return state


def _write_counts(tables: LocalTables, name: str, counts: DataFrame) -> dict[str, dict[str, File]]:
    """Write counts that have their slice: those of tickers to one table, those of all tweets to another."""
    folder = tables.root / "run" / name
    kind = fn.when(fn.col("ticker") == ALL, TOTALS).otherwise(Table.ROLLUPS.value)
    rows = counts.withColumn("kind", kind).sortWithinPartitions("kind", "slice", *_ROLLUP_ORDER)
    rows.write.mode("overwrite").parquet(str(folder), partitionBy=["kind", "slice"])
    return {table: tables.adopt(table, folder / f"kind={table}") for table in (Table.ROLLUPS, TOTALS)}


def _read(spark: SparkSession, tables: LocalTables, state: State, table: str, slices: Iterable[str]) -> DataFrame:
    return read_slices(spark, tables.paths(state, table, slices), CONTRIBUTIONS)


def _periods(level: Level, days: Iterable[str]) -> set[str]:
    return {period_name(level, period_start(Level.DAILY, day)) for day in days}


def _days_of(weeks: Iterable[str]) -> Iterable[str]:
    for week in weeks:
        day, end = period_start(Level.WEEKLY, week), period_end(Level.WEEKLY, week)
        while day < end:
            name = period_name(Level.DAILY, day)
            yield name
            day = period_end(Level.DAILY, name)
