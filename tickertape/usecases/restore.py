"""Brings a backup back. Every byte is checked before the database is touched, and while documents are on their way the
database itself says that it is not whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickertape.domain.manifest import CollectionBackup, Manifest
from tickertape.domain.times import format_utc, parse_utc
from tickertape.ports.backups import BackupError, DocumentStore, Lease, StoredCollection, Written
from tickertape.usecases.backup import TIME_FIELDS, VIEW
from tickertape.usecases.backup_objects import BackupObjects, Report, quiet
from tickertape.usecases.backups import Damaged

# What goes to the server at once, documents and bytes; as many as `tickertape.sinks.mongo` inserts, for its reason.
_BATCH = 200
_BATCH_BYTES = 4 << 20
_TTL = "expireAfterSeconds"


class BadPlan(BackupError):
    """What was asked for does not fit the backup."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be restored.

    Attributes:
        database: into which one.
        collection: only this one; None for all.
        since, until: only documents with a time (on the shared clock) within, both included.
        drop: make each collection just what the backup holds, instead of leaving what came later.
    """

    database: str
    collection: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    drop: bool = False

    @property
    def is_window(self) -> bool:
        """Whether only a part of the time is wanted."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class RestoredCollection:
    """What became of one collection.

    Attributes:
        written: None if it has no times, so that none of its documents is within a window.
        bson_bytes: of the documents that were written.
    """

    name: str
    written: Written | None
    bson_bytes: int


class Restorer:
    """Restores one backup after the other.

    Args:
        lease: held meanwhile, so that nothing half is backed up and the backup is not thinned out.
        wall: the wall clock.
    """

    def __init__(
        self,
        documents: DocumentStore,
        objects: BackupObjects,
        lease: Lease,
        wall: Callable[[], datetime],
        report: Report = quiet,
    ) -> None:
        self._documents = documents
        self._objects = objects
        self._lease = lease
        self._wall = wall
        self._report = report

    def restore(self, manifest: Manifest, plan: Plan) -> list[RestoredCollection]:
        """Restore what the plan says. Doing it again, also after it was killed, changes nothing more.

        Raises:
            BadPlan: the backup has not what was asked for; nothing was touched.
            NoKey: the backup was encrypted with another key; nothing was touched.
            Damaged: the backup is not whole. Found before anything was touched, unless it changed meanwhile.
            BackupError: a store failed; the database is marked as not whole until it is restored.
        """
        chosen = _chosen(manifest, plan)
        self._objects.ensure_key(manifest)
        self._lease.take()
        try:
            for one in chosen:
                for problem in self._objects.check_collection(manifest, one, self._told):
                    raise Damaged(f"{problem}; nothing was restored: `tickertape backup list` shows the others")
            before = self._documents.marked(plan.database)
            self._documents.mark(plan.database, [one.name for one in chosen], self._note(manifest))
            restored = []
            for one in chosen:
                restored.append(self._collection(manifest, one, plan))
                # A window of time does not make whole what was left unfinished before.
                if not (plan.is_window and one.name in before):
                    self._documents.unmark(plan.database, one.name)
            return restored
        finally:
            self._lease.give_back()

    def _note(self, manifest: Manifest) -> str:
        return (
            f"the restore of backup {manifest.id} that began at {format_utc(self._wall())} did not end:"
            " run `tickertape backup restore` again"
        )

    def _told(self, text: str, done: int) -> None:
        self._lease.keep()
        self._report(text, done)

    def _collection(self, manifest: Manifest, collection: CollectionBackup, plan: Plan) -> RestoredCollection:
        definition = read_metadata(self._objects.whole(manifest, collection.metadata), collection.name)
        if plan.drop:
            self._documents.drop(plan.database, collection.name)
        self._documents.make(plan.database, definition)
        field = TIME_FIELDS.get(collection.name)
        if plan.is_window and field is None:
            return RestoredCollection(collection.name, None, 0)
        documents = self._objects.documents(manifest, collection)
        if plan.is_window and field is not None:
            documents = self._within(documents, field, plan)
        restored = self._write(plan.database, collection.name, documents)
        if collection.kind != VIEW:
            self._compare(definition, plan, restored.written)
        return restored

    def _write(self, database: str, collection: str, documents: Iterable[bytes]) -> RestoredCollection:
        total, size = Written(0, 0, 0), 0
        for batch in _batches(documents):
            written = self._documents.write(database, collection, batch)
            total = Written(*(before + now for before, now in zip(total, written, strict=True)))
            size += sum(map(len, batch))
            self._told(f"restoring {collection}", sum(total))
        return RestoredCollection(collection, total, size)

    def _within(self, documents: Iterable[bytes], field: str, plan: Plan) -> Iterator[bytes]:
        for document in documents:
            at = _moment(self._documents.text(document, field))
            if at and (plan.since is None or plan.since <= at) and (plan.until is None or at <= plan.until):
                yield document

    def _compare(self, definition: StoredCollection, plan: Plan, written: Written | None) -> None:
        """The database must now hold what was written, and have the backup's indexes."""
        found = {one.name: one for one in self._documents.collections(plan.database)}
        indexes = _by_name(found[definition.name].indexes if definition.name in found else ())
        for name, wanted in _by_name(definition.indexes).items():
            if indexes.get(name) != wanted:
                raise BackupError(
                    f"{plan.database}.{definition.name} has another index {name!r} than the backup"
                    f" ({indexes.get(name)} instead of {wanted}): drop it, or restore with --drop"
                )
        # Documents with an expiry go by themselves.
        if written and not any(_TTL in index for index in definition.indexes):
            count = self._documents.count(plan.database, definition.name, sum(written))
            if count < sum(written):
                raise BackupError(
                    f"{plan.database}.{definition.name} has {count:,} documents after {sum(written):,} were written"
                )


