"""Which items of the two serving tables differ from what they should be: pure, on Arrow tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tickertape.domain.periods import Level
from tickertape.serving.keys import rollup_key, total_key
from tickertape.serving.rollups import ATTRIBUTE, rollup_item, shown_counts

# Stored with the newest YEARLY total, the last item written: which snapshot the tables show.
MARKER = "snapshot"
# Items handed to one writer at a time.
_CHUNK = 500

_COUNTS = [(name, pa.int64()) for name in ("mentions", "positive", "neutral", "negative")]
_TOTALS = ("tweets", "mentions", "positive", "neutral", "negative", "authors", "tickers", MARKER)
_PERIOD = [("level", pa.string()), ("period", pa.string())]


@dataclass(frozen=True, slots=True)
class Serving:
    """One kind of rows: its columns, which of them are its key, and the key of its items.

    Attributes:
        item_of: a row as an item.
        row_of: an item as a row, the other way round.
        attributes: what of an item `row_of` needs.
    """

    schema: pa.Schema
    row_key: tuple[str, ...]
    item_key: tuple[str, ...]
    key_of: Callable[[Mapping[str, Any]], dict[str, str]]
    item_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    row_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    attributes: tuple[str, ...]


ROLLUPS = Serving(
    schema=pa.schema(
        [*_PERIOD, ("ticker", pa.string()), *_COUNTS, ("polarity", pa.float64()), ("authors", pa.int64())]
    ),
    row_key=("level", "period", "ticker"),
    item_key=("period", "ticker"),
    key_of=lambda row: rollup_key(Level(row["level"]), row["period"], row["ticker"]),
    item_of=lambda row: rollup_item(Level(row["level"]), row["period"], row["ticker"], row),
    row_of=lambda item: {
        # `AAPL#HOURLY`
        "level": item["ticker_level"].rpartition("#")[2],
        "period": item["period_start"],
        "ticker": item["ticker"],
        **shown_counts(item),
    },
    attributes=("ticker_level", "period_start", "ticker", ATTRIBUTE),
)
TOTALS = Serving(
    schema=pa.schema(
        [
            *_PERIOD,
            ("tweets", pa.int64()),
            *_COUNTS,
            ("authors", pa.int64()),
            ("tickers", pa.int64()),
            (MARKER, pa.string()),
        ]
    ),
    row_key=("level", "period"),
    item_key=("level", "period_start"),
    key_of=lambda row: total_key(Level(row["level"]), row["period"]),
    item_of=lambda row: total_key(Level(row["level"]), row["period"]) | {name: row[name] for name in _TOTALS},
    row_of=lambda item: (
        {"level": item["level"], "period": item["period_start"]} | {name: item.get(name) for name in _TOTALS}
    ),
    attributes=("level", "period_start", *_TOTALS),
)


def with_marker(rollups: pa.Table, totals: pa.Table) -> pa.Table:
    """The totals, the newest year's marked with a digest of all rows: any change of any row changes the mark."""
    digest = hashlib.sha256()
    for table, key in ((rollups, ROLLUPS.row_key), (totals, TOTALS.row_key)):
        in_order = table.sort_by([(name, "ascending") for name in key])
        for chunk in _lines(in_order, in_order.column_names).chunks:
            digest.update("\n".join(chunk.to_pylist()).encode())
    years = totals.filter(pc.equal(totals["level"], Level.YEARLY.value))["period"]
    newest = pc.and_(pc.equal(totals["level"], Level.YEARLY.value), pc.equal(totals["period"], pc.max(years)))
    mark = pa.scalar(digest.hexdigest()[:32], pa.string())
    return totals.append_column(MARKER, pc.if_else(newest, mark, pa.scalar(None, pa.string())))


def marked(totals: pa.Table) -> pa.Table:
    """The one row that carries the mark; none if there are no totals."""
    return totals.filter(pc.is_valid(totals[MARKER]))


def unmarked(totals: pa.Table) -> pa.Table:
    """All other rows."""
    return totals.filter(pc.is_null(totals[MARKER]))


def to_put(kind: Serving, before: pa.Table, after: pa.Table) -> pa.Table:
    """The rows that are new or have changed."""
    return _without(after, before, kind.schema.names)


def to_drop(kind: Serving, before: pa.Table, after: pa.Table) -> pa.Table:
    """The rows that are no longer there."""
    return _without(before, after, kind.row_key)


def items(kind: Serving, rows: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """The rows as items, in chunks."""
    for chunk in rows.to_batches(max_chunksize=_CHUNK):
        yield [kind.item_of(row) for row in chunk.to_pylist()]


def item_keys(kind: Serving, rows: pa.Table) -> Iterator[list[dict[str, str]]]:
    """The keys of the rows' items, in chunks."""
    for chunk in rows.select(list(kind.row_key)).to_batches(max_chunksize=_CHUNK):
        keys = [kind.key_of(row) for row in chunk.to_pylist()]
        yield [{name: key[name] for name in kind.item_key} for key in keys]


def _without(rows: pa.Table, others: pa.Table, columns: Sequence[str]) -> pa.Table:
    known = pc.is_in(_lines(rows, columns), value_set=_lines(others, columns).combine_chunks())
    return rows.filter(pc.invert(known))


def _lines(table: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """Each row's columns as one text: rows are equal when their texts are."""
    texts = [table[name].cast(pa.string()) for name in columns]
    return pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace", null_replacement="\x00")
