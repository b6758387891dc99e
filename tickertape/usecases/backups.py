"""The backups that there are: found, chosen and removed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tickertape.domain.manifest import MANIFEST, BadManifest, Manifest
from tickertape.domain.times import format_utc
from tickertape.ports.backups import BackupError, BackupStore

# An id, as `backup_id` makes it; what else somebody keeps in the bucket is none of ours.
_ID = re.compile(r"\d{8}T\d{6}\.\d{3}Z")


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
