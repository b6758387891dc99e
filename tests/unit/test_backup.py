"""Backups on fakes: made and brought back whole, found when damaged, and never half, whenever they are killed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bson
import pytest

from tests.fakes.backups import ID_INDEX, Fuse, Killed, MemoryBackupStore, MemoryDocuments, MemoryLease
from tests.fakes.world import NOON, SteppingClock
from tickertape.domain.manifest import MANIFEST, BadManifest, Manifest
from tickertape.ports.backups import BackupError, BackupStoreFailed, LeaseTaken, StoredCollection
from tickertape.usecases.backup import BackupMaker, Occasion
from tickertape.usecases.backup_objects import BackupObjects
from tickertape.usecases.backups import Damaged, NoBackup, choose, find_backups, remove, sweep
from tickertape.usecases.restore import BadPlan, Plan, RestoredCollection, Restorer, read_metadata

REPO = Path(__file__).parents[2]
DB = "tickertape"
BY_TIME = {"v": {"$numberInt": "2"}, "key": {"created_at": {"$numberInt": "1"}}, "name": "created_at_1"}


def tweet(number: int, **more: Any) -> dict[str, Any]:
    return {"_id": f"t{number}", "created_at": f"2025-11-25T12:{number:02}:00Z", "text": "x" * number, **more}


def filled(fuse: Fuse | None = None) -> MemoryDocuments:
    documents = MemoryDocuments(fuse)
    documents.fill(DB, "tweets", map(tweet, range(7)), [BY_TIME])
    documents.fill(DB, "bars", [{"_id": "AAPL", "ts": "2025-11-25T12:00:00Z", "close": 1.5}])
    documents.fill(DB, "notes", [{"_id": 1, "of": {"no": "time"}}])
    return documents


class Wall:
    """A wall clock that goes on by a second each time somebody looks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


WALL = Wall()


def back_up(documents: MemoryDocuments, store: MemoryBackupStore, occasion: Occasion | None = None) -> Manifest:
    maker = BackupMaker(documents, BackupObjects(store), MemoryLease(), SteppingClock(), WALL)
    return maker.make(DB, occasion or Occasion())


def restore(
    documents: MemoryDocuments, store: MemoryBackupStore, manifest: Manifest, plan: Plan | None = None
) -> dict[str, RestoredCollection]:
    done = Restorer(documents, BackupObjects(store), MemoryLease(), WALL).restore(manifest, plan or Plan(DB))
    return {one.name: one for one in done}


def test_what_was_backed_up_comes_back_into_an_empty_server() -> None:
    """Every collection, document by document, with its indexes; and the source is as it was."""
    source, store, empty = filled(), MemoryBackupStore(), MemoryDocuments()
    manifest = back_up(source, store)
    restored = restore(empty, store, manifest)
    assert filled().content(DB) == source.content(DB) == empty.content(DB)
    assert {"tweets": (7, 0, 0), "bars": (1, 0, 0), "notes": (1, 0, 0)} == {
        name: one.written for name, one in restored.items()
    }
    assert {} == empty.marked(DB)


def test_a_folder_is_what_mongodump_would_have_written() -> None:
    """Documents one after the other as the server has them; options, indexes and name in mongodump's own words."""
    source, store = filled(), MemoryBackupStore()
    name = back_up(source, store).id
    body = gzip.decompress(store.objects[f"{name}/{DB}/tweets.bson.gz"])
    assert b"".join(source.databases[DB]["tweets"].documents.values()) == body
    metadata = gzip.decompress(store.objects[f"{name}/{DB}/tweets.metadata.json.gz"])
    assert (
        b'{"indexes":[{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"},'
        b'{"v":{"$numberInt":"2"},"key":{"created_at":{"$numberInt":"1"}},"name":"created_at_1"}],'
        b'"collectionName":"tweets","type":"collection"}'
    ) == metadata


