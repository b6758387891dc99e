"""What the last run wrote to the serving tables, on disk, and whether it can be trusted to be there still."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from spark.jobs.changes import MARKER, marked
from tickertape.domain.periods import Level
from tickertape.serving.items import from_attributes
from tickertape.serving.keys import total_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class ServingTables:
    """Where rollups and totals are served from: the client and the tables' names."""

    client: DynamoDBClient
    rollups: str
    totals: str


class Snapshot:
    """The rows of the last complete write, below `folder`.

    The snapshot is trusted while the tables are the very same tables (they may have been made again), show no other
    number of items than when it was taken (they may have been emptied) and carry its mark (an emulator may have been
    set back to an older state). AWS counts a table's items every six hours only, so the count that was shown right
    after the write is as good as the true one.
    """

    def __init__(self, folder: Path, tables: ServingTables) -> None:
        self._folder = folder
        self._about = folder / "about.json"
        self._tables = tables

    def load(self) -> tuple[pa.Table, pa.Table] | None:
        """The rollups and the totals that are in the tables, or None when that is in doubt."""
        if not self._about.exists():
            return None
        about = json.loads(self._about.read_text())
        rollups = pq.read_table(self._folder / "rollups.parquet")
        totals = pq.read_table(self._folder / "totals.parquet")
        true_counts = [rollups.num_rows, totals.num_rows]
        now = self._describe()
        same_tables = now["ids"] == about["ids"]
        same_counts = all(
            count in known for count, *known in zip(now["counts"], about["counts"], true_counts, strict=True)
        )
        return (rollups, totals) if same_tables and same_counts and self._marked(totals) else None

    def forget(self) -> None:
        """To be called before the tables are changed: a write that stops half-way leaves no snapshot to trust."""
        self._about.unlink(missing_ok=True)

    def keep(self, rollups: pa.Table, totals: pa.Table) -> None:
        """Remember that the tables hold exactly these rows."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.forget()
        pq.write_table(rollups, self._folder / "rollups.parquet", compression="zstd")
        pq.write_table(totals, self._folder / "totals.parquet", compression="zstd")
        partial = self._about.with_suffix(".partial")
        partial.write_text(json.dumps(self._describe()))
        partial.replace(self._about)

    def _describe(self) -> dict[str, list[Any]]:
        tables = [
            self._tables.client.describe_table(TableName=name)["Table"]
            for name in (self._tables.rollups, self._tables.totals)
        ]
        return {
            "ids": [f"{table.get('TableId', '')} {table['CreationDateTime'].timestamp()}" for table in tables],
            "counts": [table["ItemCount"] for table in tables],
        }

    def _marked(self, totals: pa.Table) -> bool:
        for row in marked(totals).to_pylist():
            key = total_key(Level(row["level"]), row["period"])
            item = self._tables.client.get_item(
                TableName=self._tables.totals,
                Key={name: {"S": value} for name, value in key.items()},
                ConsistentRead=True,
            ).get("Item", {})
            return bool(from_attributes(item).get(MARKER) == row[MARKER])
        # Nothing was ever written: reading the tables is quick then.
        return False
