"""moto's tables made fast, as LocalStack's plug-in of ours does it, answer as moto does."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import REPO
from tickertape.stack.containers import docker

pytestmark = pytest.mark.docker
IMAGE = "tickertape/localstack-pypi:4.13.1"
PYTHON = "/opt/code/localstack/.venv/bin/python"
QUESTIONS = Path(__file__).with_name("moto_answers.py")


def answers(*arguments: str) -> list[Any]:
    """What moto in LocalStack's image answers."""
    mounts = ("--volume", f"{QUESTIONS}:/q.py:ro", "--volume", f"{REPO / 'services/localstack/plugin'}:/plugin:ro")
    said = docker(
        "run", "--rm", "--network", "none", *mounts, "--entrypoint", PYTHON, IMAGE, "/q.py", *arguments, limit_s=240
    )
    found: list[Any] = json.loads(said)
    return found


def test_answers_are_motos() -> None:
    """After the same random puts, updates and deletes, every page of every query and scan is the same."""
    with ThreadPoolExecutor() as threads:
        plain, ours = threads.map(lambda words: answers(*words), ((), ("/plugin",)))
    assert plain == ours
    assert len(plain) > 500