def dumped(store: MemoryBackupStore) -> dict[str, dict[str, bytes]]:
    """A backup by mongorestore's rules: `<db>/<escaped name>.bson.gz` and `.metadata.json.gz`, no others."""
    found: dict[str, dict[str, bytes]] = {}
    for key, body in store.objects.items():
        _, *folders, file = key.split("/")
        name, _, kind = file.partition(".")
        if folders == [DB]:
            found.setdefault(unquote(name), {})[kind] = gzip.decompress(body)
    return found


def test_mongorestore_finds_its_way_through_a_folder() -> None:
    """Odd names, options, UUID, indexes, documents and a view, each where it is looked for."""
    source, store = filled(), MemoryBackupStore()
    capped = {"capped": True, "size": {"$numberLong": "4096"}}
    odd = StoredCollection("a/b $c", "collection", capped, [ID_INDEX], "5e" * 16)
    source.make(DB, odd)
    source.write(DB, odd.name, [bson.encode({"_id": 1})])
    source.make(DB, StoredCollection("late", "view", {"viewOn": "tweets", "pipeline": []}, [], ""))
    back_up(source, store)
    found = dumped(store)
    assert source.databases[DB].keys() == found.keys()
    for name, files in found.items():
        said = json.loads(files.pop("metadata.json.gz"))
        assert source.databases[DB][name].definition == (
            said["collectionName"],
            said["type"],
            said.get("options", {}),
            said["indexes"],
            said.get("uuid", ""),
        )
    assert {} == found.pop("late")
    assert {name: list(map(bson.decode, source.databases[DB][name].documents.values())) for name in found} == {
        name: bson.decode_all(files["bson.gz"]) for name, files in found.items()
    }


def test_the_definition_of_an_old_mongodump_is_read() -> None:
    """It leaves out what its file's name says, and the kind."""
    assert StoredCollection("bars", "collection", {}, [{"name": "_id_"}], "5e") == read_metadata(
        b'{"options":{},"indexes":[{"name":"_id_"}],"uuid":"5e"}', "bars"
    )


def test_a_manifest_is_read_as_it_was_written() -> None:
    """Counts, sizes, hashes, times: all of it; and a changed letter is noticed."""
    manifest = back_up(filled(), MemoryBackupStore(), Occasion(scheduled_for=NOON, until=NOON))
    body = manifest.to_json()
    assert manifest.to_json() == Manifest.from_json(body).to_json()
    assert ("scheduled", NOON, NOON) == (manifest.trigger, manifest.stands_for, manifest.until)
    with pytest.raises(BadManifest, match="checksum"):
        Manifest.from_json(body.replace(b'"documents": 1', b'"documents": 2', 1))
    newer = json.dumps(json.loads(body) | {"format_version": 99}).encode()
    with pytest.raises(BadManifest, match="newer"):
        Manifest.from_json(newer)


def test_documents_later_than_asked_for_are_left_out() -> None:
    """A backup for a time on the shared clock holds what the store would have held then."""
    source, store, empty = filled(), MemoryBackupStore(), MemoryDocuments()
    manifest = back_up(source, store, Occasion(NOON, until=NOON + timedelta(minutes=2)))
    restore(empty, store, manifest)
    assert ["t0", "t1", "t2"] == [one["_id"] for one in empty.content(DB)["tweets"][1]]
    assert 1 == empty.count(DB, "notes")


def test_newer_documents_stay_and_changed_ones_are_replaced() -> None:
    """Next to live data a restore takes nothing away; what differs is as it was in the backup."""
    documents, store = filled(), MemoryBackupStore()
    manifest = back_up(documents, store)
    documents.fill(DB, "tweets", [tweet(1, text="changed"), tweet(50)])
    del documents.databases[DB]["bars"]
    restored = restore(documents, store, manifest)
    assert (0, 1, 6) == restored["tweets"].written
    expected = filled()
    expected.fill(DB, "tweets", [tweet(50)])
    assert expected.content(DB) == documents.content(DB)


def test_with_drop_a_collection_is_what_the_backup_holds() -> None:
    """Later documents and indexes go; collections that are not in the backup stay."""
    documents, store = filled(), MemoryBackupStore()
    manifest = back_up(documents, store)
    documents.fill(DB, "tweets", [tweet(50)])
    documents.fill(DB, "other", [{"_id": 1}])
    restore(documents, store, manifest, Plan(DB, drop=True))
    expected = filled()
    expected.fill(DB, "other", [{"_id": 1}])
    assert expected.content(DB) == documents.content(DB)


