"""A catalogue in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tickertape.domain.catalogue import PartitionEntry, TableEntry


class MemoryCatalogue:
    """The Catalogue port."""

    where = "memory"

    def __init__(self) -> None:
        self._tables: dict[str, TableEntry] = {}
        self._partitions: dict[str, dict[tuple[str, ...], PartitionEntry]] = defaultdict(dict)

    def tables(self) -> dict[str, TableEntry]:
        return dict(self._tables)

    def partitions(self, table: str) -> dict[tuple[str, ...], PartitionEntry]:
        return dict(self._partitions[table])

    def put_table(self, table: TableEntry) -> None:
        self._tables[table.name] = table

    def drop_table(self, name: str) -> None:
        self._tables.pop(name, None)
        self._partitions.pop(name, None)

    def put_partitions(self, table: TableEntry, partitions: Iterable[PartitionEntry]) -> None:
        self._partitions[table.name].update({entry.values: entry for entry in partitions})

    def drop_partitions(self, table: str, values: Iterable[tuple[str, ...]]) -> None:
        for gone in values:
            self._partitions[table].pop(gone, None)
