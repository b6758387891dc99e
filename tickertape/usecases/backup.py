"""Makes backups. The manifest comes last: what has none is never taken for a backup."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from tickertape import __version__
from tickertape.domain.bson_frames import count_documents
from tickertape.domain.manifest import MANIFEST, CollectionBackup, Manifest
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import SCHEMA_VERSION
from tickertape.ports.backups import BackupError, BackupStoreFailed, DocumentStore, Lease, StoredCollection
from tickertape.ports.control import Clock
from tickertape.usecases.backup_objects import BackupObjects, Report, quiet
from tickertape.usecases.backups import remove, sweep

VIEW = "view"
# Where the documents of a collection have their time on the shared clock.
TIME_FIELDS = {"tweets": "created_at", "bars": "ts", "events": "at"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a backup is made.

    Attributes:
        scheduled_for: when it was due on the shared clock; None when somebody asked for it.
        until: events later than this on the shared clock are left out; None takes everything.
    """

    scheduled_for: datetime | None = None
    until: datetime | None = None


class BackupMaker:
    """Makes one backup after the other.

    Args:
        lease: held while one is made, so that leftovers are known to be some.
        clock: the shared clock.
        wall: the wall clock.
    """

    def __init__(
        self,
        documents: DocumentStore,
        objects: BackupObjects,
        lease: Lease,
        clock: Clock,
        wall: Callable[[], datetime],
        report: Report = quiet,
    ) -> None:
        self._documents = documents
        self._objects = objects
        self._store = objects.store
        self._lease = lease
        self._clock = clock
        self._wall = wall
        self._report = report

    def make(self, database: str, occasion: Occasion) -> Manifest:
        """Back up every collection of a database.

        Raises:
            BackupError: nothing came of it, and nothing is left that looks like a backup.
        """
        self._lease.take()
        try:
            sweep(self._store)
            return self._make(database, occasion)
        finally:
            self._lease.give_back()

    def _make(self, database: str, occasion: Occasion) -> Manifest:
        for note in self._documents.marked(database).values():
            raise BackupError(f"{database} is not whole, so it is not backed up: {note}")
        found = self._documents.collections(database)
        if not found:
            raise BackupError(f"there is nothing to back up: the database {database!r} has no collections")
        began_at, market_time = self._wall(), self._clock.now()
        name = backup_id(began_at)
        try:
            collections = [self._collection(name, database, one, occasion.until) for one in found]
            manifest = Manifest(
                id=name,
                database=database,
                trigger="scheduled" if occasion.scheduled_for else "manual",
                scheduled_for=occasion.scheduled_for,
                market_time=market_time,
                until=occasion.until,
                began_at=began_at,
                ended_at=self._wall(),
                tool=__version__,
                schema_version=SCHEMA_VERSION,
                server=self._documents.server(),
                collections=collections,
                encryption=self._objects.encryption,
            )
            self._check_arrived(manifest)
            self._lease.keep()
            self._objects.put_plain(name, MANIFEST, [manifest.to_json()])
        except BaseException:
            self._forget(name)
            raise
        return manifest

    def _collection(
        self, name: str, database: str, collection: StoredCollection, until: datetime | None
    ) -> CollectionBackup:
        base = f"{quote(database, safe='')}/{quote(collection.name, safe='')}"
        metadata = self._objects.put(name, f"{base}.metadata.json.gz", [write_metadata(collection)])
        tally = _Tally()
        data = None
        if collection.kind != VIEW:
            field = TIME_FIELDS.get(collection.name)
            limit = (field, format_utc(until)) if field and until else None
            chunks = self._documents.read(database, collection.name, limit)
            data = self._objects.put(name, f"{base}.bson.gz", self._told(collection.name, chunks, tally))
        return CollectionBackup(
            name=collection.name,
            kind=collection.kind,
            documents=tally.documents,
            bson_bytes=tally.bytes,
            indexes=collection.indexes,
            data=data,
            metadata=metadata,
        )

    def _told(self, collection: str, chunks: Iterable[bytes], tally: _Tally) -> Iterator[bytes]:
        for chunk in chunks:
            self._lease.keep()
            tally.documents += count_documents(chunk)
            tally.bytes += len(chunk)
            self._report(f"backing up {collection}", tally.documents)
            yield chunk

    def _check_arrived(self, manifest: Manifest) -> None:
        """A store may have said yes and kept less: a full disk behind it, an emulator that forgot."""
        sizes = self._store.sizes(f"{manifest.id}/")
        for stored in manifest.objects:
            kept = sizes.get(f"{manifest.id}/{stored.name}")
            if kept != stored.size:
                came = "nothing" if kept is None else f"{kept:,} bytes"
                raise BackupStoreFailed(f"the backup store kept {came} of the {stored.size:,} bytes of {stored.name}")

    def _forget(self, name: str) -> None:
        try:
            remove(self._store, [name])
        except BackupStoreFailed:
            pass  # the next run sweeps it; what went wrong first is what is to be told


@dataclass(slots=True)
class _Tally:
    documents: int = 0
    bytes: int = 0


def backup_id(began_at: datetime) -> str:
    """The id of a backup that began then: it sorts by time and says it.

    >>> from datetime import UTC
    >>> backup_id(datetime(2025, 11, 25, 21, 0, 3, 141592, tzinfo=UTC))
    '20251125T210003.141Z'
    """
    return f"{began_at:%Y%m%dT%H%M%S}.{began_at.microsecond // 1000:03}Z"


def write_metadata(collection: StoredCollection) -> bytes:
    """A collection's options and indexes as mongodump writes them."""
    document = {
        **({"options": collection.options} if collection.options else {}),
        "indexes": collection.indexes,
        **({"uuid": collection.uuid} if collection.uuid else {}),
        "collectionName": collection.name,
        "type": collection.kind,
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