def test_one_collection_or_a_window_of_time_into_another_database() -> None:
    """Only what was asked for is written, both ends of the window included."""
    documents, store = filled(), MemoryBackupStore()
    manifest = back_up(documents, store)
    window = Plan("other", "tweets", NOON + timedelta(minutes=2), NOON + timedelta(minutes=4))
    assert ["tweets"] == list(restore(documents, store, manifest, window))
    assert ["t2", "t3", "t4"] == [one["_id"] for one in documents.content("other")["tweets"][1]]
    whole = restore(documents, store, manifest, Plan("third", since=NOON))
    assert (7, None) == (sum(whole["tweets"].written or ()), whole["notes"].written)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (Plan(DB, "moon"), "it has bars, notes, tweets"),
        (Plan(DB, "notes", since=NOON), "have no time"),
        (Plan(DB, since=NOON, drop=True), "takes no window"),
        (Plan(DB, since=NOON, until=NOON - timedelta(1)), "ends .* before it begins"),
    ],
)
def test_a_plan_that_does_not_fit_touches_nothing(plan: Plan, why: str) -> None:
    documents, store = filled(), MemoryBackupStore()
    manifest = back_up(documents, store)
    with pytest.raises(BadPlan, match=why):
        restore(documents, store, manifest, plan)
    assert filled().content(DB) == documents.content(DB)


def flip(body: bytes) -> bytes:
    return body[:-20] + bytes([body[-20] ^ 1]) + body[-19:]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (flip, "tweets.bson.gz: (its SHA-256|it does not unpack)"),
        (lambda body: body[:-10], "tweets.bson.gz: .* bytes were expected, "),
        (lambda body: gzip.compress(gzip.decompress(body)[:-1]), "tweets.bson.gz: "),
        (lambda body: None, "tweets.bson.gz is missing"),
    ],
)
def test_damage_is_found_and_named_before_anything_is_restored(
    damage: Callable[[bytes], bytes | None], why: str
) -> None:
    """A flipped byte, a short object, a missing one: `verify` and `restore` name it, and the database is untouched."""
    documents, store = filled(), MemoryBackupStore()
    manifest = back_up(documents, store)
    key = f"{manifest.id}/{DB}/tweets.bson.gz"
    damaged = damage(store.objects.pop(key))
    if damaged is not None:
        store.objects[key] = damaged
    (problem,) = BackupObjects(store).check(manifest)
    assert "tweets.bson.gz" in problem
    documents.fill(DB, "tweets", [tweet(50)])
    before = documents.content(DB)
    with pytest.raises(Damaged, match=why):
        restore(documents, store, manifest, Plan(DB, drop=True))
    assert (before, {}) == (documents.content(DB), documents.marked(DB))
    # what is not asked for need not be whole
    assert {"bars"} == restore(documents, store, manifest, Plan("other", "bars")).keys()


def test_a_damaged_definition_of_a_collection_is_named() -> None:
    store = MemoryBackupStore()
    manifest = back_up(filled(), store)
    key = f"{manifest.id}/{DB}/bars.metadata.json.gz"
    store.objects[key] = flip(store.objects[key])
    (problem,) = BackupObjects(store).check(manifest)
    assert f": {DB}/bars.metadata.json.gz: " in problem


def test_a_full_store_is_told_and_leaves_nothing() -> None:
    """The first backup stays, the second is named as failed, and not one byte of it is left."""
    documents, store = filled(), MemoryBackupStore()
    first = back_up(documents, store)
    before = dict(store.objects)
    store.room = sum(map(len, before.values())) + 400
    with pytest.raises(BackupStoreFailed, match="no space left"):
        back_up(documents, store)
    assert (before, set()) == (store.objects, store.uploads)
    assert [first.id] == [one.id for one in find_backups(store).whole]


