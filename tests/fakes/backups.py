"""A data store, a store of backups and a lease in memory; a fuse kills whoever uses them at any step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import bson

from tickertape.ports.backups import BackupStoreFailed, LeaseTaken, StoredCollection, Written

ID_INDEX = {"v": {"$numberInt": "2"}, "key": {"_id": {"$numberInt": "1"}}, "name": "_id_"}


class Killed(BaseException):
    """What kill -9 would be: nothing is put away after it, as every further step raises too."""


class Fuse:
    """Counts steps and raises at one of them and at every later one.

    Args:
        steps: how many go well.
    """

    def __init__(self, steps: float = float("inf")) -> None:
        self.left = steps
        self.burnt = 0

    def burn(self) -> None:
        if self.left <= 0:
            raise Killed
        self.left -= 1
        self.burnt += 1


@dataclass(slots=True)
class MemoryCollection:
    definition: StoredCollection
    documents: dict[bytes, bytes] = field(default_factory=dict)


class MemoryDocuments:
    """The DocumentStore port."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        self.databases: dict[str, dict[str, MemoryCollection]] = {}
        self.notes: dict[str, dict[str, str]] = {}
        self.fuse = fuse or Fuse()

    def server(self) -> str:
        return "memory"

    def collections(self, database: str) -> list[StoredCollection]:
        self.fuse.burn()
        return [one.definition for _, one in sorted(self.databases.get(database, {}).items())]

    def read(self, database: str, collection: str, until: tuple[str, str] | None) -> Iterator[bytes]:
        documents = [
            one
            for one in self.databases[database][collection].documents.values()
            if until is None or bson.decode(one)[until[0]] <= until[1].replace("Z", "\uffff")
        ]
        for start in range(0, len(documents), 2):
            self.fuse.burn()
            yield b"".join(documents[start : start + 2])

    def text(self, document: bytes, field: str) -> str | None:
        value = bson.decode(document).get(field)
        return value if isinstance(value, str) else None

    def make(self, database: str, collection: StoredCollection) -> None:
        self.fuse.burn()
        there = self.databases.setdefault(database, {}).get(collection.name)
        if there is None:
            self.databases[database][collection.name] = MemoryCollection(collection)
            return
        names = {index["name"] for index in there.definition.indexes}
        more = [index for index in collection.indexes if index["name"] not in names]
        there.definition = there.definition._replace(indexes=[*there.definition.indexes, *more])

    def write(self, database: str, collection: str, documents: Sequence[bytes]) -> Written:
        there = self.databases[database][collection].documents
        counts = [0, 0, 0]
        for one in documents:
            self.fuse.burn()
            key = bson.encode({"_id": bson.decode(one)["_id"]})
            counts[0 if key not in there else 2 if there[key] == one else 1] += 1
            there[key] = one
        return Written(*counts)

    def count(self, database: str, collection: str, at_least: int = 0) -> int:
        return len(self.databases[database][collection].documents)

    def drop(self, database: str, collection: str) -> None:
        self.fuse.burn()
        self.databases.get(database, {}).pop(collection, None)

    def mark(self, database: str, collections: Iterable[str], why: str) -> None:
        for one in collections:
            self.fuse.burn()
            self.notes.setdefault(database, {})[one] = why

    def marked(self, database: str) -> Mapping[str, str]:
        return dict(self.notes.get(database, {}))

    def unmark(self, database: str, collection: str) -> None:
        self.fuse.burn()
        self.notes.get(database, {}).pop(collection, None)

    # What a test looks at.
    def fill(
        self,
        database: str,
        collection: str,
        documents: Iterable[Mapping[str, Any]],
        indexes: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        definition = StoredCollection(collection, "collection", {}, [ID_INDEX, *indexes], "")
        there = self.databases.setdefault(database, {}).setdefault(collection, MemoryCollection(definition))
        there.documents |= {bson.encode({"_id": one["_id"]}): bson.encode(one) for one in documents}

    def content(self, database: str) -> dict[str, tuple[list[Any], list[Any]]]:
        """By collection, its index definitions and its documents by id."""
        return {
            name: (
                sorted(one.definition.indexes, key=str),
                sorted((bson.decode(document) for document in one.documents.values()), key=str),
            )
            for name, one in self.databases.get(database, {}).items()
        }


class MemoryBackupStore:
    """The BackupStore port.

    Args:
        room: bytes that it takes; more are refused.
    """

    def __init__(self, fuse: Fuse | None = None, room: float = float("inf")) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: set[str] = set()
        self.fuse = fuse or Fuse()
        self.room = room

    def sizes(self, prefix: str) -> dict[str, int]:
        return {key: len(body) for key, body in self.objects.items() if key.startswith(prefix)}

    def upload(self, key: str) -> MemoryUpload:
        self.fuse.burn()
        self.uploads.add(key)
        return MemoryUpload(self, key)

    def read(self, key: str) -> Iterator[bytes] | None:
        if key not in self.objects:
            return None
        body = self.objects[key]
        return (body[start : start + 50] for start in range(0, len(body), 50))

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.fuse.burn()
            self.objects.pop(key, None)

    def abort_uploads(self) -> int:
        self.fuse.burn()
        count = len(self.uploads)
        self.uploads.clear()
        return count


class MemoryUpload:
    """The Upload port."""

    def __init__(self, store: MemoryBackupStore, key: str) -> None:
        self._store = store
        self._key = key
        self._body = b""

    def write(self, data: bytes) -> None:
        self._store.fuse.burn()
        self._body += data
        if len(self._body) + sum(map(len, self._store.objects.values())) > self._store.room:
            raise BackupStoreFailed(f"the backup store failed while writing {self._key}: no space left")

    def finish(self) -> None:
        self._store.fuse.burn()
        self._store.objects[self._key] = self._body
        self._store.uploads.discard(self._key)

    def abort(self) -> None:
        self._store.fuse.burn()
        self._store.uploads.discard(self._key)


class MemoryLease:
    """The Lease port; `holder` is who has it, and 'somebody' is not us."""

    def __init__(self, holder: str = "") -> None:
        self.holder = holder

    def take(self) -> None:
        self.keep()

    def keep(self) -> None:
        if self.holder == "somebody":
            raise LeaseTaken("somebody works on the backups")
        self.holder = "us"

    def give_back(self) -> None:
        self.holder = ""
