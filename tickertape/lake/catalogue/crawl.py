"""Finds the lake's tables, types and partitions, and writes them into a catalogue.

The keys are listed once. A file is opened once: a partition's entry remembers which files it was made of, so what a
crawl costs beyond the listing depends on what is new, not on what is there.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq

from tickertape.domain.catalogue import Column, Format, PartitionEntry, TableEntry
from tickertape.domain.hive_types import UnknownType
from tickertape.lake.arrow_types import from_arrow
from tickertape.lake.catalogue.columns import Columns
from tickertape.lake.catalogue.declared import declared_tables
from tickertape.lake.catalogue.layout import Layout, Partition, Values, lay_out
from tickertape.lake.catalogue.raw import JSON_TABLES, RawSample, sample
from tickertape.lake.catalogue.report import Change, CrawlReport, Found
from tickertape.lake.files import LakeFile, LakeFiles
from tickertape.lake.keys import CURATED
from tickertape.ports.lake import Catalogue

_READERS = 8
_BY, _US = "crawled_by", "tickertape"
_FILES = "known_files"
# Of the 500 KB that Glue takes for a parameter; the files beyond are looked at each time.
_MOST_MARKS = 40_000


def crawl(lake: LakeFiles, catalogue: Catalogue) -> CrawlReport:
    """Bring the catalogue up to what is in the lake now.

    A file that vanishes meanwhile, or that is no Parquet, is reported and looked at again next time. Tables that were
    not registered by a crawl are left as they are.

    Raises:
        OSError: the lake does not answer.
        ClientError, BotoCoreError: the catalogue does not.
    """
    return _Crawl(lake, catalogue, catalogue.tables()).run()


@dataclass(slots=True)
class _Crawl:
    lake: LakeFiles
    catalogue: Catalogue
    known: dict[str, TableEntry]
    # In order, each once: a hundred files may say the same.
    found: dict[tuple[str, ...], Found] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)
    opened: int = 0

    def run(self) -> CrawlReport:
        declared = declared_tables(self.lake)
        files = self._parquet_files()
        for name in sorted({*declared, *files}):
            self._parquet_table(name, files.get(name, []), declared.get(name))
        for name, prefix in JSON_TABLES.items():
            self._json_table(name, prefix)
        for name in sorted(self.known.keys() - self.partitions.keys()):
            if self.known[name].parameters.get(_BY) == _US:
                self.catalogue.drop_table(name)
                self._tell(Found(Change.DROPPED_TABLE, name))
        return CrawlReport(self.catalogue.where, self.partitions, self.opened, tuple(self.found.values()))

    def _tell(self, found: Found) -> None:
        self.found.setdefault((found.change, found.table, found.of, found.was, found.now), found)

    def _parquet_files(self) -> dict[str, list[LakeFile]]:
        """The Parquet files by the name of their table: that of the folder, as Glue takes it."""
        by_table = defaultdict(list)
        for file in self.lake.listing(CURATED):
            folder, slash, _ = file.key.removeprefix(CURATED).partition("/")
            if slash and file.key.endswith(".parquet"):
                by_table[folder].append(file)
        # Glue's names are lower case.
        odd = [name for name in by_table if name != name.lower()]
        for name in odd:
            self._tell(Found(Change.LEFT_OUT, name, now="the folder's name is not in lower case"))
            del by_table[name]
        return by_table

    def _is_someone_elses(self, name: str, location: str) -> bool:
        known = self.known.get(name)
        if known is None or (known.parameters.get(_BY) == _US and known.location == location):
            return False
        self._tell(Found(Change.LEFT_OUT, name, now=f"the catalogue has another table of that name, {known.location}"))
        self.partitions[name] = 0
        return True

    def _parquet_table(self, name: str, files: Sequence[LakeFile], declared: TableEntry | None) -> None:
        prefix = f"{CURATED}{name}/"
        location = self.lake.location(prefix)
        if self._is_someone_elses(name, location):
            return
        known = self.known.get(name)
        before = known or declared or TableEntry(name, location, Format.PARQUET, ())
        layout = lay_out(prefix, files, before.partition_keys)
        for file in layout.stray:
            self._tell(Found(Change.STRAY, name, file=file.key))
        if known is not None and layout.keys != known.partition_keys:
            self._tell(Found(Change.NEW_FOLDERS, name, was=_names(known.partition_keys), now=_names(layout.keys)))
            self.catalogue.drop_table(name)
            known, before = None, replace(before, parameters={})
        self._register(replace(before, partition_keys=layout.keys), known, layout, declared)

    def _register(
        self, before: TableEntry, known: TableEntry | None, layout: Layout, declared: TableEntry | None
    ) -> None:
        is_parted = bool(layout.keys)
        entries = self._entries(before, is_parted) if known else {}
        marks = {values: _marks(partition.files) for values, partition in layout.partitions.items()}
        fresh = [
            file
            for values, partition in layout.partitions.items()
            for file in _fresh(partition.files, entries.get(values))
        ]
        columns = Columns(before, self._tell if known else self._tell_conflicts)
        columns.take(declared.columns if declared else ())
        failed = self._look_at(fresh, columns, before.name)
        if known is None:
            self._tell(Found(Change.NEW_TABLE, before.name, now=f"{len(columns.now)} columns"))
        # What could not be read is not known.
        marks = {values: found - {_mark(file) for file in failed} for values, found in marks.items()}
        there = {values: found for values, found in marks.items() if found or values in entries}
        own = _state(there.get((), set())) if not is_parted else {}
        table = replace(before, columns=columns.now, parameters={**before.parameters, _BY: _US, **own})
        if table != known:
            self.catalogue.put_table(table)
        self.partitions[table.name] = len(there) if is_parted else 0
        if is_parted:
            self._put_partitions(table, layout, entries, there, everything=columns.widened)

    def _entries(self, table: TableEntry, is_parted: bool) -> dict[Values, PartitionEntry]:
        if is_parted:
            return self.catalogue.partitions(table.name)
        return {(): PartitionEntry((), table.location, table.parameters)}

    def _put_partitions(
        self,
        table: TableEntry,
        layout: Layout,
        before: dict[Values, PartitionEntry],
        marks: dict[Values, set[str]],
        *,
        everything: bool,
    ) -> None:
        now = {values: self._partition(layout.partitions[values], found) for values, found in marks.items()}
        for values in sorted(now.keys() - before.keys()):
            self._tell(Found(Change.NEW_PARTITION, table.name, _folder(table, values)))
        gone = sorted(before.keys() - now.keys())
        for values in gone:
            self._tell(Found(Change.DROPPED_PARTITION, table.name, _folder(table, values)))
        changed = [entry for values, entry in now.items() if everything or entry != before.get(values)]
        if changed:
            self.catalogue.put_partitions(table, changed)
        if gone:
            self.catalogue.drop_partitions(table.name, gone)

    def _partition(self, partition: Partition, marks: set[str]) -> PartitionEntry:
        return PartitionEntry(partition.values, self.lake.location(partition.folder), _state(marks))

    def _tell_conflicts(self, found: Found) -> None:
        # All columns of a new table are new.
        if found.change is Change.CONFLICT:
            self._tell(found)

    def _look_at(self, files: Sequence[LakeFile], columns: Columns, table: str) -> list[LakeFile]:
        """Take up the columns of those files; returns the files that could not be read."""
        self.opened += len(files)
        failed = []
        with ThreadPoolExecutor(_READERS) as readers:
            for file, schema in zip(files, readers.map(self._schema, files), strict=True):
                if isinstance(schema, pa.Schema):
                    columns.take(self._columns(schema, table, file), file.key)
                else:
                    failed.append(file)
                    self._tell(Found(schema, table, of=file.key))
        return failed

    def _schema(self, file: LakeFile) -> pa.Schema | Change:
        try:
            source = self.lake.open(file.key)
        except FileNotFoundError:
            return Change.VANISHED
        with source:
            try:
                return pq.read_schema(source)
            except (pa.ArrowInvalid, OSError):
                return Change.UNREADABLE

    def _columns(self, schema: pa.Schema, table: str, file: LakeFile) -> Iterable[Column]:
        for part in schema:
            try:
                yield Column(part.name, from_arrow(part.type))
            except UnknownType as error:
                self._tell(Found(Change.LEFT_OUT, table, part.name, now=str(error), file=file.key))

    def _json_table(self, name: str, prefix: str) -> None:
        location = self.lake.location(prefix)
        if self._is_someone_elses(name, location):
            return
        known = self.known.get(name)
        before = known or TableEntry(name, location, Format.JSON, (), parameters={_BY: _US})
        seen: RawSample = sample(self.lake, prefix, before.parameters)
        if known is None and not seen.columns:
            return
        self.partitions[name] = 0
        self.opened += seen.opened
        for key, change in seen.failed:
            self._tell(Found(change, name, of=key))
        columns = Columns(before, self._tell if known else self._tell_conflicts)
        columns.take(seen.columns)
        if known is None:
            self._tell(Found(Change.NEW_TABLE, name, now=f"{len(columns.now)} columns"))
        table = replace(before, columns=columns.now, parameters={**before.parameters, **seen.state})
        if table != known:
            self.catalogue.put_table(table)


def _names(keys: Sequence[Column]) -> str:
    return "/".join(key.name for key in keys) or "none"


def _folder(table: TableEntry, values: Values) -> str:
    return "/".join(f"{key.name}={value}" for key, value in zip(table.partition_keys, values, strict=True))


def _mark(file: LakeFile) -> str:
    # The files of a partition are few: ten digits tell them apart.
    return hashlib.sha256(f"{file.key}\n{file.size}\n{file.modified_ns}".encode()).hexdigest()[:10]


def _marks(files: Iterable[LakeFile]) -> set[str]:
    return {_mark(file) for file in files}


def _state(marks: set[str]) -> dict[str, str]:
    return {_FILES: " ".join(sorted(marks)[:_MOST_MARKS])}


def _fresh(files: Iterable[LakeFile], entry: PartitionEntry | None) -> list[LakeFile]:
    """The files that the partition was not made of when it was last written down."""
    known = frozenset(entry.parameters.get(_FILES, "").split()) if entry else frozenset()
    return [file for file in files if _mark(file) not in known]
