"""New tweets into the tables: the slices they touch, and the counts of the periods they fall into."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs.reading import read_slices
from spark.jobs.slices import month_of
from spark.jobs.slicing import Kind, in_memory, sliced, write_slices
from spark.jobs.tables import LocalTables, State
from spark.schemas import CONTRIBUTIONS, ROLLUPS, TWEET_EVENT, TWEETS
from spark.transforms.events import slice_of
from spark.transforms.mentions import mentions_of
from spark.transforms.periods import period_of
from spark.transforms.rollups import ALL, contributions_of, counted, merged
from spark.transforms.spam import SpamRules, mark_spam, spam_of
from spark.transforms.tweets import distinct_tweets, flat_tweets, readable_tweet
from tickertape.domain.periods import Level, period_end, period_name, period_start
from tickertape.lake.keys import Table

KIND = Kind(Table.TWEETS, TWEET_EVENT, TWEETS, "created_at", readable_tweet, flat_tweets, distinct_tweets)
# Beside the curated tables, and not in the lake: what the serving store gets, and contributions by day and by month.
TOTALS = "totals"
BY_DAY = "contributions_by_day"
BY_MONTH = "contributions_by_month"
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
        marked = mark_spam(new.rows, rules).withColumn("slice", slice_of(fn.col("created_at"), new.by_day))
        with in_memory(marked.repartition("slice")) as tweets:
            contributions = contributions_of(tweets)
            day = period_of(Level.DAILY, fn.col("created_at"))
            hour = period_of(Level.HOURLY, fn.col("created_at"))
            by = ("slice",)
            made = {
                Table.TWEETS: (tweets.drop("spam_reason"), ("created_at", "id")),
                Table.MENTIONS: (mentions_of(tweets), ("created_at", "id", "ticker")),
                Table.SPAM: (spam_of(tweets), ("created_at", "id")),
                BY_DAY: (merged(contributions, day, by=by), _CONTRIBUTION_ORDER),
            }
            for table, (rows, order) in made.items():
                state = state.with_slices(table, new.replaced, write_slices(tables, table, rows, order))
            counts = counted(contributions, Level.HOURLY, hour, by=by).unionByName(
                counted(contributions, Level.DAILY, day, by=by)
            )
            state = _with_counts(tables, state, new.replaced, counts)
    return _count_longer(spark, tables, state, new.days), new.unreadable


def _count_longer(spark: SparkSession, tables: LocalTables, state: State, days: Iterable[str]) -> State:
    """The state with the weeks, months and years of those days counted again."""
    weeks, months, years = (_periods(level, days) for level in (Level.WEEKLY, Level.MONTHLY, Level.YEARLY))
    by_day = state.slices(BY_DAY)
    of_months = _read(spark, tables, state, BY_DAY, (name for name in by_day if month_of(name) in months))
    period = fn.col("period")
    by_month = merged(of_months, fn.substring(period, 1, 7)).withColumn("slice", fn.col("period"))
    made = write_slices(tables, BY_MONTH, by_month.repartition("slice"), _CONTRIBUTION_ORDER)
    state = state.with_slices(BY_MONTH, months, made)

    in_weeks = set(_days_of(weeks))
    of_weeks = _read(
        spark, tables, state, BY_DAY, (name for name in by_day if any(day.startswith(name) for day in in_weeks))
    )
    of_years = _read(spark, tables, state, BY_MONTH, (name for name in state.slices(BY_MONTH) if name[:4] in years))
    week = period_of(Level.WEEKLY, fn.to_timestamp("period"))
    counts = [
        counted(of_weeks.filter(period.isin(sorted(in_weeks))), Level.WEEKLY, week),
        counted(_read(spark, tables, state, BY_MONTH, months), Level.MONTHLY, period),
        counted(of_years, Level.YEARLY, fn.substring(period, 1, 4)),
    ]
    # A file holds all weeks, months and years that begin in one year; most of them stay as they are.
    files = {name[:4] for name in (*weeks, *months)}
    again = {Level.WEEKLY: weeks, Level.MONTHLY: months, Level.YEARLY: years}
    for table in (Table.ROLLUPS, TOTALS):
        kept = read_slices(spark, tables.paths(state, table, files), ROLLUPS)
        for level, periods in again.items():
            kept = kept.filter((fn.col("level") != level.value) | ~period.isin(sorted(periods)))
        counts.append(kept)
    longer = reduce(DataFrame.unionByName, counts).withColumn("slice", fn.substring("period", 1, 4))
    return _with_counts(tables, state, files, longer.repartition("slice"))


def _with_counts(tables: LocalTables, state: State, replaced: Iterable[str], counts: DataFrame) -> State:
    """The state with counts that have their slice: those of tickers in one table, those of all tweets in another."""
    replaced = list(replaced)
    folder = tables.root / "run" / "counts"
    kind = fn.when(fn.col("ticker") == ALL, TOTALS).otherwise(Table.ROLLUPS.value)
    rows = counts.withColumn("kind", kind).sortWithinPartitions("kind", "slice", *_ROLLUP_ORDER)
    rows.write.mode("overwrite").parquet(str(folder), partitionBy=["kind", "slice"])
    for table in (Table.ROLLUPS, TOTALS):
        state = state.with_slices(table, replaced, tables.adopt(table, folder / f"kind={table}"))
    return state


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
