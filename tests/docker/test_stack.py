"""The whole pipeline in containers: the same outcomes as without Docker, hardened, and back after every blow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pymongo import MongoClient

from tests.docker.conftest import BACKUP_KEY, KEY, UP
from tests.integration.conftest import Stack
from tests.integration.tapes import Tape
from tests.integration.test_backup import content
from tests.integration.test_main_path import hop, outcomes
from tests.waiting import wait_for
from tickertape.stack.containers import Container, containers_of, docker
from tickertape.stack.paths import Home
from tickertape.stack.record import StackRecord, read_record

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
LIMIT_S = 120.0
# To the service, the one child of the container's init.
SIGNAL = "import os, signal; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), signal.{})"
# Everything a reader can see, in an order of its own.
TABLES = (
    "SELECT id, text, sentiment, polarity, method FROM tweets ORDER BY id",
    "SELECT id, ticker FROM mentions ORDER BY id, ticker",
    "SELECT level, period, ticker, mentions, positive, neutral, negative FROM rollups ORDER BY level, period, ticker",
    "SELECT symbol, ts, open, high, low, close, volume FROM bars ORDER BY symbol, ts, close",
)


def record_of(stack: Stack) -> StackRecord:
    record = read_record(stack.home / "run/stack.json")
    assert record is not None
    return record


def containers(stack: Stack) -> dict[str, Container]:
    return {one.service: one for one in containers_of(record_of(stack).project)}


def inspected(stack: Stack) -> dict[str, Any]:
    """What Docker says of each container, by service."""
    found = containers(stack)
    said = json.loads(docker("inspect", *(one.id for one in found.values())))
    by_id = {one["Id"]: one for one in said}
    return {name: by_id[one.id] for name, one in found.items()}


def test_every_line_of_the_tape_has_its_outcome(stack: Stack, tape: Tape) -> None:
    """`verify` accounts for each line with LocalStack as the AWS."""
    report = stack.json("verify")
    assert report["ok"], report
    assert tape.tweet_outcomes == outcomes(hop(report, "tweets", 0))
    assert tape.bar_outcomes == outcomes(hop(report, "bars", 0))


def test_containers_and_processes_end_in_the_same_counts_and_tables(
    stack: Stack, tape: Tape, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The air-gapped and the embedded runtime give the same accounts and the same rows for one tape."""
    embedded = Stack(tmp_path_factory.mktemp("embedded"))
    try:
        embedded.run("up", "--runtime", "embedded", "--tape", str(tape.folder), "--speed", "max", "--wait")
        assert embedded.json("verify") == stack.json("verify")
        for query in TABLES:
            assert embedded.json("sql", query) == stack.json("sql", query)
    finally:
        embedded.run("down")


def test_the_catalogue_knows_the_tables(stack: Stack) -> None:
    """The batch in its container finds a catalogue, and the tables are in it."""
    found = stack.json("batch", "run")["catalogue"]
    assert "error" not in found, found
    tables = {one["name"] for one in stack.json("catalogue", "show")["tables"]}
    assert {"tweets", "mentions", "rollups", "bars", "candles", "features"} <= tables


def test_deploying_five_times_more_changes_nothing(stack: Stack) -> None:
    """The init hook says each time that the resources are as they should be."""
    for _ in range(5):
        said = docker("exec", containers(stack)["localstack"].id, "/etc/localstack/init/ready.d/10-deploy.sh")
        assert "deploy: stack tickertape unchanged; corrected: nothing" in said
    assert stack.json("verify")["ok"]


def test_every_container_is_hardened(stack: Stack) -> None:
    """No root, no writing but where it must, no capability, no way to new ones, no socket of Docker, and limits."""
    for name, one in inspected(stack).items():
        host = one["HostConfig"]
        assert one["Config"]["User"].partition(":")[0] not in ("", "0", "root"), name
        assert host["ReadonlyRootfs"], name
        assert ["ALL"] == host["CapDrop"], name
        assert ["no-new-privileges:true"] == host["SecurityOpt"], name
        assert not host["Privileged"], name
        assert host["Memory"] > 0, name
        assert host["NanoCpus"] > 0, name
        assert "10m" == host["LogConfig"]["Config"]["max-size"], name
        assert not [mount for mount in one["Mounts"] if "docker.sock" in mount["Source"]], name
        bound = [port["HostIp"] for ports in (host["PortBindings"] or {}).values() for port in ports]
        assert {"127.0.0.1"} >= set(bound), name


def test_a_key_is_a_file_that_only_its_service_sees(stack: Stack) -> None:
    """`docker inspect` does not show it, and another service has no such file."""
    found = inspected(stack)
    assert not [key for key in (KEY, BACKUP_KEY) if key in json.dumps(found)]
    assert KEY == docker("exec", found["stocks"]["Id"], "cat", "/run/secrets/stocks/tickertape_finnhub_key")
    assert "" == docker("exec", found["twitter"]["Id"], "find", "/run/secrets", "-type", "f")


def test_a_dropped_database_comes_back_whole(stack: Stack) -> None:
    """Backup, loss, restore: document by document the same, indexes included; with a key the service has it too."""
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports['MONGO']}/?directConnection=true") as mongo:
        before = content(mongo)
        made = stack.json("backup", "now")
        mongo.drop_database("tickertape")
        assert made["id"] == stack.json("backup", "restore")["id"]
        assert before == content(mongo)
    assert stack.json("verify")["ok"]
    # Those that were due were made in the container.
    assert {made["encryption"]["key_id"]} == {
        one["encryption"]["key_id"] for one in stack.json("backup", "list")["backups"]
    }
    inside = docker("exec", containers(stack)["backup"].id, "cat", "/run/secrets/backup/tickertape_backup_key")
    assert BACKUP_KEY == inside


def label_of(stack: Stack) -> str:
    return Home(stack.home).label


def test_a_worker_whose_loop_stands_still_turns_unhealthy(stack: Stack) -> None:
    """The health check asks for progress: a stopped process is still there, and yet unhealthy."""
    container = containers(stack)["twitter"].id
    docker("exec", container, "python", "-c", SIGNAL.format("SIGSTOP"))
    wait_for(lambda: containers(stack)["twitter"].health == "unhealthy", LIMIT_S)
    docker("exec", container, "python", "-c", SIGNAL.format("SIGCONT"))
    wait_for(lambda: containers(stack)["twitter"].health == "healthy", LIMIT_S)


def test_the_next_start_takes_over_the_volumes_of_the_last(stack: Stack, tape: Tape) -> None:
    """LocalStack keeps nothing, the volumes do: after `down` and `up` everything is there once."""
    before = stack.json("verify")
    stack.run("down")
    assert [] == docker("ps", "--all", "--quiet", "--filter", f"name={label_of(stack)[:6]}").split()
    stack.run(*UP, str(tape.folder))
    assert before == stack.json("verify")
