"""Backups of a running stack: made, lost, brought back, damaged; and the stores themselves under the fakes' tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import bson
import pytest
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from tests.fakes.backups import ID_INDEX, MemoryBackupStore, MemoryDocuments
from tests.integration.conftest import PROGRAM, REPO, Stack
from tests.waiting import wait_for
from tickertape.backups.mongo import NOTES, MongoDocuments
from tickertape.backups.s3 import S3BackupStore
from tickertape.ports.backups import BackupStore, DocumentStore, DocumentStoreFailed, StoredCollection

pytestmark = pytest.mark.integration
BUCKET = "tickertape-backups"
KEY = "bm90IGEga2V5LCBidXQgb2YgYSBrZXkncyBsZW5ndGg="
Content = dict[str, tuple[dict[str, Any], dict[Any, bytes]]]


@pytest.fixture
def mongo(stack: Stack) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports['MONGO']}/?directConnection=true") as client:
        yield client


@pytest.fixture
def s3(stack: Stack) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=stack.aws()["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )


@pytest.fixture(params=["fake", "server"])
def documents(
    request: pytest.FixtureRequest, mongo: MongoClient[dict[str, Any]]
) -> Iterator[MemoryDocuments | MongoDocuments]:
    yield MemoryDocuments() if request.param == "fake" else MongoDocuments(mongo)
    mongo.drop_database("contract")


@pytest.fixture(params=["fake", "emulator"])
def store(request: pytest.FixtureRequest, s3: Any) -> BackupStore:
    return MemoryBackupStore() if request.param == "fake" else S3BackupStore(s3, BUCKET)


BY_TIME = {"v": {"$numberInt": "2"}, "key": {"at": {"$numberInt": "1"}, "n": {"$numberInt": "-1"}}, "name": "by_time"}
SEEN = StoredCollection("seen", "collection", {}, [ID_INDEX, BY_TIME], "")


def seen(number: int, **more: Any) -> bytes:
    return bson.encode({"_id": number, "at": f"2025-11-25T12:00:0{number}Z", "n": 2**40, **more})


def names(collection: StoredCollection) -> list[str]:
    return sorted(index["name"] for index in collection.indexes)


def test_documents_come_back_byte_for_byte(documents: DocumentStore) -> None:
    """Written and read as bytes; a time limits what is read; a second making of the collection changes nothing."""
    for _ in range(2):
        documents.make("contract", SEEN)
    assert (3, 0, 0) == documents.write("contract", "seen", [seen(number) for number in (1, 2, 3)])
    assert b"".join(map(seen, (1, 2, 3))) == b"".join(documents.read("contract", "seen", None))
    limited = documents.read("contract", "seen", ("at", "2025-11-25T12:00:02Z"))
    assert b"".join(map(seen, (1, 2))) == b"".join(limited)
    (found,) = documents.collections("contract")
    assert ("seen", "collection", ["_id_", "by_time"]) == (found.name, found.kind, names(found))
    assert BY_TIME in [dict(index) for index in found.indexes]
    assert "2025-11-25T12:00:01Z" == documents.text(seen(1), "at")
    assert (None, None) == (documents.text(seen(1), "n"), documents.text(seen(1), "other"))


def test_documents_that_are_there_are_replaced_if_they_differ(documents: DocumentStore) -> None:
    """New, changed and same ones are told apart; any type of id will do."""
    documents.make("contract", SEEN)
    odd = bson.encode({"_id": {"a": [1]}, "n": 1})
    documents.write("contract", "seen", [seen(1), seen(2), odd])
    assert (1, 1, 2) == documents.write("contract", "seen", [seen(1), seen(2, more=1), odd, seen(3)])
    assert 4 == documents.count("contract", "seen", 4)
    assert seen(2, more=1) in b"".join(documents.read("contract", "seen", None))


def test_a_database_says_that_it_is_not_whole(documents: DocumentStore) -> None:
    """Notes are no collection of the database, are made twice without harm, and go one by one."""
    documents.make("contract", SEEN)
    documents.mark("contract", ["seen", "other"], "why")
    documents.mark("contract", ["seen"], "why not")
    assert {"seen": "why not", "other": "why"} == dict(documents.marked("contract"))
    assert ["seen"] == [one.name for one in documents.collections("contract")]
    for one in ("seen", "other"):
        documents.unmark("contract", one)
    assert {} == dict(documents.marked("contract"))
    documents.drop("contract", "seen")
    documents.drop("contract", "never")
    assert [] == documents.collections("contract")


def test_a_document_that_another_one_keeps_out_is_named(mongo: MongoClient[dict[str, Any]]) -> None:
    """A unique index that a later document holds is no reason to say that all is back."""
    documents = MongoDocuments(mongo)
    mongo["contract"]["seen"].create_index("at", unique=True)
    mongo["contract"]["seen"].insert_one({"_id": "other", "at": "2025-11-25T12:00:01Z"})
    with pytest.raises(DocumentStoreFailed, match="only that of _id 1"):
        documents.write("contract", "seen", [seen(1), seen(2)])
    mongo.drop_database("contract")


def test_objects_appear_whole_or_not_at_all(store: BackupStore) -> None:
    """Also one of several parts; what was begun and not finished is forgotten."""
    large = os.urandom(1 << 20) * 20
    upload = store.upload("test/large")
    for start in range(0, len(large), 3 << 20):
        upload.write(large[start : start + (3 << 20)])
    assert {} == store.sizes("test/")
    upload.finish()
    small = store.upload("test/small")
    small.write(b"1")
    small.finish()
    begun = store.upload("test/begun")
    begun.write(large)
    assert 1 <= store.abort_uploads()
    aborted = store.upload("test/aborted")
    aborted.write(large)
    aborted.abort()
    assert 0 == store.abort_uploads()
    assert {"test/large": len(large), "test/small": 1} == store.sizes("test/")
    read = store.read("test/large")
    assert read is not None
    assert large == b"".join(read)
    assert store.read("test/begun") is None
    store.delete(["test/large", "test/small", "test/never"])
    assert {} == store.sizes("test/")


def content(mongo: MongoClient[dict[str, Any]], database: str = "tickertape") -> Content:
    """Every document as the server's bytes and every index; the event log goes on meanwhile."""
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    found: Content = {}
    for name in mongo[database].list_collection_names():
        if name != "events":
            collection: Any = mongo[database].get_collection(name, codec_options=raw)
            indexes = dict(mongo[database][name].index_information())
            found[name] = (indexes, {one["_id"]: bytes(one.raw) for one in collection.find()})
    return found


