"""The whole pipeline in containers: the same outcomes as without Docker, hardened, and back after every blow."""

from __future__ import annotations

import json
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from pymongo import MongoClient

from tests.docker.conftest import BACKUP_KEY, KEY
from tests.docker.looking import LIMIT_S, TABLES, containers, is_healthy, kill
from tests.integration.conftest import Stack
from tests.integration.tapes import Tape
from tests.integration.test_backup import content
from tests.integration.test_main_path import hop, outcomes
from tests.waiting import wait_for
from tickertape.stack.containers import docker
from tickertape.stack.paths import Home

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


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


def test_containers_and_processes_end_in_the_same_counts_and_tables(stack: Stack, embedded: Future[Stack]) -> None:
    """The air-gapped and the embedded runtime give the same accounts and the same rows for one tape."""
    processes = embedded.result()
    assert processes.json("verify") == stack.json("verify")
    for query in TABLES:
        assert processes.json("sql", query) == stack.json("sql", query)


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


def test_what_localstack_forgot_comes_back(stack: Stack) -> None:
    """Killed, it has forgotten everything: `redrive` brings every table back as it was.

    (Which lines were turned away is in the lake only, so `verify` of the tape is not asked again.)
    """
    stack.run("batch", "run")
    before = [stack.json("sql", query) for query in TABLES]
    kill(stack, "localstack")
    wait_for(partial(is_healthy, stack, "localstack"), LIMIT_S)
    stack.run("redrive")
    assert before == [stack.json("sql", query) for query in TABLES]


def test_the_next_start_takes_over_the_volumes_of_the_last(stack: Stack, tape: Tape, embedded: Future[Stack]) -> None:
    """LocalStack keeps nothing, the volumes do: after `down` and `up` everything is there once."""
    before = embedded.result().json("verify")
    stack.run("down")
    assert [] == docker("ps", "--all", "--quiet", "--filter", f"name={label_of(stack)[:6]}").split()
    stack.run("up", "--runtime", "airgap", "--tape", str(tape.folder), "--speed", "max", "--wait")
    assert before == stack.json("verify")
