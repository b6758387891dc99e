"""The rollups and totals into DynamoDB: only the rows that are not there yet, and away with those no longer true.

Readers see each period as it was or as it is to be, never half of it (`spark/jobs/rewrite.py`).

What is there is known from the slices that were shown last, or from the tables themselves when that is in doubt:
reading 200,000 items back takes longer than everything else in a run that changes little.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spark.jobs.changes import ROLLUPS, TOTALS, Rows, Serving, item_keys, items, most_mentioned, totals_of
from spark.jobs.held import read_held
from spark.jobs.rewrite import Held, rewrite
from spark.jobs.snapshot import MARKER, ServingTables, Shown, Snapshot
from spark.jobs.tables import File, Files, LocalTables
from spark.jobs.tweets import TOTALS as ALL_TWEETS
from tickertape.domain.periods import Level
from tickertape.lake.keys import Table
from tickertape.serving.store import delete_items, write_items

# Each writes by a few threads of its own; an emulator has one core and enough to do with these.
_WRITERS = 2
_SHOWN = (Table.ROLLUPS, ALL_TWEETS)
_YEAR = len("2014")


@dataclass(frozen=True, slots=True)
class Served:
    """What a run changed. `scanned` says that the snapshot was in doubt and the tables were read."""

    written: int
    deleted: int
    scanned: bool


def serve(tables: ServingTables, local: LocalTables, files: Files, snapshot_path: Path) -> Served:
    """Make the two tables show exactly the counts in these slices.

    Args:
        files: the slices of rollups and totals, of which `local` has the files.

    Raises:
        Unprocessed: DynamoDB did not take all of it; the next run reads the tables and goes on from there.
    """
    files = {table: files.get(table, {}) for table in _SHOWN}
    snapshot = Snapshot(snapshot_path, tables)
    shown = snapshot.load()
    if shown is not None and shown.files == files:
        return Served(0, 0, scanned=False)
    reader = _Reader(local, tables.top)
    if shown is None:
        held, names = read_held(tables), _names(files)
        after = reader.rows(files, names)
        counts = (after.rollups.num_rows, after.totals.num_rows)
    else:
        names = {name for name in _names(files) | _names(shown.files) if _pair(files, name) != _pair(shown.files, name)}
        before, after = reader.rows(shown.files, names), reader.rows(files, names)
        held = Held.finished(before, shown.version)
        counts = (
            shown.counts[0] + after.rollups.num_rows - before.rollups.num_rows,
            shown.counts[1] + after.totals.num_rows - before.totals.num_rows,
        )
    plan = rewrite(held, after)
    snapshot.forget()
    _put(tables, tables.rollups, ROLLUPS, plan.rollups, plan.version)
    _put(tables, tables.totals, TOTALS, plan.totals, plan.version)
    _drop(tables, tables.totals, TOTALS, plan.dropped_totals)
    _drop(tables, tables.rollups, ROLLUPS, plan.dropped_rollups)
    # Of a month, not of a year: the slice of a year may hold nothing but a week that began in December.
    newest_year = max((name[:_YEAR] for name in files[ALL_TWEETS] if len(name) > _YEAR), default="")
    now = Shown(files, counts, newest_year, plan.version)
    if newest_year:
        total = TOTALS.item_of(reader.total_of(files, newest_year), plan.version)
        write_items(tables.client, tables.totals, TOTALS.item_key, [total | {MARKER: now.mark(tables.top)}])
    snapshot.keep(now)
    return Served(
        written=plan.rollups.num_rows + plan.totals.num_rows,
        deleted=plan.dropped_rollups.num_rows + plan.dropped_totals.num_rows,
        scanned=shown is None,
    )


def shown_files(local: LocalTables, tables: ServingTables, snapshot_path: Path) -> set[Path]:
    """The files that the next run compares with."""
    shown = Snapshot(snapshot_path, tables).stored()
    if shown is None:
        return set()
    return {local.path(table, file) for table, slices in shown.files.items() for file in slices.values()}


class _Reader:
    """Reads slices as rows of the two tables."""

    def __init__(self, local: LocalTables, top: int) -> None:
        self._local = local
        self._top = top

    def rows(self, files: Files, names: Iterable[str]) -> Rows:
        found = sorted(names)
        rollups = self._concat(Table.ROLLUPS, files, found)
        totals = totals_of(self._concat(ALL_TWEETS, files, found), rollups)
        return Rows(most_mentioned(rollups, self._top), totals)

    def total_of(self, files: Files, year: str) -> dict[str, Any]:
        """The total of a year, as a row."""
        totals = self.rows(files, [year]).totals
        of_year = pc.and_(pc.equal(totals["level"], Level.YEARLY.value), pc.equal(totals["period"], year))
        (row,) = totals.filter(of_year).to_pylist()
        return dict(row)

    def _concat(self, table: str, files: Files, names: Iterable[str]) -> pa.Table:
        slices: Mapping[str, File] = files.get(table, {})
        # Not through a dataset: it would make columns of the folders of the path.
        parts = [
            pq.ParquetFile(self._local.path(table, slices[name])).read().select(ROLLUPS.schema.names)
            for name in names
            if name in slices
        ]
        return pa.concat_tables([part.cast(ROLLUPS.schema) for part in parts] or [ROLLUPS.schema.empty_table()])


def _names(files: Files) -> set[str]:
    return {name for slices in files.values() for name in slices}


def _pair(files: Files, name: str) -> list[File | None]:
    return [files.get(table, {}).get(name) for table in _SHOWN]


def _put(tables: ServingTables, table: str, kind: Serving, rows: pa.Table, version: int) -> None:
    _in_parallel(lambda chunk: write_items(tables.client, table, kind.item_key, chunk), items(kind, rows, version))


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