def read_metadata(body: bytes, name: str) -> StoredCollection:
    """A collection's definition as mongodump writes it.

    Args:
        name: the collection's; mongodump before version 100 tells it by the file's name only.

    Raises:
        Damaged: it is none.
    """
    try:
        document = json.loads(body)
        return StoredCollection(
            name=document.get("collectionName", name),
            kind=document.get("type", "collection"),
            options=document.get("options", {}),
            indexes=document["indexes"],
            uuid=document.get("uuid", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"the definition of a collection cannot be read ({error!r})") from error


def _chosen(manifest: Manifest, plan: Plan) -> Sequence[CollectionBackup]:
    if plan.drop and plan.is_window:
        raise BadPlan("--drop makes a collection just what the backup holds; it takes no window of time")
    if plan.since and plan.until and plan.until < plan.since:
        raise BadPlan(f"the window ends ({format_utc(plan.until)}) before it begins ({format_utc(plan.since)})")
    if plan.collection is None:
        return manifest.collections
    chosen = [one for one in manifest.collections if one.name == plan.collection]
    if not chosen:
        there = ", ".join(one.name for one in manifest.collections)
        raise BadPlan(f"backup {manifest.id} has no collection {plan.collection!r}; it has {there}")
    if plan.is_window and plan.collection not in TIME_FIELDS:
        raise BadPlan(f"documents of {plan.collection!r} have no time: those of {', '.join(TIME_FIELDS)} do")
    return chosen


def _batches(documents: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for document in documents:
        if batch and (len(batch) >= _BATCH or size + len(document) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document)
    if batch:
        yield batch


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_utc(text) if text else None
    except ValueError:
        return None


def _by_name(indexes: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Index definitions without what depends on the server; the order of the fields of a key counts."""
    return {
        str(index["name"]): {
            **{name: value for name, value in index.items() if name not in ("v", "ns", "background")},
            "key": list(index["key"].items()),
        }
        for index in indexes
    }
