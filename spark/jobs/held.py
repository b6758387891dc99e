"""What the two serving tables hold, read back item by item: when nobody knows any more who wrote what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from spark.jobs.changes import ROLLUPS, TOTAL_COUNTS, TOTALS, Rows
from spark.jobs.rewrite import PERIOD, Held
from spark.jobs.snapshot import ServingTables
from tickertape.serving.rollups import ATTRIBUTE, VERSION, Rollup, version_of
from tickertape.serving.store import scan

_ROLLUP_ATTRIBUTES = ("ticker_level", "period_start", "ticker", ATTRIBUTE)
_TOTAL_ATTRIBUTES = ("level", "period_start", *TOTAL_COUNTS, VERSION)
_KEY = pa.schema([ROLLUPS.schema.field(name) for name in ROLLUPS.row_key])


def read_held(tables: ServingTables) -> Held:
    """Everything that both tables hold."""
    totals, versions = [], dict[tuple[str, str], int]()
    for total in scan(tables.client, tables.totals, _TOTAL_ATTRIBUTES):
        period = {"level": total["level"], "period": total["period_start"]}
        totals.append(period | {name: total.get(name) for name in TOTAL_COUNTS})
        versions[total["level"], total["period_start"]] = version_of(total)
    items = scan(tables.client, tables.rollups, _ROLLUP_ATTRIBUTES)
    return _held(pa.Table.from_pylist(totals, schema=TOTALS.schema), versions, items)


def _held(totals: pa.Table, versions: Mapping[tuple[str, str], int], items: Iterable[Mapping[str, Any]]) -> Held:
    # Most items are shown as they were written; of the others there are few.
    settled, shown, written, keys = [], [], [], []
    unfinished = set[tuple[str, str]]()
    highest = max(versions.values(), default=0)
    for item in items:
        # `AAPL#HOURLY`
        level = item["ticker_level"].rpartition("#")[2]
        period = (level, item["period_start"])
        key = {"level": level, "period": item["period_start"], "ticker": item["ticker"]}
        told, holds = Rollup.from_item(item), versions.get(period)
        highest = max(highest, told.version)
        now = told.as_of(holds)
        if now is not None and now is told.counts:
            settled.append(key | dict(now))
            continue
        keys.append(key)
        if now is not None:
            shown.append(key | dict(now))
        if told.counts is not None:
            written.append(key | dict(told.counts))
        if holds is not None and told.version > holds:
            unfinished.add(period)
    both = _rows(settled)
    return Held(
        shown=Rows(pa.concat_tables([both, _rows(shown)]), totals),
        written=pa.concat_tables([both, _rows(written)]),
        keys=pa.concat_tables([both.select(_KEY.names), pa.Table.from_pylist(keys, schema=_KEY)]),
        unfinished=pa.Table.from_pylist(
            [dict(zip(PERIOD, period, strict=True)) for period in sorted(unfinished)],
            schema=pa.schema([TOTALS.schema.field(name) for name in PERIOD]),
        ),
        version=highest,
    )


def _rows(found: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(found, schema=ROLLUPS.schema)
