"""Which slices the serving tables were last made to show, on disk, and whether that can still be trusted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark.jobs.tables import File, Files
from tickertape.domain.periods import Level
from tickertape.serving.keys import total_key
from tickertape.serving.store import get

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Stored with the newest YEARLY total, the last item written: a digest of what the tables show.
MARKER = "snapshot"


@dataclass(frozen=True, slots=True)
class ServingTables:
    """Where rollups and totals are served from: the client, the tables' names, and how many tickers a period shows.

    Attributes:
        top: the most mentioned tickers of each period; 0 for all of them.
    """

    client: DynamoDBClient
    rollups: str
    totals: str
    top: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the tables show.

    Attributes:
        files: the slices it was made from.
        counts: how many items the two tables have.
        newest_year: whose total carries the mark; '' while there are no totals.
        version: the highest that an item or a total tells.
    """

    files: Files
    counts: tuple[int, int]
    newest_year: str
    version: int

    def mark(self, top: int) -> str:
        """A digest of it all: any other slice, version or number of tickers gives another one."""
        return hashlib.sha256(json.dumps([self.files, top, self.version], sort_keys=True).encode()).hexdigest()[:32]


class Snapshot:
    """What the last complete write made the tables show.

    It is trusted while the tables are the very same tables (they may have been made again), show no other number of
    items than when it was taken (they may have been emptied) and carry its mark (an emulator may have been set back to
    an older state). AWS counts a table's items every six hours only, so the count that was shown right after the write
    is as good as the true one.
    """

    def __init__(self, path: Path, tables: ServingTables) -> None:
        self._path = path
        self._tables = tables

    def stored(self) -> Shown | None:
        """What was last written completely, whether or not the tables show it still; None when nothing was."""
        about = self._about()
        return None if about is None else _shown(about)

    def load(self) -> Shown | None:
        """What the tables show, or None when that is in doubt."""
        about = self._about()
        if about is None or about["top"] != self._tables.top:
            return None
        shown = _shown(about)
        now = self._describe()
        same_counts = all(
            count in known for count, *known in zip(now["counts"], about["seen"]["counts"], shown.counts, strict=True)
        )
        same = now["ids"] == about["seen"]["ids"] and same_counts and self._is_marked(shown)
        return shown if same else None

    def forget(self) -> None:
        """To be called before the tables are changed: a write that stops half-way leaves no snapshot to trust."""
        self._path.unlink(missing_ok=True)

    def keep(self, shown: Shown) -> None:
        """Remember that the tables show exactly this."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        about = {
            "files": shown.files,
            "counts": shown.counts,
            "newest_year": shown.newest_year,
            "version": shown.version,
            "top": self._tables.top,
            "seen": self._describe(),
        }
        partial.write_text(json.dumps(about))
        partial.replace(self._path)

    def _about(self) -> dict[str, Any] | None:
        try:
            about: dict[str, Any] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return None
        return about

    def _describe(self) -> dict[str, list[Any]]:
        tables = [
            self._tables.client.describe_table(TableName=name)["Table"]
            for name in (self._tables.rollups, self._tables.totals)
        ]
        return {
            "ids": [f"{table.get('TableId', '')} {table['CreationDateTime'].timestamp()}" for table in tables],
            "counts": [table["ItemCount"] for table in tables],
        }

    def _is_marked(self, shown: Shown) -> bool:
        if not shown.newest_year:
            # Nothing was ever written: reading the tables is quick then.
            return False
        item = get(self._tables.client, self._tables.totals, total_key(Level.YEARLY, shown.newest_year)) or {}
        return bool(item.get(MARKER) == shown.mark(self._tables.top))


def _shown(about: dict[str, Any]) -> Shown:
    files = {table: {name: File(*file) for name, file in slices.items()} for table, slices in about["files"].items()}
    # Notes of before there were versions carry another mark, so nobody trusts them.
    return Shown(files, (about["counts"][0], about["counts"][1]), about["newest_year"], about.get("version", 0))
