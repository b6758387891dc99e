"""Encrypted backups: nothing to read without the key, found when changed anywhere, and brought back with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest

from tests.fakes.backups import MemoryBackupStore, MemoryDocuments, MemoryLease
from tests.fakes.world import NOON, SteppingClock
from tickertape.backups.encryption import BackupCipher
from tickertape.domain.backup_key import decode_key
from tickertape.domain.manifest import MANIFEST, Manifest
from tickertape.ports.backups import BackupStoreFailed, BadSeal
from tickertape.settings import BadSettings, load
from tickertape.usecases.backup import BackupMaker, Occasion
from tickertape.usecases.backup_objects import BackupObjects, NoKey
from tickertape.usecases.backups import Damaged, choose, find_backups
from tickertape.usecases.restore import Plan, Restorer

REPO = Path(__file__).parents[2]
DB = "tickertape"
NAME = "20251125T210003.141Z/tickertape/tweets.bson.gz.enc"
KEY = bytes(range(32))
SEGMENT = 1 << 20
FIRST = SEGMENT - 40 - 16
# `tickertape` under the name `20251125T210003.141Z/tickertape/tweets.bson.gz`, sealed with KEY by Google's own Tink
# 1.16 for Python, key template AES256_GCM_HKDF_1MB.
BY_TINK = (
    "28118222bfba7d69a894550d066dbdc064e7116711ca072e2a20262bcb65aae641"
    "b7c32f5ec7189ebb1647b88b4b869af7db78dcb04ccaf7619f93558e468db02a2e"
)


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def sealed(body: bytes, key: bytes = KEY) -> bytes:
    return b"".join(BackupCipher(key).seal(NAME, pieces(body, 100_000)))


def opened(body: bytes, key: bytes = KEY, name: str = NAME) -> bytes:
    return b"".join(BackupCipher(key).open(name, pieces(body, 70_000)))


@pytest.mark.parametrize("size", [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + SEGMENT - 16, 3 * SEGMENT])
def test_what_was_sealed_is_opened(size: int) -> None:
    """Of any length, the last segment full or not, cut anywhere on its way; twice the same is never twice the same."""
    body = os.urandom(size)
    assert body == opened(sealed(body))
    assert sealed(body) != sealed(body)
    segments = max(1, -(-(size - FIRST) // (SEGMENT - 16)) + 1)
    assert 40 + size + 16 * segments == len(sealed(body))


def test_the_format_is_that_of_tink() -> None:
    """So that a backup can be read without this program."""
    assert b"tickertape" == opened(bytes.fromhex(BY_TINK), name=NAME.removesuffix(".enc"))


def test_memory_stays_flat() -> None:
    """Neither way is more taken in than two segments ahead of what is given out."""
    cipher, taken = BackupCipher(KEY), 0

    def told(body: bytes) -> Iterator[bytes]:
        nonlocal taken
        for piece in pieces(body, 50_000):
            taken += len(piece)
            yield piece

    for work, body in ((cipher.seal, bytes(5 * SEGMENT)), (cipher.open, sealed(bytes(5 * SEGMENT)))):
        taken = given = 0
        for piece in work(NAME, told(body)):
            given += len(piece)
            assert taken - given < 2 * SEGMENT


WHOLE = sealed(bytes(range(256)) * 4096 * 3)
SEGMENTS = [WHOLE[start:end] for start, end in pairwise([0, 40, SEGMENT, 2 * SEGMENT, 3 * SEGMENT, len(WHOLE)])]


@pytest.mark.parametrize(
    "changed",
    [
        b"",
        WHOLE[:39],
        WHOLE[:40],
        WHOLE[:-1],
        WHOLE + b"\0",
        b"".join(SEGMENTS[:-1]),
        b"".join(SEGMENTS[:2] + SEGMENTS[3:]),
        b"".join([*SEGMENTS[:2], SEGMENTS[3], SEGMENTS[2], SEGMENTS[4]]),
        *(WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :] for at in (0, 1, 35, 41, SEGMENT, len(WHOLE) - 1)),
    ],
    ids=str,
)
def test_a_change_anywhere_is_found(changed: bytes) -> None:
    """Bytes that are cut off, added, left out, moved or flipped."""
    with pytest.raises(BadSeal):
        opened(changed)


def test_another_key_or_another_name_does_not_open_it() -> None:
    """One object cannot be put in the place of another one."""
    for key, name in ((bytes(32), NAME), (KEY, NAME.replace("tweets", "bars"))):
        with pytest.raises(BadSeal):
            opened(WHOLE, key, name)


seconds = count()


def wall() -> datetime:
    return NOON + timedelta(seconds=next(seconds))


def filled() -> MemoryDocuments:
    documents = MemoryDocuments()
    documents.fill(DB, "tweets", [{"_id": f"t{number}", "text": "secret word"} for number in range(7)])
    return documents


def back_up(objects: BackupObjects) -> Manifest:
    return BackupMaker(filled(), objects, MemoryLease(), SteppingClock(), wall).make(DB, Occasion())


def restored(objects: BackupObjects, manifest: Manifest) -> MemoryDocuments:
    target = MemoryDocuments()
    Restorer(target, objects, MemoryLease(), wall).restore(manifest, Plan(DB))
    return target


def with_key(store: MemoryBackupStore, key: bytes | None = KEY) -> BackupObjects:
    return BackupObjects(store, BackupCipher(key) if key else None)


def test_a_backup_with_a_key_comes_back_with_it() -> None:
    """Its objects say what they are by name and size; the manifest names the key, and is read without one."""
    store = MemoryBackupStore()
    manifest = back_up(with_key(store))
    assert filled().content(DB) == restored(with_key(store), manifest).content(DB)
    assert [] == with_key(store).check(manifest)
    assert {one.name: one.size for one in manifest.objects} == {
        key.partition("/")[2]: size for key, size in store.sizes("").items() if not key.endswith(MANIFEST)
    }
    assert {f"{DB}/tweets.bson.gz.enc", f"{DB}/tweets.metadata.json.gz.enc"} == {one.name for one in manifest.objects}
    assert 2 == json.loads(store.objects[f"{manifest.id}/{MANIFEST}"])["format_version"]
    (listed,) = find_backups(store).whole
    assert ("AES256_GCM_HKDF_1MB", BackupCipher(KEY).key_id) == (
        listed.encryption and (listed.encryption.scheme, listed.encryption.key_id)
    )


def test_no_word_of_a_document_and_no_bit_of_the_key_is_stored() -> None:
    """What an object unpacks to depends on the key alone; the manifest has counts, times and index definitions."""
    store = MemoryBackupStore()
    back_up(with_key(store))
    for body in store.objects.values():
        assert not [word for word in (b"secret word", b"t1", KEY[:8], KEY.hex()[:16].encode()) if word in body]
        assert not body.startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("key", "said"), [(None, "is not set"), (bytes(32), f"is key {BackupCipher(bytes(32)).key_id}")]
)
def test_without_its_key_a_backup_says_which_it_takes(key: bytes | None, said: str) -> None:
    """`verify` and `restore` both, and nothing is touched."""
    store = MemoryBackupStore()
    manifest = back_up(with_key(store))
    with pytest.raises(NoKey) as missing:
        with_key(store, key).check(manifest)
    assert f"with key {BackupCipher(KEY).key_id}, and TICKERTAPE_BACKUP_KEY {said}" in str(missing.value)
    target = MemoryDocuments()
    with pytest.raises(NoKey, match="set it to the key that the backup was made with"):
        Restorer(target, with_key(store, key), MemoryLease(), wall).restore(manifest, Plan(DB))
    assert ({}, {}) == (target.content(DB), target.marked(DB))


def test_a_backup_without_a_key_is_restored_whatever_the_key_is() -> None:
    store = MemoryBackupStore()
    manifest = back_up(with_key(store, None))
    assert filled().content(DB) == restored(with_key(store), manifest).content(DB)


def flip(body: bytes) -> bytes:
    return body[:-20] + bytes([body[-20] ^ 1]) + body[-19:]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (flip, "its SHA-256 is not the manifest's"),
        (lambda body: body[:-10], "bytes were expected, "),
        (lambda body: None, "is missing"),
    ],
)
def test_damage_of_an_encrypted_object_is_named(damage: Callable[[bytes], bytes | None], why: str) -> None:
    """As without a key: by object, before the database is touched, with what to do."""
    store = MemoryBackupStore()
    manifest = back_up(with_key(store))
    key = f"{manifest.id}/{DB}/tweets.bson.gz.enc"
    if (damaged := damage(store.objects.pop(key))) is not None:
        store.objects[key] = damaged
    with pytest.raises(
        Damaged, match=rf"tweets\.bson\.gz\.enc:? .*{why}.*nothing was restored: `tickertape backup list`"
    ):
        restored(with_key(store), manifest)


def test_an_object_of_another_backup_is_not_taken_for_its_own() -> None:
    """Also when somebody makes the manifest fit: what is encrypted belongs to one name."""
    store = MemoryBackupStore()
    older, newer = back_up(with_key(store)), back_up(with_key(store))
    name = f"{DB}/tweets.bson.gz.enc"
    store.objects[f"{newer.id}/{name}"] = store.objects[f"{older.id}/{name}"]
    forged = replace(newer, collections=older.collections)
    (problem,) = [line for line in with_key(store).check(forged) if "tweets.bson" in line]
    assert f"backup {newer.id} is damaged: {name}: it cannot be decrypted (from byte 0 on it was changed" in problem


def test_a_full_store_leaves_nothing_of_an_encrypted_backup() -> None:
    store = MemoryBackupStore(room=200)
    with pytest.raises(BackupStoreFailed):
        back_up(with_key(store))
    assert ({}, set()) == (store.objects, store.uploads)


def test_an_encrypted_backup_of_this_version_stays_readable() -> None:
    """`fixtures/backup_v2` is never written again; its key is in no use but here."""
    folder = REPO / "fixtures/backup_v2"
    manifest = Manifest.from_json((folder / MANIFEST).read_bytes())
    store = MemoryBackupStore()
    for path in folder.rglob("*.*"):
        store.objects[f"{manifest.id}/{path.relative_to(folder)}"] = path.read_bytes()
    assert filled().content(DB) == restored(with_key(store), choose(store, None, None)).content(DB)


@pytest.mark.parametrize(
    ("text", "why"),
    [("not base64!", "this is no base64"), ("c2hvcnQ=", "5 bytes came"), ("YWJj" * 11, "33 bytes came")],
)
def test_a_key_that_is_none_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, text: str, why: str) -> None:
    """With the setting, and how a key is made."""
    monkeypatch.setenv("TICKERTAPE_BACKUP_KEY", text)
    with pytest.raises(BadSettings) as caught:
        load()
    said = str(caught.value)
    assert "TICKERTAPE_BACKUP_KEY: 32 bytes in base64 were expected, as `openssl rand -base64 32` makes" in said
    assert said.endswith(why)
    assert text not in said


def test_a_key_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As other secrets are; the newline that `openssl` ends it with does not matter."""
    text = "bm90IGEga2V5LCBidXQgb2YgYSBrZXkncyBsZW5ndGg="
    (tmp_path / "tickertape_backup_key").write_text(text + "\n")
    monkeypatch.setenv("TICKERTAPE_SECRETS_DIR", str(tmp_path))
    settings = load()
    assert decode_key(text) == settings.backup_key_bytes()
    assert text not in repr(settings)
