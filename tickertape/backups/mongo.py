"""A MongoDB server behind the DocumentStore port. Documents stay as the server wrote them: raw BSON both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import bson
from bson import json_util
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, ReplaceOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, CollectionInvalid, PyMongoError
from pymongo.write_concern import WriteConcern

from tickertape.ports.backups import DocumentStoreFailed, StoredCollection, Written
from tickertape.sinks.mongo import only_duplicates

# Where a database says that it is not whole: one document for each collection that is not.
NOTES = "_restoring"
_READ_BATCH = 2000
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
# As mongodump writes it.
_CANONICAL = json_util.CANONICAL_JSON_OPTIONS
_RawCollection = Collection[RawBSONDocument]
_KINDS = ("collection", "view")


class MongoDocuments:
    """The databases of one server."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self._client = client

    def server(self) -> str:
        """The server's version."""
        with _told("asking for its version"):
            return str(self._client.server_info()["version"])

    def collections(self, database: str) -> list[StoredCollection]:
        """The collections of a database, by name; the server's own and our notes are left out."""
        with _told(f"listing the collections of {database}"):
            found = list(self._client[database].list_collections())
        return [
            self._described(database, one)
            for one in sorted(found, key=lambda one: str(one["name"]))
            if one["name"] != NOTES and not one["name"].startswith("system.")
        ]

    def read(self, database: str, collection: str, until: tuple[str, str] | None) -> Iterator[bytes]:
        """All documents, many of them an item; with `until` those whose field is no later than its time."""
        # Times have milliseconds or none, and a text with them sorts before one without.
        wanted = {until[0]: {"$lte": until[1].replace("Z", "\uffff")}} if until else {}
        with _told(f"reading {database}.{collection}"):
            yield from self._client[database][collection].find_raw_batches(wanted, batch_size=_READ_BATCH)

    def text(self, document: bytes, field: str) -> str | None:
        """A field of a document if it is text."""
        try:
            value = RawBSONDocument(document).get(field)
        except BSONError as error:
            raise DocumentStoreFailed(f"a document cannot be read: {error}") from error
        return value if isinstance(value, str) else None

    def make(self, database: str, collection: StoredCollection) -> None:
        """Make the collection and its indexes, where they are missing; others that it has stay."""
        there = next((one for one in self.collections(database) if one.name == collection.name), None)
        with _told(f"making {database}.{collection.name}"):
            target = self._client[database]
            if there is None:
                try:
                    target.create_collection(collection.name, check_exists=False, **_plain(collection.options))
                except CollectionInvalid:
                    pass  # a service that lives on has made it just now
            names = {index["name"] for index in there.indexes} if there else {"_id_"}
            missing = [_plain(index) for index in collection.indexes if index["name"] not in names | {"_id_"}]
            if missing:
                target.command({"createIndexes": collection.name, "indexes": missing})

    def write(self, database: str, collection: str, documents: Sequence[bytes]) -> Written:
        """Insert the documents; one whose `_id` is there replaces it if it differs."""
        target: Any = self._client[database].get_collection(collection, codec_options=_RAW)
        with _told(f"writing to {database}.{collection}"):
            try:
                target.insert_many([RawBSONDocument(one) for one in documents], ordered=False)
                return Written(len(documents), 0, 0)
            except BulkWriteError as error:
                if not only_duplicates(error):
                    raise
                there = [documents[problem["index"]] for problem in error.details["writeErrors"]]
            replaced = self._replace(target, there)
            return Written(len(documents) - len(there), replaced, len(there) - replaced)

    def count(self, database: str, collection: str, at_least: int) -> int:
        """How many documents there are: the server's own figure if that is `at_least`, else counted one by one."""
        with _told(f"counting {database}.{collection}"):
            target = self._client[database][collection]
            # The own figure may be too low after a crash, and costs nothing; counting takes a minute a million.
            figure = target.estimated_document_count()
            return figure if figure >= at_least else target.count_documents({})

    def drop(self, database: str, collection: str) -> None:
        """Remove a collection with its indexes."""
        with _told(f"dropping {database}.{collection}"):
            self._client[database].drop_collection(collection)

    def mark(self, database: str, collections: Iterable[str], why: str) -> None:
        """Leave a note in the database that these are not whole, on its disk before anything else is written."""
        with _told(f"marking {database}"):
            # Without the journal a server that is killed may have later documents and not this one.
            notes = self._client[database].get_collection(NOTES, write_concern=WriteConcern(w=1, j=True))
            notes.bulk_write([ReplaceOne({"_id": one}, {"_id": one, "why": why}, upsert=True) for one in collections])

    def marked(self, database: str) -> Mapping[str, str]:
        """The notes that `mark` left, by collection."""
        with _told(f"reading {database}.{NOTES}"):
            return {str(note["_id"]): str(note["why"]) for note in self._client[database][NOTES].find()}

    def unmark(self, database: str, collection: str) -> None:
        """Take the note about a collection away, and after the last one the place where they are."""
        with _told(f"marking {database}"):
            notes = self._client[database][NOTES]
            notes.delete_one({"_id": collection})
            if notes.find_one() is None:
                notes.drop()

    def _described(self, database: str, info: Mapping[str, Any]) -> StoredCollection:
        name, kind = str(info["name"]), str(info.get("type", "collection"))
        if kind not in _KINDS:
            raise DocumentStoreFailed(f"{database}.{name} is a {kind}: only {' and '.join(_KINDS)}s can be backed up")
        with _told(f"reading the indexes of {database}.{name}"):
            indexes = [] if kind == "view" else list(self._client[database][name].list_indexes())
        uuid = info.get("info", {}).get("uuid", b"")
        return StoredCollection(
            name=name,
            kind=kind,
            options=_extended(info.get("options", {})),
            indexes=[_extended({field: index[field] for field in index if field != "ns"}) for index in indexes],
            uuid=bytes(uuid).hex(),
        )

    def _replace(self, target: _RawCollection, documents: Sequence[bytes]) -> int:
        """Replace what differs; returns how many did."""
        by_id = {_id_of(one): one for one in documents}
        ids = [RawBSONDocument(one)["_id"] for one in documents]
        there = {_id_of(raw): raw for raw in (bytes(found.raw) for found in target.find({"_id": {"$in": ids}}))}
        if gone := [one for key, one in by_id.items() if key not in there]:
            self._insert_again(target, gone)
        others = [RawBSONDocument(one) for key, one in by_id.items() if there.get(key, one) != one]
        if others:
            target.bulk_write([ReplaceOne({"_id": one["_id"]}, one) for one in others], ordered=False)
        return len(others)

    def _insert_again(self, target: _RawCollection, documents: Sequence[bytes]) -> None:
        """What was in the way under the same `_id` has expired since, or it was under another one and still is."""
        try:
            target.insert_many([RawBSONDocument(one) for one in documents], ordered=False)
        except BulkWriteError as error:
            first = RawBSONDocument(documents[error.details["writeErrors"][0]["index"]])
            raise DocumentStoreFailed(
                f"{target.full_name} has another document where a unique index allows only that of _id {first['_id']!r}"
            ) from error


def _id_of(document: bytes) -> bytes:
    """An `_id` of any type as something that can be compared."""
    return bson.encode({"_id": RawBSONDocument(document)["_id"]})


def _extended(document: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json_util.dumps(document, json_options=_CANONICAL))
    return plain


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    decoded: dict[str, Any] = json_util.loads(json.dumps(document), json_options=_CANONICAL)
    return decoded


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise DocumentStoreFailed(f"the data store failed while {what}: {str(error)[:300]}") from error
