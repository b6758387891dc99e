"""The backups that there are: found, chosen, read with a check of every byte, and removed."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from tickertape.domain.bson_frames import NotBson, split_documents
from tickertape.domain.manifest import MANIFEST, BadManifest, CollectionBackup, Manifest, StoredObject
from tickertape.domain.times import format_utc
from tickertape.ports import BackupError, BackupStore

# Told what goes on and how many documents are done; it may raise to end it.
Report = Callable[[str, int], None]
# An id, as `backup_id` makes it; what else somebody keeps in the bucket is none of ours.
_ID = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
# At most so many bytes are unpacked at a time.
_PIECE = 1 << 20
# A header and a checksum, as gzip has them.
_GZIP = 31


class Damaged(BackupError):
    """A backup is not what its manifest says; the message names the object."""


class NoBackup(BackupError):
    """There is no such backup."""


class Found(NamedTuple):
    """What is in the store.

    Attributes:
        whole: the backups, the oldest first.
        damaged: by id, why a manifest cannot be used.
        unfinished: ids without a manifest: a run that was killed, or one that goes on.
    """

    whole: list[Manifest]
    damaged: dict[str, str]
    unfinished: list[str]


def quiet(text: str, done: int) -> None:
    """The Report of somebody who does not want to be told."""


def find_backups(store: BackupStore) -> Found:
    """Everything that is in the store, by what it is.

    Raises:
        BackupStoreFailed: it cannot be read.
    """
    keys = store.sizes("")
    found = Found([], {}, [])
    for name in _ids(keys):
        if f"{name}/{MANIFEST}" not in keys:
            found.unfinished.append(name)
            continue
        try:
            found.whole.append(read_manifest(store, name))
        except Damaged as problem:
            found.damaged[name] = str(problem)
    return found


def read_manifest(store: BackupStore, name: str) -> Manifest:
    """The manifest of one backup.

    Raises:
        NoBackup: there is none of that id.
        Damaged: its manifest cannot be used.
    """
    chunks = store.read(f"{name}/{MANIFEST}")
    if chunks is None:
        raise NoBackup(f"there is no backup {name}: `tickertape backup list` shows those there are")
    try:
        manifest = Manifest.from_json(b"".join(chunks))
    except BadManifest as error:
        raise Damaged(f"backup {name} cannot be used: {error}") from error
    if manifest.id != name:
        raise Damaged(f"backup {name} cannot be used: its manifest is that of {manifest.id}")
    return manifest


def choose(store: BackupStore, name: str | None, at: datetime | None) -> Manifest:
    """The backup of that id, else the newest, or with `at` the newest that stands for a time up to then.

    The newest is the one that stands for the latest time on the shared clock, not the last one made: after a replay's
    clock jumped, backups of the sessions it passed are made late, and hold less than one that was made before.

    Raises:
        NoBackup: there is none.
        Damaged: the one that was asked for cannot be used.
    """
    if name is not None:
        return read_manifest(store, name)
    found = find_backups(store)
    fitting = [one for one in found.whole if at is None or one.stands_for <= at]
    newest = max(fitting, key=lambda one: (one.stands_for, one.id), default=None)
    for damaged, why in found.damaged.items():
        # An older one is not quietly taken for it.
        if at is None and (newest is None or damaged > newest.id):
            raise Damaged(f"{why}; to take an older one, name it: `tickertape backup list`")
    if newest is None:
        which = f" of a time up to {format_utc(at)}" if at else ""
        raise NoBackup(f"there is no backup{which}: `tickertape backup now` makes one")
    return newest


def check(store: BackupStore, manifest: Manifest, report: Report = quiet) -> list[str]:
    """What is wrong with a backup, one line for each object that is missing or damaged; all of it is read.

    Raises:
        BackupStoreFailed: it cannot be read.
    """
    return [problem for one in manifest.collections for problem in check_collection(store, manifest, one, report)]


def check_collection(
    store: BackupStore, manifest: Manifest, collection: CollectionBackup, report: Report = quiet
) -> list[str]:
    """What is wrong with one collection of a backup."""
    problems = []
    for read in (_read_metadata, _count):
        try:
            read(store, manifest, collection, report)
        except Damaged as damaged:
            problems.append(str(damaged))
    return problems


def _read_metadata(store: BackupStore, manifest: Manifest, collection: CollectionBackup, report: Report) -> None:
    read_whole(store, manifest, collection.metadata)


def _count(store: BackupStore, manifest: Manifest, collection: CollectionBackup, report: Report) -> None:
    for number, _ in enumerate(read_documents(store, manifest, collection), start=1):
        if number % 1000 == 0:
            report(f"checking {collection.name}", number)


def read_documents(store: BackupStore, manifest: Manifest, collection: CollectionBackup) -> Iterator[bytes]:
    """The documents of a collection. Only its end proves that they are the backup's, so nothing is to be built on
    them before.

    Raises:
        Damaged: an object is missing, its bytes are others, or there are not as many documents as there were.
        BackupStoreFailed: it cannot be read.
    """
    if collection.data is None:
        return
    count = 0
    try:
        for document in split_documents(_unpacked(_checked(store, manifest, collection.data))):
            count += 1
            yield document
    except (NotBson, zlib.error) as error:
        raise _damage(manifest, collection.data, f"it does not unpack ({error})") from error
    if count != collection.documents:
        raise _damage(manifest, collection.data, f"{collection.documents:,} documents were expected, {count:,} came")


def read_whole(store: BackupStore, manifest: Manifest, stored: StoredObject) -> bytes:
    """The content of a small object.

    Raises:
        Damaged: it is missing, or its bytes are others.
        BackupStoreFailed: it cannot be read.
    """
    try:
        return b"".join(_unpacked(_checked(store, manifest, stored)))
    except zlib.error as error:
        raise _damage(manifest, stored, f"it does not unpack ({error})") from error


def _checked(store: BackupStore, manifest: Manifest, stored: StoredObject) -> Iterator[bytes]:
    """The bytes of an object, compared with the manifest when the last one has passed."""
    chunks = store.read(f"{manifest.id}/{stored.name}")
    if chunks is None:
        raise Damaged(f"backup {manifest.id} is damaged: {stored.name} is missing")
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    if size != stored.size:
        raise _damage(manifest, stored, f"{stored.size:,} bytes were expected, {size:,} came")
    if digest.hexdigest() != stored.sha256:
        raise _damage(manifest, stored, "its SHA-256 is not the manifest's")


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        waiting = chunk
        while waiting and not unpacker.eof:
            yield unpacker.decompress(waiting, _PIECE)
            waiting = unpacker.unconsumed_tail
    yield unpacker.flush()
    if not unpacker.eof:
        raise zlib.error("it ends too early")


def _damage(manifest: Manifest, stored: StoredObject, why: str) -> Damaged:
    return Damaged(f"backup {manifest.id} is damaged: {stored.name}: {why}")


def sweep(store: BackupStore) -> list[str]:
    """Remove what killed runs left behind; only for the holder of the lease. Returns their ids.

    Raises:
        BackupStoreFailed: the store does not answer.
    """
    store.abort_uploads()
    keys = store.sizes("")
    left = [name for name in _ids(keys) if f"{name}/{MANIFEST}" not in keys]
    store.delete(sorted(key for key in keys if key.partition("/")[0] in left))
    return left


def _ids(keys: Iterable[str]) -> list[str]:
    folders = {key.partition("/")[0] for key in keys}
    return sorted(name for name in folders if _ID.fullmatch(name))


def remove(store: BackupStore, names: Iterable[str]) -> None:
    """Remove backups, each one's manifest first: at no moment does a part of one look whole.

    Raises:
        BackupStoreFailed: the store does not answer.
    """
    for name in names:
        store.delete([f"{name}/{MANIFEST}"])
        store.delete(sorted(store.sizes(f"{name}/")))
