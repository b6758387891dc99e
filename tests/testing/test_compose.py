"""A Compose stack in a test run of its own."""

from __future__ import annotations

import pytest

from tests.testing.conftest import REPO, InnerRun
from tickertape.testing.compose import find_compose
from tickertape.testing.servers import CannotStart

pytestmark = pytest.mark.integration

_FILE = """
services:
  once:
    image: {image}
    command: ["true"]
  lasting:
    image: {image}
    command: ["sh", "-c", "echo it lasts; exec sleep 600"]
    init: true
    environment: {{WORD: "${{WORD}}"}}
    ports: ["127.0.0.1:${{A_PORT}}:80"]
    volumes: ["kept:/kept"]
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
volumes:
  kept:
"""
_TEST = """
import pytest
import docker
from tickertape.testing.compose import ComposePlan

@pytest.fixture(scope="session")
def compose_plan(pytestconfig):
    return ComposePlan(pytestconfig.rootpath, ("stack.yml",), ("A_PORT",), {{"WORD": "given"}}, program={program!r})

def test_fails(compose_stack, tickertape_run):
    client = docker.from_env()
    mine = {{"label": f"tickertape.testing.run={{tickertape_run.slug}}"}}
    assert 2 == len(client.containers.list(all=True, filters=mine))
    assert 1 == len(client.volumes.list(filters=mine))
    assert 1 == len(client.networks.list(filters=mine))
    lasting = compose_stack.get_container("lasting")
    assert lasting.get_publisher().PublishedPort == int(compose_stack.environment["A_PORT"])
    assert "given" in compose_stack.exec_in_container(["sh", "-c", "echo $WORD"], "lasting")[0]
    print("project", compose_stack.project)
    assert False, "on purpose"
"""


@pytest.fixture
def compose() -> list[str]:
    """How Compose is called on this machine; without it the test is left out."""
    ours = REPO / ".venv-docker/bin/docker-compose"
    try:
        return [str(ours)] if ours.exists() else find_compose()
    except CannotStart as error:
        pytest.skip(str(error))


def test_a_stack_is_ready_marked_and_goes_with_the_run(inner_run: InnerRun, image: str, compose: list[str]) -> None:
    """A service that has done its work counts as ready; all of the stack carries the run, and is gone after it."""
    (inner_run.folder / "stack.yml").write_text(_FILE.format(image=image))
    inner_run.write(_TEST.format(program=compose))
    output = inner_run.output()
    assert "on purpose" in output, output
    assert "log of stack" in output and "it lasts" in output, output
    project = output.split("project ")[1].split()[0]
    assert project.startswith("tickertape-")


def test_a_service_that_fails_is_named(inner_run: InnerRun, image: str, compose: list[str]) -> None:
    """The error says which service ended and how, and its log is in the report."""
    file = _FILE.format(image=image).replace('["true"]\n  lasting', '["sh", "-c", "echo no luck; exit 3"]\n  lasting')
    (inner_run.folder / "stack.yml").write_text(file)
    inner_run.write(_TEST.format(program=compose))
    output = inner_run.output()
    assert "service once ended with 3" in output, output
    assert "no luck" in output
