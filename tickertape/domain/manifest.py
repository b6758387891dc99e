"""The manifest of a backup: what it holds and how to tell that it is whole. It is written last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from tickertape.domain.times import format_utc, parse_utc

# Raised when an older program could not restore what a newer one wrote; older manifests stay readable.
FORMAT_VERSION = 2
# Of a backup without a key: what came since is its encryption, so programs from before that can restore it.
_WITHOUT_KEY = 1
MANIFEST = "manifest.json"
_CHECKSUM = "checksum"


class BadManifest(ValueError):
    """A manifest cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a backup.

    Attributes:
        name: below the backup's own prefix.
        size: bytes as they are stored, compressed and, with a key, encrypted.
        sha256: of those bytes, hexadecimal.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """How the objects of a backup are encrypted.

    Attributes:
        key_id: which key it takes; nobody can find the key by it.
    """

    scheme: str
    key_id: str


@dataclass(frozen=True, slots=True)
class CollectionBackup:
    """One collection in a backup.

    Attributes:
        kind: collection or view; a view has no documents of its own.
        documents: how many.
        bson_bytes: their size uncompressed.
        indexes: their definitions, as extended JSON.
        data: the documents as mongodump writes them, gzip, before encryption; None for a view.
        metadata: options and indexes as mongodump writes them, gzip, before encryption.
    """

    name: str
    kind: str
    documents: int
    bson_bytes: int
    indexes: Sequence[Mapping[str, Any]]
    data: StoredObject | None
    metadata: StoredObject

    @property
    def objects(self) -> tuple[StoredObject, ...]:
        """What it is stored in."""
        return (self.metadata,) if self.data is None else (self.data, self.metadata)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One whole backup.

    Attributes:
        id: sorts by the wall time at which it began.
        trigger: manual or scheduled.
        scheduled_for: the time on the shared clock at which it was due.
        market_time: what the shared clock showed at its begin; live that is the wall clock.
        until: it holds the events up to this time on the shared clock; None for all that was there.
        began_at, ended_at: on the wall clock.
        tool, schema_version, server: what wrote it, the version of the events, and the version of the data server.
        encryption: of all objects but the manifest itself; None for a backup without.
    """

    id: str
    database: str
    trigger: str
    scheduled_for: datetime | None
    market_time: datetime
    until: datetime | None
    began_at: datetime
    ended_at: datetime
    tool: str
    schema_version: int
    server: str
    collections: Sequence[CollectionBackup]
    encryption: Encryption | None = None

    @property
    def documents(self) -> int:
        """How many documents it holds."""
        return sum(one.documents for one in self.collections)

    @property
    def size(self) -> int:
        """Bytes in the store, without the manifest."""
        return sum(stored.size for stored in self.objects)

    @property
    def bson_bytes(self) -> int:
        """Bytes of the documents, uncompressed."""
        return sum(one.bson_bytes for one in self.collections)

    @property
    def objects(self) -> list[StoredObject]:
        """Everything it consists of but the manifest."""
        return [stored for one in self.collections for stored in one.objects]

    @property
    def stands_for(self) -> datetime:
        """The time on the shared clock whose state it holds."""
        return self.scheduled_for or self.market_time

    def to_json(self) -> bytes:
        """The manifest as it is stored, with a checksum of its own."""
        document = {
            "format_version": _WITHOUT_KEY if self.encryption is None else FORMAT_VERSION,
            **asdict(self),
            "scheduled_for": _written(self.scheduled_for),
            "market_time": _written(self.market_time),
            "until": _written(self.until),
            "began_at": _written(self.began_at),
            "ended_at": _written(self.ended_at),
        }
        if self.encryption is None:
            # Version 1 does not know the word.
            del document["encryption"]
        return json.dumps({**document, _CHECKSUM: _checksum(document)}, indent=1).encode()

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Read a stored manifest.

        Raises:
            BadManifest: it is damaged, or was written by a newer version of this program.
        """
        try:
            document = json.loads(body)
            said = document.pop(_CHECKSUM)
            version = int(document.pop("format_version"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadManifest(f"the manifest cannot be read ({error!r})") from error
        if version > FORMAT_VERSION:
            raise BadManifest(
                f"format_version {version} was written by a newer tickertape; this one reads up to {FORMAT_VERSION}"
            )
        if said != _checksum({"format_version": version, **document}):
            raise BadManifest("the manifest does not match its checksum")
        for name in ("scheduled_for", "market_time", "until", "began_at", "ended_at"):
            document[name] = parse_utc(document[name]) if document[name] else None
        document["collections"] = tuple(_collection(one) for one in document["collections"])
        if encryption := document.get("encryption"):
            document["encryption"] = Encryption(**encryption)
        return cls(**document)


def _collection(document: dict[str, Any]) -> CollectionBackup:
    data = document["data"]
    return CollectionBackup(
        **{
            **document,
            "data": StoredObject(**data) if data else None,
            "metadata": StoredObject(**document["metadata"]),
        }
    )


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else format_utc(moment)


def _checksum(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
