"""The rollups and totals into DynamoDB: only the rows that are not there yet, and away with those no longer true.

What is there is known from a snapshot on disk, or from the tables themselves when the snapshot is in doubt: reading
185,000 items back takes longer than everything else in a run that changes little.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from spark.jobs.changes import (
    ROLLUPS,
    TOTALS,
    Serving,
    item_keys,
    items,
    marked,
    to_drop,
    to_put,
    unmarked,
    with_marker,
)
from spark.jobs.snapshot import ServingTables, Snapshot
from tickertape.serving.store import delete_items, scan, write_items

# Each writes by a few threads of its own; an emulator has one core and enough to do with these.
_WRITERS = 2


@dataclass(frozen=True, slots=True)
class Served:
    """What a run changed. `scanned` says that the snapshot was in doubt and the tables were read."""

    written: int
    deleted: int
    scanned: bool


def serve(tables: ServingTables, rollups: pa.Table, totals: pa.Table, snapshot_dir: Path) -> Served:
    """Make the two tables hold exactly these rows.

    Totals are written after the rollups and deleted before them, so that a reader who picks a period from the totals
    finds its tickers.

    Args:
        rollups: the columns of `ROLLUPS`.
        totals: the columns of `TOTALS` but the marker.

    Raises:
        Unprocessed: DynamoDB did not take all of it; the next run reads the tables and goes on from there.
    """
    rollups = rollups.select(ROLLUPS.schema.names).cast(ROLLUPS.schema)
    totals = with_marker(rollups, totals.select(TOTALS.schema.names[:-1])).cast(TOTALS.schema)
    snapshot = Snapshot(snapshot_dir, tables)
    before = snapshot.load()
    scanned = before is None
    if before is None:
        before = _read(tables, tables.rollups, ROLLUPS), _read(tables, tables.totals, TOTALS)
    put_rollups, drop_rollups = to_put(ROLLUPS, before[0], rollups), to_drop(ROLLUPS, before[0], rollups)
    put_totals, drop_totals = to_put(TOTALS, before[1], totals), to_drop(TOTALS, before[1], totals)
    changed = [put_rollups, put_totals, drop_totals, drop_rollups]
    if any(rows.num_rows for rows in changed):
        snapshot.forget()
        _put(tables, tables.rollups, ROLLUPS, put_rollups)
        _put(tables, tables.totals, TOTALS, unmarked(put_totals))
        _drop(tables, tables.totals, TOTALS, drop_totals)
        _drop(tables, tables.rollups, ROLLUPS, drop_rollups)
        _put(tables, tables.totals, TOTALS, marked(put_totals))
    if scanned or any(rows.num_rows for rows in changed):
        snapshot.keep(rollups, totals)
    return Served(
        written=put_rollups.num_rows + put_totals.num_rows,
        deleted=drop_rollups.num_rows + drop_totals.num_rows,
        scanned=scanned,
    )


def _read(tables: ServingTables, table: str, kind: Serving) -> pa.Table:
    """The rows a table holds, whoever wrote them."""
    found = scan(tables.client, table, kind.attributes)
    return pa.Table.from_pylist([kind.row_of(item) for item in found], schema=kind.schema)


def _put(tables: ServingTables, table: str, kind: Serving, rows: pa.Table) -> None:
    _in_parallel(lambda chunk: write_items(tables.client, table, kind.item_key, chunk), items(kind, rows))


def _drop(tables: ServingTables, table: str, kind: Serving, rows: pa.Table) -> None:
    _in_parallel(lambda chunk: delete_items(tables.client, table, chunk), item_keys(kind, rows))


def _in_parallel(write: Callable[[list[Any]], int], chunks: Iterable[list[Any]]) -> None:
    """Write chunks from several threads, a few in waiting since all of them would fill the memory.

    The first error, and a stop of the process, leaves what is waiting unwritten.
    """
    pool = ThreadPoolExecutor(_WRITERS)
    waiting: deque[Future[int]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(write, chunk))
            if len(waiting) > 2 * _WRITERS:
                waiting.popleft().result()
        for written in waiting:
            written.result()
    finally:
        pool.shutdown(cancel_futures=True)
