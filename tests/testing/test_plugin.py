"""The plug-in in a test run of its own: what it starts, what a failure shows, and that nothing stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.testing.conftest import InnerRun
from tests.waiting import wait_for
from tickertape.testing.leftovers import sweep
from tickertape.testing.runs import RUN_LABEL, Run

pytestmark = pytest.mark.integration

_HOLD = """
from pathlib import Path
import signal

def hold(text):
    Path("held.new").write_text(text)
    Path("held.new").rename("held")
    signal.pause()
"""
_SERVER = """
import docker
import pytest
from tickertape.testing.servers import Recipe, running

@pytest.fixture(scope="session")
def server(tickertape_run, tickertape_logbook):
    command = ["sh", "-c", "echo said something; exec sleep 600"]
    recipe = Recipe("sleeper", "{image}", "tcp", 80, lambda port: lambda: None, command=command)
    with running(tickertape_run, recipe, tickertape_logbook) as server:
        yield server
"""


def test_ministack_is_ready_and_its_log_is_part_of_a_failure(inner_run: InnerRun) -> None:
    """A test gets a working AWS; when it fails, what the emulator wrote is in its report."""
    inner_run.write("""
def test_works(ministack):
    ministack.client("s3").create_bucket(Bucket="mine")
    assert ["mine"] == [bucket["Name"] for bucket in ministack.client("s3").list_buckets()["Buckets"]]

def test_fails(ministack, tickertape_logbook):
    tickertape_logbook._readers["ministack"] = lambda since: "what it wrote"
    assert False
""")
    output = inner_run.output()
    assert "1 failed, 1 passed" in output, output
    assert "log of ministack" in output and "what it wrote" in output


def test_a_killed_run_leaves_no_process_and_no_file(inner_run: InnerRun) -> None:
    """MiniStack, the functions it runs and its files are gone soon after kill -9 of the tests."""
    inner_run.write(
        _HOLD
        + """
def test_holds(ministack, tickertape_run):
    hold(f"{tickertape_run.slug} {ministack._server._process.pid}")
"""
    )
    slug, pid = inner_run.killed_while_holding().split()
    run = Run.parse(slug)
    assert run is not None
    wait_for(lambda: not psutil.pid_exists(int(pid)) and not run.folder.exists(), 30)


def test_a_server_is_on_this_machine_only_and_goes_with_the_run(
    inner_run: InnerRun, image: str, docker_client: Any
) -> None:
    """Its port is on 127.0.0.1, its log in the report of a failure, and nothing of it stays."""
    inner_run.write(
        _SERVER.format(image=image)
        + """
def test_fails(server, tickertape_run):
    bound = server.get_wrapped_container().ports["80/tcp"]
    assert ["127.0.0.1"] == [one["HostIp"] for one in bound]
    server.restart(kill=True)
    assert server.url == f"tcp://127.0.0.1:{server.port}"
    print("run", tickertape_run.slug)
    assert False, "on purpose"
"""
    )
    output = inner_run.output()
    assert "on purpose" in output, output
    assert "log of sleeper" in output and "said something" in output, output
    slug = output.split("run ")[1].split()[0]
    assert [] == everything_of(slug, docker_client)


def test_a_killed_run_leaves_no_container_network_or_volume(
    inner_run: InnerRun, image: str, docker_client: Any
) -> None:
    """All that carries the run is gone soon after kill -9 of the tests."""
    inner_run.write(
        _HOLD
        + _SERVER.format(image=image)
        + """
def test_holds(server, tickertape_run):
    client = docker.from_env()
    client.networks.create(tickertape_run.slug, labels=tickertape_run.labels)
    client.volumes.create(tickertape_run.slug, labels=tickertape_run.labels)
    hold(tickertape_run.slug)
"""
    )
    slug = inner_run.killed_while_holding()
    wait_for(lambda: not everything_of(slug, docker_client), 60)


def test_the_next_run_sweeps_what_a_run_without_its_watchdog_left(
    inner_run: InnerRun, image: str, docker_client: Any, tmp_path: Path
) -> None:
    """Where the watchdog was killed too, the container stays until the next run, which removes it and no other."""
    inner_run.write(
        _HOLD
        + _SERVER.format(image=image)
        + """
def test_holds(server, tickertape_run):
    import psutil
    for child in psutil.Process().children():
        child.kill()
    hold(tickertape_run.slug)
"""
    )
    slug = inner_run.killed_while_holding()
    assert ["containers"] == [kind for kind, _ in everything_of(slug, docker_client)]
    living = Run.of_this_process()
    other = docker_client.volumes.create(labels=living.labels)
    try:
        assert f"container tickertape-sleeper-{slug}" in sweep()
        assert [] == everything_of(slug, docker_client)
        assert ["volumes"] == [kind for kind, _ in everything_of(living.slug, docker_client)]
    finally:
        other.remove()


def everything_of(slug: str, client: Any) -> list[tuple[str, str]]:
    mine = {"label": f"{RUN_LABEL}={slug}"}
    found = {
        "containers": client.containers.list(all=True, filters=mine, ignore_removed=True),
        "networks": client.networks.list(filters=mine),
        "volumes": client.volumes.list(filters=mine),
    }
    return [(kind, one.name) for kind, ones in found.items() for one in ones]