def test_a_store_that_keeps_less_than_it_was_given_is_noticed() -> None:
    """An object that was acknowledged and is not there makes no backup."""

    class Forgetful(MemoryBackupStore):
        def sizes(self, prefix: str) -> dict[str, int]:
            return {key: size for key, size in super().sizes(prefix).items() if "bars" not in key}

    store = Forgetful()
    with pytest.raises(BackupStoreFailed, match=r"kept nothing of the .*bars"):
        back_up(filled(), store)
    assert [] == find_backups(store).whole


def test_a_backup_that_is_killed_at_any_step_is_none() -> None:
    """After each step: nothing looks whole, the next backup removes what is left, and is whole itself."""
    fuse = Fuse()
    back_up(filled(fuse), MemoryBackupStore(fuse))
    for steps in range(fuse.burnt):
        killing = Fuse(steps)
        documents, store = filled(killing), MemoryBackupStore(killing)
        with pytest.raises(Killed):
            back_up(documents, store)
        assert [] == find_backups(store).whole, steps
        with pytest.raises(NoBackup):
            choose(store, None, None)
        killing.left = float("inf")
        manifest = back_up(documents, store)
        assert {manifest.id} == {key.partition("/")[0] for key in store.objects}, steps
        assert ([], set()) == (BackupObjects(store).check(manifest), store.uploads)


@pytest.mark.parametrize("drop", [False, True])
def test_a_restore_that_is_killed_at_any_step_is_marked_and_can_be_run_again(drop: bool) -> None:
    """Whenever it dies, the database is untouched, says that it is not whole, or is whole."""
    source, store, plan = filled(), MemoryBackupStore(), Plan(DB, drop=drop)
    manifest = back_up(source, store)
    fuse = Fuse()
    restore(MemoryDocuments(fuse), store, manifest, plan)
    seen = set()
    for steps in range(fuse.burnt):
        killing = Fuse(steps)
        documents = MemoryDocuments(killing)
        with pytest.raises(Killed):
            restore(documents, store, manifest, plan)
        untouched, whole = documents.content(DB) == {}, documents.content(DB) == source.content(DB)
        assert untouched or whole or documents.marked(DB), steps
        seen.add((untouched, whole, bool(documents.marked(DB))))
        killing.left = float("inf")
        if documents.marked(DB):
            with pytest.raises(BackupError, match="is not whole, so it is not backed up"):
                back_up(documents, store)
        restore(documents, store, manifest, plan)
        assert (source.content(DB), {}) == (documents.content(DB), documents.marked(DB)), steps
    assert (False, False, True) in seen


def test_a_window_does_not_make_whole_what_was_left_unfinished() -> None:
    """The note of an earlier restore that was killed stays until all of the collection is back."""
    source, store = filled(), MemoryBackupStore()
    manifest = back_up(source, store)
    documents = MemoryDocuments()
    documents.mark(DB, ["tweets", "bars"], "an earlier one did not end")
    restore(documents, store, manifest, Plan(DB, "tweets", since=NOON))
    assert {"tweets", "bars"} == documents.marked(DB).keys()
    restore(documents, store, manifest, Plan(DB, "tweets"))
    assert {"bars"} == documents.marked(DB).keys()


def test_an_index_that_is_another_one_is_named() -> None:
    """An index of the same name over another field is not taken for the backup's."""
    documents, store = filled(), MemoryBackupStore()
    manifest = back_up(documents, store)
    other = MemoryDocuments()
    other.fill(DB, "tweets", [], [BY_TIME | {"key": {"text": {"$numberInt": "1"}}}])
    with pytest.raises(BackupError, match=r"tickertape\.tweets has another index 'created_at_1'"):
        restore(other, store, manifest)
    assert "tweets" in other.marked(DB)


def test_the_newest_backup_is_taken_or_that_of_a_time() -> None:
    """By id; without one the newest; with a time the newest that stands for a time up to it."""
    documents, store = filled(), MemoryBackupStore()
    days = [back_up(documents, store, Occasion(NOON + timedelta(days=day), None)).id for day in (0, 2, 1)]
    assert days[1] == choose(store, None, None).id
    assert days[2] == choose(store, days[2], None).id
    assert [days[0], days[2], days[1]] == [choose(store, None, NOON + timedelta(days=day)).id for day in (0, 1.5, 9)]
    with pytest.raises(NoBackup, match="up to 2025-11-24"):
        choose(store, None, NOON - timedelta(days=1))
    with pytest.raises(NoBackup, match="no backup never"):
        choose(store, "never", None)


