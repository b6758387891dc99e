"""MongoDB's own tools over a backup: a real server holds and dumps what was backed up, and we read what they wrote.

No driver speaks to that server: today's refuses old ones, and the tools and the server may be of any version.
"""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import json_util

from tests.fakes.backups import ID_INDEX, MemoryBackupStore, MemoryDocuments, MemoryLease
from tests.fakes.world import NOON, SteppingClock
from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.backups.encryption import BackupCipher
from tickertape.domain.bson_frames import split_documents
from tickertape.ports.backups import Cipher, StoredCollection
from tickertape.usecases.backup import BackupMaker, Occasion
from tickertape.usecases.backup_objects import BackupObjects
from tickertape.usecases.restore import read_metadata

TOOLS = ("mongod", "mongodump", "mongorestore")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)),
    reason="needs mongod, mongodump and mongorestore: a MongoDB server of any version, and mongodb-database-tools"
    " (mongo-tools in Ubuntu)",
)
DB = "tickertape"


@dataclass(frozen=True, slots=True)
class Server:
    """A MongoDB server of this test's own, used by MongoDB's tools only."""

    port: int
    folder: Path

    def restore(self, dump: Path) -> str:
        """Restore a folder; gives what mongorestore said."""
        return self._run("mongorestore", str(dump))

    def dump(self) -> Path:
        """Dump the database into a folder."""
        self._run("mongodump", "--db", DB, "--out", str(self.folder / "dump"))
        return self.folder / "dump"

    def _run(self, tool: str, *words: str) -> str:
        command = [tool, "--host", "127.0.0.1", "--port", str(self.port), "--gzip", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert 0 == done.returncode, done.stderr
        return done.stderr


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (port,), data, log = free_ports(1), tmp_path / "data", tmp_path / "mongod.log"
    data.mkdir()
    command = ["mongod", "--dbpath", str(data), "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket"]
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told) as process:
        try:
            wait_for(lambda: _answers(port) or process.poll() is not None)
            assert process.poll() is None, log.read_text()[-2000:]
            yield Server(port, tmp_path)
        finally:
            process.terminate()


def index(*key: tuple[str, int], **more: Any) -> dict[str, Any]:
    fields = {field: {"$numberInt": str(direction)} for field, direction in key}
    name = "_".join(f"{field}_{direction}" for field, direction in key)
    return {"v": {"$numberInt": "2"}, "key": fields, "name": name, **more}


# One value of each kind, and some that a program in between would change on their way.
ODD = {
    "at": datetime(2025, 11, 25, 14, 30, 0, 123000, tzinfo=UTC),
    "numbers": [1, bson.Int64(1), 1.0, bson.Decimal128("183.410"), float("nan"), float("-inf"), -0.0],
    "nested": {"z": {"y": [[], {}, None, True]}, "a": "", "": 0},
    "text": "naïve 日本 🚀 \u0000 \U0010ffff",
    "bytes": bson.Binary(bytes(range(256)), 128),
    "words": bson.Regex("^a.*z$", "im"),
    "others": [bson.Timestamp(1_400_000_000, 7), bson.Code("f()", {"n": 1}), bson.MinKey(), bson.MaxKey()],
}
IDS = [7, bson.Int64(1 << 40), 1.5, "seven", bson.ObjectId(b"tickertape00"), NOON, {"a": [1], "b": None}]
# More than a part of an upload, and near what a server takes.
LARGE = {"_id": "large", "text": "日本" * (5 << 19)}
CAPPED = {"capped": True, "size": {"$numberInt": "4096"}}
LATE = {"viewOn": "tweets", "pipeline": [{"$match": {"created_at": {"$gt": "2025"}}}]}
TWEETS = [
    {"_id": f"t{n}", "created_at": f"2025-11-25T12:00:{n % 60:02}Z", "tickers": ["AAPL", f"T{n}"], "text": "é" * n}
    for n in range(3000)
]
BARS = [{"_id": f"AAPL{n}", "symbol": "AAPL", "ts": n, "close": n / 3} for n in range(10)]
# Names that are file names as they stand: old tools take an escaped one as it is written.
CONTENT: list[tuple[str, dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("tweets", {}, [index(("created_at", 1)), index(("tickers", 1), ("created_at", -1))], TWEETS),
    ("bars", {}, [index(("symbol", 1), ("ts", 1), unique=True, sparse=True)], BARS),
    ("events", {}, [index(("kept_until", 1), expireAfterSeconds={"$numberInt": "0"})], [{"_id": 1, "at": "now"}]),
    ("of.every-kind", {}, [], [*({"_id": one, **ODD} for one in IDS), LARGE]),
    ("last_ones", CAPPED, [], [{"_id": n} for n in range(3)]),
    ("none", {}, [], []),
]


def filled() -> MemoryDocuments:
    """What our databases have, and what a server can have besides."""
    documents = MemoryDocuments()
    for name, options, indexes, found in CONTENT:
        documents.make(DB, StoredCollection(name, "collection", options, [ID_INDEX, *indexes], ""))
        documents.write(DB, name, list(map(bson.encode, found)))
    documents.make(DB, StoredCollection("late", "view", LATE, [], ""))
    return documents


def backed_up(documents: MemoryDocuments, folder: Path, cipher: Cipher | None = None) -> Path:
    """Make a backup and download its folder."""
    store = MemoryBackupStore()
    BackupMaker(
        documents, BackupObjects(store, cipher), MemoryLease(), SteppingClock(), lambda: datetime.now(UTC)
    ).make(DB, Occasion())
    for key, body in store.objects.items():
        path = folder.joinpath("backup", *key.split("/")[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder / "backup"


Content = dict[str, tuple[Any, list[Any], list[bytes]]]


def held(documents: MemoryDocuments) -> Content:
    """Options, indexes and documents of each collection."""
    return {name: described(one.definition, one.documents.values()) for name, one in documents.databases[DB].items()}


def read(folder: Path) -> Content:
    """The same from the files of a dump, taken apart as a restore of ours does it."""
    found = {}
    for path in folder.joinpath(DB).glob("*.metadata.json.gz"):
        name = path.name.removesuffix(".metadata.json.gz")
        definition = read_metadata(gzip.decompress(path.read_bytes()), name)
        data = path.with_name(f"{name}.bson.gz")
        documents = split_documents([gzip.decompress(data.read_bytes())] if data.exists() else [])
        found[definition.name] = described(definition, documents)
    return found


def described(definition: StoredCollection, documents: Iterable[bytes]) -> tuple[Any, list[Any], list[bytes]]:
    """In one form: old tools write numbers without their type, and in each index its collection."""
    indexes = [{field: one[field] for field in one if field != "ns"} for one in definition.indexes]
    options, plain = json_util.loads(json.dumps([definition.options, indexes]))
    return options, sorted(plain, key=str), sorted(documents)


def test_the_tools_bring_a_backup_into_a_server_and_out_of_it(server: Server, tmp_path: Path) -> None:
    """Restored by mongorestore and dumped by mongodump: each document to the byte, each option, index and view."""
    server.restore(backed_up(filled(), tmp_path))
    expected, dumped = held(filled()), read(server.dump())
    assert expected.keys() == dumped.keys()
    assert expected == dumped


def test_the_tools_pass_an_encrypted_backup_over(server: Server, tmp_path: Path) -> None:
    """They name each file that is none of theirs, and restore nothing."""
    said = server.restore(backed_up(filled(), tmp_path, BackupCipher(bytes(range(32)))))
    assert "tweets.bson.gz.enc" in said
    assert not server.dump().joinpath(DB).exists()
