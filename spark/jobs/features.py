"""Talk beside returns: the table `features`, made again where what it is made of has changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs.reading import read_slices
from spark.jobs.slices import month_of, near
from spark.jobs.slicing import in_slices, write_slices
from spark.jobs.tables import LocalTables, State
from spark.schemas import CANDLES, MENTIONS, SPAM
from spark.transforms.candles import LOOKBACK_DAYS
from spark.transforms.events import slice_of
from spark.transforms.features import KEY, TALK_DAYS, features_of, talk_of, with_past_and_next
from spark.transforms.spam import SpamRules
from spark.transforms.spam_known import spam_known
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS, folder_names

_TALK = (Table.MENTIONS, Table.SPAM)


class Source(NamedTuple):
    """Tables that others are made of, and the state that says which of their files count."""

    tables: LocalTables
    state: State

    def files(self, *names: Table) -> frozenset[str]:
        """The files of those tables, named by their content: `spam/year=2014/month=06/2014-06.1b2c.parquet`."""
        return frozenset(f"{name}/{file.name}" for name in names for file in self.state.slices(name).values())

    def read(self, spark: SparkSession, name: Table, slices: Iterable[str]) -> DataFrame:
        """The rows of some slices."""
        schema = {Table.CANDLES: CANDLES, Table.MENTIONS: MENTIONS, Table.SPAM: SPAM}[name]
        return read_slices(spark, self.tables.paths(self.state, name, slices), schema)


def add_features(
    spark: SparkSession, tables: LocalTables, state: State, prices: Source, talk: Source, rules: SpamRules
) -> State:
    """The state with the features made again that differ; the very same state, and no query, where none do.

    A slice has the rows of that slice of candles. Its bookmark is the files that the features were made of.

    Args:
        rules: those by which spam was marked.
    """
    files = prices.files(Table.CANDLES) | talk.files(*_TALK)
    if files == state.keys:
        return state
    changed = files ^ state.keys
    known = prices.state.slices(Table.CANDLES).keys()
    gone = state.slices(Table.FEATURES).keys() - known
    again = near(known, _slices(changed, Table.CANDLES), before=LOOKBACK_DAYS, after=LOOKBACK_DAYS)
    again |= near(known, _slices(changed, *_TALK), after=TALK_DAYS)
    state = State(state.made_by, files, state.files)
    if not again:
        return state.with_slices(Table.FEATURES, gone, {})
    candles = prices.read(spark, Table.CANDLES, near(known, again, before=LOOKBACK_DAYS, after=LOOKBACK_DAYS))
    mentions, spam = (talk.read(spark, name, near(talk.state.slices(name), again, before=TALK_DAYS)) for name in _TALK)
    by_day = {month_of(name) for name in known if name != month_of(name)}
    wanted = (
        with_past_and_next(candles)
        .withColumn("slice", slice_of(fn.col("ts"), by_day))
        .filter(fn.col("slice").isin(sorted(again)))
    )
    rows = features_of(wanted, talk_of(mentions, spam_known(spam, rules)))
    columns = [name for name in SCHEMAS[Table.FEATURES].names if name not in folder_names(Table.FEATURES)]
    made = write_slices(tables, Table.FEATURES, in_slices(rows.select(*columns, "slice"), again), KEY)
    return state.with_slices(Table.FEATURES, {*gone, *again}, made)


def _slices(files: Iterable[str], *names: Table) -> frozenset[str]:
    parts = [PurePath(file).parts for file in files]
    return frozenset(part[-1].partition(".")[0] for part in parts if part[0] in names)