def test_a_backup_without_a_key_is_one_of_the_first_version() -> None:
    """To the byte: a program from before there were keys can restore it."""
    body = (REPO / "fixtures/backup_v1" / MANIFEST).read_bytes()
    assert body.strip() == Manifest.from_json(body).to_json()
    assert 1 == json.loads(back_up(filled(), MemoryBackupStore()).to_json())["format_version"]


def test_a_damaged_manifest_is_listed_and_not_passed_over_in_silence() -> None:
    """An older backup is taken only by name."""
    documents, store = filled(), MemoryBackupStore()
    older, newer = back_up(documents, store), back_up(documents, store)
    store.objects[f"{newer.id}/{MANIFEST}"] = flip(store.objects[f"{newer.id}/{MANIFEST}"])
    found = find_backups(store)
    assert ([older.id], [newer.id]) == ([one.id for one in found.whole], list(found.damaged))
    with pytest.raises(Damaged, match="to take an older one, name it"):
        choose(store, None, None)
    assert older.id == choose(store, older.id, None).id


def test_a_removed_backup_never_looks_whole() -> None:
    """Its manifest goes first; what a killed removal leaves is swept."""
    fuse = Fuse()
    store = MemoryBackupStore(fuse)
    kept, gone = back_up(filled(), store), back_up(filled(), store)
    store.objects["somebody/else.txt"] = b""
    fuse.left = 2
    with pytest.raises(Killed):
        remove(store, [gone.id])
    found = find_backups(store)
    assert ([kept.id], [gone.id]) == ([one.id for one in found.whole], found.unfinished)
    fuse.left = float("inf")
    assert [gone.id] == sweep(store)
    assert {kept.id, "somebody"} == {key.partition("/")[0] for key in store.objects}


def test_only_one_works_on_the_backups_at_a_time() -> None:
    """Who has not got the lease changes nothing, neither in the database nor among the backups."""
    documents, store, taken = filled(), MemoryBackupStore(), MemoryLease("somebody")
    manifest = back_up(documents, store)
    before = dict(store.objects)
    with pytest.raises(LeaseTaken):
        BackupMaker(documents, BackupObjects(store), taken, SteppingClock(), WALL).make(DB, Occasion())
    with pytest.raises(LeaseTaken):
        Restorer(documents, BackupObjects(store), taken, WALL).restore(manifest, Plan("other"))
    assert (before, {}) == (store.objects, documents.content("other"))


def test_an_empty_database_is_not_backed_up() -> None:
    """Else the newest backup after a loss would be that of nothing."""
    with pytest.raises(BackupError, match="nothing to back up"):
        back_up(MemoryDocuments(), MemoryBackupStore())


def test_a_manifest_under_another_id_is_none() -> None:
    store = MemoryBackupStore()
    manifest = back_up(filled(), store)
    store.objects[f"copy/{MANIFEST}"] = replace(manifest).to_json()
    with pytest.raises(Damaged, match="its manifest is that of"):
        choose(store, "copy", None)


def test_a_backup_of_the_first_version_is_restored() -> None:
    """What version 1 wrote stays readable: `fixtures/backup_v1` is never written again."""
    folder = REPO / "fixtures/backup_v1"
    manifest = Manifest.from_json((folder / MANIFEST).read_bytes())
    store, target = MemoryBackupStore(), MemoryDocuments()
    for path in folder.rglob("*.*"):
        store.objects[f"{manifest.id}/{path.relative_to(folder)}"] = path.read_bytes()
    restore(target, store, choose(store, None, None))
    counts = {name: target.count(DB, name) for name in target.databases[DB]}
    assert {"tweets": 3, "bars": 1, "events": 1} == counts
    assert BY_TIME in target.content(DB)["tweets"][0]
    assert 183.41 == target.content(DB)["bars"][1][0]["close"]
