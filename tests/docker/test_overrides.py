"""The Compose files that a user opts into."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import REPO
from tickertape.stack.containers import Compose

pytestmark = pytest.mark.docker
WORD = "as it was edited"


def test_a_container_runs_the_code_as_it_is_edited(tmp_path: Path) -> None:
    """With docker-compose.dev.yml, what is in the checkout is what runs, and not what is in the image."""
    files = ("docker-compose.yml", "docker-compose.airgap.yml", "docker-compose.dev.yml")
    for name in files:
        shutil.copy(REPO / name, tmp_path)
    for name in ("tickertape", "services"):
        shutil.copytree(REPO / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".venv-docker").symlink_to(REPO / ".venv-docker")
    (tmp_path / "services/manager/exchange.py").write_text(f'NAME = "{WORD}"\n')
    compose = Compose(tmp_path, files, "tickertape-overrides", {})
    program = "from services.manager.exchange import NAME; print(NAME)"
    try:
        said = compose.run("run", "--rm", "--no-deps", "-T", "manager", "python", "-c", program)
    finally:
        compose.run("down", "--volumes")
    assert WORD == said.strip()


def test_the_socket_goes_to_localstack_and_to_nobody_else() -> None:
    """With docker-compose.socket.yml the official image gets Docker's socket; every other container stays as it was."""
    compose = Compose(REPO, ("docker-compose.yml", "docker-compose.socket.yml"), "tickertape-overrides", {})
    services: dict[str, Any] = json.loads(compose.run("config", "--format", "json"))["services"]
    localstack = services.pop("localstack")
    assert ("localstack/localstack:4.14.0", "docker") == (
        localstack["image"],
        localstack["environment"]["LAMBDA_RUNTIME_EXECUTOR"],
    )
    assert "build" not in localstack
    assert "/var/run/docker.sock" in [volume["source"] for volume in localstack["volumes"]]
    assert "docker.sock" not in json.dumps(services)
    assert {True} == {service["read_only"] for service in services.values()}
