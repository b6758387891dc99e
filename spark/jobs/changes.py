"""Which items of the two serving tables differ from what they should be: pure, on Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tickertape.domain.periods import Level
from tickertape.serving.keys import rollup_key, total_key
from tickertape.serving.rollups import COUNTS, VERSION, rollup_item

# Items handed to one writer at a time.
_CHUNK = 500

_COUNTS = [(name, pa.int64()) for name in ("mentions", "positive", "neutral", "negative")]
TOTAL_COUNTS = ("tweets", "mentions", "positive", "neutral", "negative", "authors", "spam", "tickers")
_PERIOD = [("level", pa.string()), ("period", pa.string())]
# Columns of what a ticker had before, beside what it has.
BEFORE = "before_"


@dataclass(frozen=True, slots=True)
class Serving:
    """One kind of rows: its columns, which of them are its key, and the key of its items.

    Attributes:
        item_of: a row as an item of a version of its period.
    """

    schema: pa.Schema
    row_key: tuple[str, ...]
    item_key: tuple[str, ...]
    key_of: Callable[[Mapping[str, Any]], dict[str, str]]
    item_of: Callable[[Mapping[str, Any], int], dict[str, Any]]


def _rollup_of(row: Mapping[str, Any], version: int) -> dict[str, str]:
    """A row with what its ticker has, None for none, and what it had before as columns that begin with `BEFORE`."""
    counts = row if row["mentions"] is not None else None
    had_any = row.get(f"{BEFORE}mentions") is not None
    before = {name: row[f"{BEFORE}{name}"] for name in COUNTS} if had_any else None
    return rollup_item(Level(row["level"]), row["period"], row["ticker"], counts, version, before)


ROLLUPS = Serving(
    schema=pa.schema(
        [
            *_PERIOD,
            ("ticker", pa.string()),
            *_COUNTS,
            ("polarity", pa.float64()),
            ("authors", pa.int64()),
            ("spam", pa.int64()),
        ]
    ),
    row_key=("level", "period", "ticker"),
    item_key=("period", "ticker"),
    key_of=lambda row: rollup_key(Level(row["level"]), row["period"], row["ticker"]),
    item_of=_rollup_of,
)
TOTALS = Serving(
    schema=pa.schema(
        [
            *_PERIOD,
            ("tweets", pa.int64()),
            *_COUNTS,
            ("authors", pa.int64()),
            ("spam", pa.int64()),
            ("tickers", pa.int64()),
        ]
    ),
    row_key=("level", "period"),
    item_key=("level", "period_start"),
    key_of=lambda row: total_key(Level(row["level"]), row["period"]),
    item_of=lambda row, version: (
        total_key(Level(row["level"]), row["period"]) | {name: row[name] for name in TOTAL_COUNTS} | {VERSION: version}
    ),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the two tables show, or should show, of some periods; all of each."""

    rollups: pa.Table
    totals: pa.Table


def totals_of(all_tweets: pa.Table, rollups: pa.Table) -> pa.Table:
    """The rows of `TOTALS`: counts of all tweets, and what their periods' tickers add up to.

    Args:
        all_tweets: the counts of all tweets by period, their number called `mentions` as that of a ticker is.
        rollups: every ticker of those periods.
    """
    names = ["level", "period"]
    named = rollups.group_by(names).aggregate([("mentions", "sum"), ([], "count_all")])
    tweets = all_tweets.drop_columns(["ticker", "polarity"]).rename_columns({"mentions": "tweets"})
    joined = tweets.join(named.rename_columns({"mentions_sum": "mentions", "count_all": "tickers"}), names)
    for column in ("mentions", "tickers"):
        filled = pc.fill_null(joined[column], 0)
        joined = joined.set_column(joined.schema.get_field_index(column), column, filled)
    return joined.select(TOTALS.schema.names).cast(TOTALS.schema)


def most_mentioned(rollups: pa.Table, most: int) -> pa.Table:
    """Of each period the `most` tickers that are mentioned most, of equals the first by name; all for 0."""
    if not most:
        return rollups
    order = [("level", "ascending"), ("period", "ascending"), ("mentions", "descending"), ("ticker", "ascending")]
    ranked = rollups.sort_by(order)
    rows = np.arange(len(ranked))
    period = _lines(ranked, ["level", "period"]).to_numpy()
    begins = np.concatenate([[True], period[1:] != period[:-1]]) if len(rows) else np.array([], dtype=bool)
    return ranked.filter(pa.array(rows - np.maximum.accumulate(np.where(begins, rows, 0)) < most))


def to_put(kind: Serving, before: pa.Table, after: pa.Table) -> pa.Table:
    """The rows that are new or have changed."""
    return _without(after, before, kind.schema.names)


def to_drop(kind: Serving, before: pa.Table, after: pa.Table) -> pa.Table:
    """The rows that are no longer there."""
    return _without(before, after, kind.row_key)


def items(kind: Serving, rows: pa.Table, version: int) -> Iterator[list[dict[str, Any]]]:
    """The rows as items of that version, in chunks."""
    for chunk in rows.to_batches(max_chunksize=_CHUNK):
        yield [kind.item_of(row, version) for row in chunk.to_pylist()]


def item_keys(kind: Serving, rows: pa.Table) -> Iterator[list[dict[str, str]]]:
    """The keys of the rows' items, in chunks."""
    for chunk in rows.select(list(kind.row_key)).to_batches(max_chunksize=_CHUNK):
        keys = [kind.key_of(row) for row in chunk.to_pylist()]
        yield [{name: key[name] for name in kind.item_key} for key in keys]


def is_among(rows: pa.Table, others: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """Of each row whether another one is equal in these columns."""
    return pc.is_in(_lines(rows, columns), value_set=_lines(others, columns).combine_chunks())


def _without(rows: pa.Table, others: pa.Table, columns: Sequence[str]) -> pa.Table:
    return rows.filter(pc.invert(is_among(rows, others, columns)))


def _lines(table: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """Each row's columns as one text: rows are equal when their texts are."""
    texts = [table[name].cast(pa.string()) for name in columns]
    return pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace", null_replacement="\x00")
