"""A catalogue of Glue's shape, kept as JSON in the lake itself: for runtimes whose AWS has no Glue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tickertape.domain.catalogue import PartitionEntry, TableEntry
from tickertape.lake.catalogue.shape import DATABASE, partition_entry, partition_input, table_entry, table_input
from tickertape.lake.keys import catalogue_key, catalogue_prefix
from tickertape.ports.lake import ObjectStore

_TABLES, _PARTITIONS = "tables", "partitions"


class LocalCatalogue:
    """One object for each table and one for its partitions. Of two writers at once the last one wins."""

    where = "local"

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def tables(self) -> dict[str, TableEntry]:
        """All tables by name."""
        keys = self._store.keys(catalogue_prefix(DATABASE, _TABLES))
        entries = [table_entry(json.loads(self._store.get(key))["Table"]) for key in keys]
        return {entry.name: entry for entry in entries}

    def partitions(self, table: str) -> dict[tuple[str, ...], PartitionEntry]:
        """A table's partitions by their values."""
        key = catalogue_key(DATABASE, _PARTITIONS, table)
        # Listed first: what a store says of a key that it does not have differs.
        if key not in self._store.keys(key):
            return {}
        entries = map(partition_entry, json.loads(self._store.get(key))["Partitions"])
        return {entry.values: entry for entry in entries}

    def put_table(self, table: TableEntry) -> None:
        """Add a table or replace its description."""
        content = {"Table": {**table_input(table), "DatabaseName": DATABASE}}
        self._store.put(catalogue_key(DATABASE, _TABLES, table.name), _json(content))

    def drop_table(self, name: str) -> None:
        """Forget a table and its partitions."""
        self._store.delete([catalogue_key(DATABASE, kind, name) for kind in (_TABLES, _PARTITIONS)])

    def put_partitions(self, table: TableEntry, partitions: Iterable[PartitionEntry]) -> None:
        """Add partitions, or replace them; the others are written again with the table's columns of today."""
        self._write(table, self.partitions(table.name) | {entry.values: entry for entry in partitions})

    def drop_partitions(self, table: str, values: Iterable[tuple[str, ...]]) -> None:
        """Forget partitions."""
        gone = set(values)
        kept = {held: entry for held, entry in self.partitions(table).items() if held not in gone}
        described = self.tables().get(table)
        if described is not None:
            self._write(described, kept)

    def _write(self, table: TableEntry, entries: Mapping[tuple[str, ...], PartitionEntry]) -> None:
        content = {
            "Partitions": [
                {**partition_input(table, entries[values]), "DatabaseName": DATABASE, "TableName": table.name}
                for values in sorted(entries)
            ]
        }
        self._store.put(catalogue_key(DATABASE, _PARTITIONS, table.name), _json(content))


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode()
