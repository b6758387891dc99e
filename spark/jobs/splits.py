"""The splits of all bars, found by the rules of `tickertape.domain.splits`, and what they make of a share.

What the rules look at is the last bar of a New York date and the first one of the next: two rows a symbol and date,
kept beside the tables, so that a run that adds a day need not read the others. All of it is pure, on Arrow tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from math import inf, prod
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickertape.domain.resample import DAY, MINUTE
from tickertape.domain.splits import SMALLEST_JUMP, Split, split_ratio, trading_date

EDGES = pa.schema(
    [
        ("symbol", pa.string()),
        ("ts", pa.int64()),
        ("open", pa.float64()),
        ("close", pa.float64()),
        ("split_date", pa.date32()),
        ("split_ratio", pa.float64()),
    ]
)
COLUMNS = ("symbol", "interval", "ts", "open", "close", "split_date", "split_ratio")
# For each symbol with splits, and each stretch of New York dates between them: see `with_returns`.
SHARES = pa.schema(
    [
        ("symbol", pa.string()),
        ("since", pa.date32()),
        ("until", pa.date32()),
        ("shares", pa.float64()),
        ("later", pa.float64()),
    ]
)
# More than the days from the year 1 to 9999: a symbol's number times it, and a day, are one number for both.
_DAYS = 10_000_000
_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
# Where a daily bar is put within its date: New York has the same date then.
_DAILY_AT_US = 20 * _HOUR_US


@dataclass(frozen=True, slots=True)
class _Edge:
    symbol: str
    ts: datetime
    open: float
    close: float
    split: Split | None


def edges_of(bars: pa.Table) -> pa.Table:
    """The first and the last bar of each symbol and New York date, as `EDGES`.

    Args:
        bars: the columns `COLUMNS` of the table `bars`. A daily bar counts where its date has no minutes.
    """
    # A line of the lake may say anything; prices that are none say nothing of splits.
    priced = pc.and_(pc.greater(bars["open"], 0.0), pc.greater(bars["close"], 0.0))
    bars = bars.filter(pc.and_(priced, pc.is_in(bars["interval"], pa.array([MINUTE, DAY]))))
    moments = bars["ts"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    daily = pc.equal(bars["interval"], DAY).to_numpy()
    moments = np.where(daily, moments // _DAY_US * _DAY_US + _DAILY_AT_US, moments)
    symbols = _codes(bars["symbol"])
    session = symbols * _DAYS + _days(moments)
    order = np.flatnonzero(~daily | ~np.isin(session, session[~daily]))
    order = order[np.lexsort((moments[order], symbols[order]))]
    new = session[order][1:] != session[order][:-1]
    edge = np.concatenate([[True], new]) | np.concatenate([new, [True]]) if len(order) else np.array([], dtype=bool)
    kept = order[edge]
    rows = bars.take(pa.array(kept))
    rows = rows.set_column(rows.schema.get_field_index("ts"), "ts", pa.array(moments[kept]))
    return rows.select(EDGES.names).cast(EDGES)


def known_splits(edges: Sequence[pa.Table]) -> frozenset[Split]:
    """The splits between all those bars, told and inferred; `ex_date` is the date of the first bar after one."""
    rows = pa.concat_tables([EDGES.empty_table(), *edges])
    symbols, moments = _codes(rows["symbol"]), rows["ts"].to_numpy()
    order = np.lexsort((moments, symbols))
    rows, symbols, moments = rows.take(pa.array(order)), symbols[order], moments[order]
    days = _days(moments)
    closes = np.log(rows["close"].to_numpy())
    jumps = np.maximum(np.abs(closes[1:] - closes[:-1]), np.abs(np.log(rows["open"].to_numpy())[1:] - closes[:-1]))
    # Nearly every night there is nothing to see, and the rules need not be asked.
    told = rows["split_date"].is_valid().to_numpy()[1:]
    worth = (symbols[1:] == symbols[:-1]) & (days[1:] != days[:-1]) & ((jumps >= SMALLEST_JUMP) | told)
    found = set()
    for index in np.flatnonzero(worth).tolist():
        before, after = map(_edge, rows.slice(index, 2).to_pylist())
        ratio = split_ratio(before, after)
        if ratio != 1.0:
            found.add(Split(after.symbol, trading_date(after.ts), ratio))
    return frozenset(found)


def shares_of(splits: Iterable[Split]) -> pa.Table:
    """What each split makes of the shares before and after it, as `SHARES`."""
    by_symbol: Mapping[str, list[Split]] = defaultdict(list)
    for split in sorted(splits, key=lambda split: (split.symbol, split.ex_date)):
        by_symbol[split.symbol].append(split)
    rows = []
    for symbol, some in by_symbol.items():
        ratios = [split.ratio for split in some]
        dates = [date.min, *(split.ex_date for split in some), date.max]
        rows += [
            {
                "symbol": symbol,
                "since": since,
                "until": until,
                "shares": prod(ratios[:number]),
                "later": prod(ratios[number:]),
            }
            for number, (since, until) in enumerate(pairwise(dates))
        ]
    return pa.Table.from_pylist(rows, schema=SHARES)


def _edge(row: Mapping[str, Any]) -> _Edge:
    told, ratio = row["split_date"], row["split_ratio"]
    split = Split(row["symbol"], told, ratio) if told and ratio and 0 < ratio < inf else None
    return _Edge(row["symbol"], datetime.fromtimestamp(row["ts"] / 1e6, UTC), row["open"], row["close"], split)


def _codes(symbols: pa.ChunkedArray) -> NDArray[np.int64]:
    found = symbols.combine_chunks().dictionary_encode()
    return np.asarray(found.indices).astype(np.int64)


def _days(moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """The New York dates of some times, counted from the year 1; asked for once an hour."""
    hours, place = np.unique(moments // _HOUR_US, return_inverse=True)
    dates = [trading_date(datetime.fromtimestamp(hour * 3600, UTC)).toordinal() for hour in hours.tolist()]
    return np.asarray(dates, dtype=np.int64)[place]
