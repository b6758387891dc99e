"""Every table of the lake as something to read from: those that the code declares, and those that a crawl has found."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

import pyarrow as pa
import pyarrow.dataset as ds

from tickertape.domain.catalogue import Column, Format, TableEntry
from tickertape.domain.hive_types import wider
from tickertape.lake.arrow_types import to_arrow
from tickertape.lake.catalogue.declared import declared_tables
from tickertape.lake.catalogue.layout import fits
from tickertape.lake.files import LakeFile, LakeFiles
from tickertape.lake.json_rows import read_rows
from tickertape.lake.keys import CURATED
from tickertape.ports.lake import Catalogue

Files = Mapping[str, list[LakeFile]]


class LakeTables:
    """The tables of one lake.

    Args:
        catalogue: what a crawl has found; None is nothing. The files are listed anew each time, so what came after
            the crawl is read as well, with the columns known then.
    """

    def __init__(self, lake: LakeFiles, catalogue: Catalogue | None = None) -> None:
        self._lake = lake
        self._catalogue = catalogue

    @cached_property
    def entries(self) -> dict[str, TableEntry]:
        """All tables of this lake by name, as they were when first asked for."""
        known = self._catalogue.tables() if self._catalogue else {}
        here = {name: entry for name, entry in known.items() if entry.location.startswith(self._lake.location(""))}
        declared = declared_tables(self._lake)
        merged = {name: _merge(entry, here.get(name)) for name, entry in declared.items()}
        return merged | {name: entry for name, entry in sorted(here.items()) if name not in declared}

    @property
    def summary(self) -> str:
        """The tables and their columns in one line."""
        return ", ".join(f"{name} ({', '.join(_schema(entry).names)})" for name, entry in self.entries.items())

    def named_in(self, query: str) -> frozenset[str]:
        """The tables whose names stand in a query; perhaps more than it reads, never fewer."""
        words = {word.lower() for word in re.findall(r"\w+", query)}
        return frozenset(name for name in self.entries if name.lower() in words)

    def files(self, names: Collection[str]) -> Files:
        """The files of those tables as they are now.

        Raises:
            OSError: the lake does not answer.
        """
        prefixes = {name: self._prefix(name) for name in names}
        # One listing for all curated tables.
        curated = self._lake.listing(CURATED) if any(at.startswith(CURATED) for at in prefixes.values()) else []
        found: dict[str, list[LakeFile]] = {}
        for name, prefix in prefixes.items():
            listed = curated if prefix.startswith(CURATED) else self._lake.listing(prefix)
            entry = self.entries[name]
            found[name] = [
                file
                for file in listed
                if file.key.startswith(prefix)
                and (entry.format is not Format.PARQUET or file.key.endswith(".parquet"))
                and fits(prefix, file.key, entry.partition_keys)
            ]
        return found

    def dataset(self, name: str, files: Iterable[LakeFile]) -> ds.Dataset:
        """A table made of those files; columns that a file lacks are null. Lines of JSON are read into memory.

        Raises:
            FileNotFoundError: a file is not there any more.
            OSError: the lake does not answer.
        """
        entry, keys = self.entries[name], [file.key for file in files]
        schema = _schema(entry)
        if not keys:
            return ds.dataset(schema.empty_table())
        if entry.format is Format.JSON:
            return ds.dataset(read_rows(self._lake, keys, entry.columns))
        # Named, not discovered: no file has to be opened to learn the columns.
        return ds.dataset(
            [self._lake.path(key) for key in keys],
            filesystem=self._lake.filesystem,
            format="parquet",
            schema=schema,
            partitioning=ds.HivePartitioning(_arrow(entry.partition_keys)),
        )

    def _prefix(self, name: str) -> str:
        return self.entries[name].location.removeprefix(self._lake.location("")).rstrip("/") + "/"


def _merge(declared: TableEntry, found: TableEntry | None) -> TableEntry:
    """The columns that the code promises, of a wider type where the lake has that, and those the lake has besides."""
    if found is None:
        return declared
    types = {column.name: column.type for column in found.columns}
    columns = []
    for column in declared.columns:
        held = wider(column.type, types.pop(column.name, column.type))
        columns.append(Column(column.name, held or column.type))
    keys = {key.name for key in found.partition_keys}
    columns += [Column(name, kind) for name, kind in types.items()]
    # A folder that the files no longer have leaves its column behind, all null.
    columns += [key for key in declared.partition_keys if key.name not in keys]
    return replace(found, columns=tuple(column for column in columns if column.name not in keys))


def _schema(entry: TableEntry) -> pa.Schema:
    return _arrow([*entry.columns, *entry.partition_keys])


def _arrow(columns: Iterable[Column]) -> pa.Schema:
    return pa.schema([(column.name, to_arrow(column.type)) for column in columns])
