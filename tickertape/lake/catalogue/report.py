"""What a crawl found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Change(StrEnum):
    """The kinds of what can be new."""

    NEW_TABLE = "new_table"
    DROPPED_TABLE = "dropped_table"
    NEW_PARTITION = "new_partition"
    DROPPED_PARTITION = "dropped_partition"
    NEW_COLUMN = "new_column"
    WIDENED = "type_widened"
    # The older type stays in the catalogue.
    CONFLICT = "type_conflict"
    # The folders are others than before: the table is registered anew.
    NEW_FOLDERS = "partition_keys_changed"
    # Files whose folders are not those of the table's other files.
    STRAY = "files_outside_partitions"
    UNREADABLE = "unreadable_file"
    VANISHED = "vanished_file"
    # A table of that name is someone else's, or a column's type has no name in the catalogue.
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is new.

    Attributes:
        of: the partition (`year=2014/month=06`), the column or the file it is about; empty for the table itself.
        was: what the catalogue said before.
        now: what the lake says.
        file: where it was seen first.
    """

    change: Change
    table: str
    of: str = ""
    was: str = ""
    now: str = ""
    file: str = ""

    def __str__(self) -> str:
        words = [self.change.replace("_", " "), f"{self.table}.{self.of}" if self.of else self.table]
        if self.was:
            words += [self.was, "->"]
        words.append(self.now)
        if self.file:
            words.append(f"({self.file})")
        return " ".join(word for word in words if word)

    def document(self) -> dict[str, str]:
        """As JSON: what is empty is left out."""
        fields = {"of": self.of, "was": self.was, "now": self.now, "file": self.file}
        return {"change": str(self.change), "table": self.table} | {name: said for name, said in fields.items() if said}


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One crawl.

    Attributes:
        catalogue: where it was written, `glue` or `local`.
        tables: each table's number of partitions, 0 of one without.
        opened: how many files were opened to look at their columns.
        found: what is new, in the order in which it was seen.
    """

    catalogue: str
    tables: Mapping[str, int] = field(default_factory=dict)
    opened: int = 0
    found: tuple[Found, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "catalogue": self.catalogue,
            "tables": dict(self.tables),
            "opened_files": self.opened,
            "changes": [found.document() for found in self.found],
        }
