"""The columns of one table, as more and more of its files are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tickertape.domain.catalogue import Column, Format, TableEntry
from tickertape.domain.hive_types import HiveType, wider
from tickertape.lake.catalogue.report import Change, Found


class Columns:
    """Takes up columns that are new and types that are wider; a type that does not fit is reported and not taken.

    Args:
        table: the table as the catalogue knows it.
        tell: called with each thing that is new.
    """

    def __init__(self, table: TableEntry, tell: Callable[[Found], None]) -> None:
        self._table = table
        self._tell = tell
        # What a folder says holds for all rows below it, whatever a file says.
        self._keys = {column.name for column in table.partition_keys}
        self._types: dict[str, HiveType] = {
            column.name: column.type for column in table.columns if column.name not in self._keys
        }

    @property
    def now(self) -> tuple[Column, ...]:
        """The columns as far as they are known."""
        return tuple(Column(name, kind) for name, kind in self._types.items())

    @property
    def widened(self) -> bool:
        """Whether a column has another type than in the beginning."""
        return any(self._types.get(column.name) not in {None, column.type} for column in self._table.columns)

    def take(self, columns: Iterable[Column], file: str = "") -> None:
        """Look at the columns of one file."""
        for column in columns:
            if column.name not in self._keys:
                self._take(column, file)

    def _take(self, column: Column, file: str) -> None:
        known = self._types.get(column.name)
        if known is None:
            self._types[column.name] = column.type
            self._report(Change.NEW_COLUMN, column.name, "", column.type, file)
            return
        held = wider(known, column.type, mixed_numbers=self._table.format is Format.JSON)
        if held is None:
            self._report(Change.CONFLICT, column.name, str(known), column.type, file)
        elif held != known:
            self._types[column.name] = held
            self._report(Change.WIDENED, column.name, str(known), held, file)

    def _report(self, change: Change, name: str, was: str, now: HiveType, file: str) -> None:
        self._tell(Found(change, self._table.name, name, was, str(now), file))