def test_a_dropped_database_comes_back_whole(stack: Stack, mongo: MongoClient[dict[str, Any]]) -> None:
    """Backup, loss, restore: document by document the same, indexes included, and `verify` finds everything."""
    mongo["tickertape"]["tweets"].create_index([("tickers", 1), ("created_at", 1)])
    before = content(mongo)
    made = stack.json("backup", "now")
    assert made["collections"]["tweets"] == len(before["tweets"][1])
    mongo.drop_database("tickertape")
    restored = stack.json("backup", "restore")
    assert (made["id"], "tickertape") == (restored["id"], restored["database"])
    assert before == content(mongo)
    assert stack.json("verify")["ok"]
    assert made["id"] in [one["id"] for one in stack.json("backup", "list")["backups"]]
    assert made["id"] == stack.json("status")["backup"]["last"]["id"]


def test_with_a_key_a_backup_is_read_with_it_only(stack: Stack, s3: Any, mongo: MongoClient[dict[str, Any]]) -> None:
    """Without it the one line says which key is missing; with it every document is as it was."""
    with_key = replace(stack, more={"TICKERTAPE_BACKUP_KEY": KEY})
    made = with_key.json("backup", "now")
    stored = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=made["id"])["Contents"]]
    assert [f"{made['id']}/manifest.json"] == [key for key in stored if not key.endswith(".enc")]
    assert made["encryption"] in [one["encryption"] for one in stack.json("backup", "list")["backups"]]
    without = stack.run("backup", "restore", made["id"], "--to", "other", code=1).stderr
    assert f"with key {made['encryption']['key_id']}, and TICKERTAPE_BACKUP_KEY is not set" in without
    assert with_key.json("backup", "verify", made["id"])["ok"]
    with_key.run("backup", "restore", made["id"], "--to", "other")
    assert content(mongo) == content(mongo, "other")
    mongo.drop_database("other")
    # Others check every backup, and have no key.
    for key in stored:
        s3.delete_object(Bucket=BUCKET, Key=key)


