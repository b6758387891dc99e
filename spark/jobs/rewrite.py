"""What is written so that readers see all of a period as before, and then all of it as it should be: pure, on Arrow.

Each item that changes is written with what it had before and a version that nobody reads by yet; a ticker that goes is
first written as one without counts. The period's total, written when all of its items are there, names that version:
this is the one write by which readers change over. Only then do the items of tickers that went go too.

A writer that is killed before a total leaves items that are written and not shown. The next one finds them, and goes on
from what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from spark.jobs.changes import BEFORE, ROLLUPS, TOTALS, Rows, is_among, to_drop, to_put
from tickertape.serving.rollups import COUNTS

PERIOD = TOTALS.row_key


@dataclass(frozen=True, slots=True)
class Held:
    """What the two tables hold of some periods.

    Attributes:
        shown: the rows that readers see.
        written: the rollups that were written last. Others than are shown, where a writer was killed.
        keys: the keys of all items of rollups, also of those without counts.
        unfinished: the periods that have items of a version that does not hold yet.
        version: the highest one there is.
    """

    shown: Rows
    written: pa.Table
    keys: pa.Table
    unfinished: pa.Table
    version: int

    @classmethod
    def finished(cls, shown: Rows, version: int) -> Held:
        """What is held where nobody was killed."""
        keys, none = shown.rollups.select(list(ROLLUPS.row_key)), shown.totals.select(list(PERIOD))[:0]
        return cls(shown, shown.rollups, keys, none, version)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What to write, in the order of the attributes.

    Attributes:
        version: of all of it.
        rollups: with what each ticker had before.
        totals: of every period that has changed.
        dropped_totals: of periods that are no more.
        dropped_rollups: the keys of what is in no period any more.
    """

    version: int
    rollups: pa.Table
    totals: pa.Table
    dropped_totals: pa.Table
    dropped_rollups: pa.Table


def rewrite(held: Held, after: Rows) -> Rewrite:
    """What makes the tables show `after`."""
    gone = to_drop(ROLLUPS, held.keys, after.rollups)
    # In a period that is no more nobody looks for tickers.
    going = gone.filter(is_among(gone, after.totals, PERIOD))
    put = to_put(ROLLUPS, held.written, after.rollups)
    changed = pa.concat_tables([put, going], promote_options="default")
    touched = pa.concat_tables([changed.select(list(PERIOD)), held.unfinished])
    is_new = pc.invert(is_among(after.totals, held.shown.totals, TOTALS.schema.names))
    return Rewrite(
        version=held.version + 1,
        rollups=_with_before(changed, held.shown.rollups),
        totals=after.totals.filter(pc.or_(is_new, is_among(after.totals, touched, PERIOD))),
        dropped_totals=to_drop(TOTALS, held.shown.totals, after.totals),
        dropped_rollups=gone,
    )


def _with_before(changed: pa.Table, shown: pa.Table) -> pa.Table:
    if not shown.num_rows:
        return changed
    before = shown.rename_columns({name: f"{BEFORE}{name}" for name in COUNTS})
    return changed.join(before, list(ROLLUPS.row_key), join_type="left outer")