def test_next_to_live_data_only_what_was_lost_comes_back(stack: Stack, mongo: MongoClient[dict[str, Any]]) -> None:
    """Newer documents stay; into another database, of one collection, of a window of time."""
    made = stack.json("backup", "now")
    tweets = mongo["tickertape"]["tweets"]
    lost = tweets.find_one_and_delete({})
    assert lost
    tweets.insert_one({"_id": "newer", "created_at": "2030-01-01T00:00:00Z"})
    restored = stack.json("backup", "restore", made["id"], "--collection", "tweets")
    assert {"inserted": 1, "replaced": 0, "same": made["collections"]["tweets"] - 1} == restored["collections"][
        "tweets"
    ]
    assert lost == tweets.find_one({"_id": lost["_id"]})
    assert tweets.delete_one({"_id": "newer"}).deleted_count
    window = ["--from", lost["created_at"], "--until", lost["created_at"]]
    stack.run("backup", "restore", "--to", "other", "--collection", "tweets", *window)
    assert lost["_id"] in [one["_id"] for one in mongo["other"]["tweets"].find()]
    assert {lost["created_at"]} == {one["created_at"] for one in mongo["other"]["tweets"].find()}
    mongo.drop_database("other")


def test_damage_in_the_bucket_is_named(stack: Stack, s3: Any, mongo: MongoClient[dict[str, Any]]) -> None:
    """A flipped byte, then a missing object: exit 1, the object in one line, and nothing is restored."""
    made = stack.json("backup", "now")["id"]
    key = f"{made}/tickertape/tweets.bson.gz"
    whole = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    flipped = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    s3.put_object(Bucket=BUCKET, Key=key, Body=flipped)
    for words in (["verify", made], ["restore", made, "--to", "other"]):
        said = stack.run("backup", *words, code=1).stderr.strip().splitlines()
        assert "tweets.bson.gz" in said[-1]
    assert [] == mongo["other"].list_collection_names()
    s3.delete_object(Bucket=BUCKET, Key=key)
    report = stack.json("backup", "verify", made, code=1)
    assert (False, 1) == (report["ok"], len(report["backups"][0]["problems"]))
    assert "tweets.bson.gz is missing" in report["backups"][0]["problems"][0]
    s3.put_object(Bucket=BUCKET, Key=key, Body=whole)
    assert stack.json("backup", "verify", made)["ok"]
    # without a manifest it is no backup, and the next one removes it
    s3.delete_object(Bucket=BUCKET, Key=f"{made}/manifest.json")
    assert [made] == stack.json("backup", "list")["unfinished"]
    stack.run("backup", "now")
    assert [] == stack.json("backup", "list")["unfinished"]
    assert "KeyCount" in (found := s3.list_objects_v2(Bucket=BUCKET, Prefix=made)) and 0 == found["KeyCount"]


def test_a_restore_that_is_killed_says_so_and_is_run_again(
    stack: Stack, mongo: MongoClient[dict[str, Any]], redis_cli: Callable[..., None]
) -> None:
    """Kill -9 as soon as it writes: the database says that it is not whole, is not backed up, and then is whole."""
    stack.run("backup", "now")
    words = [str(PROGRAM), "backup", "restore", "--to", "other"]
    with subprocess.Popen(words, env=stack.environment(), cwd=REPO, stderr=subprocess.DEVNULL) as restore:
        wait_for(lambda: NOTES in mongo["other"].list_collection_names() or restore.poll() is not None)
        restore.send_signal(signal.SIGKILL)
    assert "did not end" in next(iter(MongoDocuments(mongo).marked("other").values()))
    assert "works on the backups" in stack.run("backup", "restore", "--to", "other", code=1).stderr
    redis_cli("lease:backup")  # as a minute later
    stack.run("backup", "restore", "--to", "other")
    assert content(mongo) == content(mongo, "other")
    mongo.drop_database("other")


@pytest.fixture
def redis_cli(stack: Stack) -> Callable[..., None]:
    import redis

    def delete(key: str) -> None:
        with redis.Redis(port=stack.ports["REDIS"]) as client:
            client.delete(key)

    return delete


@pytest.fixture(scope="module")
def a_backup(stack: Stack) -> str:
    return str(stack.json("backup", "now")["id"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["restore", "--at", "yesterday"], "2025-11-28T14:30:00Z"),
        (["restore", "--to", "a b"], "cannot be a database"),
        (["restore", "--collection", "moon"], "it has bars"),
        (["restore", "--drop", "--from", "2014-06-09T13:30:00Z"], "takes no window"),
        (["restore", "x", "--at", "2014-06-09T13:30:00Z"], "either"),
        (["verify", "x", "--all"], "either"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(stack: Stack, a_backup: str, words: list[str], said: str) -> None:
    """Exit code 2, and a line that names what was expected."""
    answer = stack.run("backup", *words, code=2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_backup_that_is_not_there_is_told(stack: Stack) -> None:
    for word in ("verify", "restore"):
        assert "there is no backup never" in stack.run("backup", word, "never", code=1).stderr
    assert json.loads(stack.run("backup", "verify", "--all", "--json").stdout)["ok"]
