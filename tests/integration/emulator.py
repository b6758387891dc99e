"""An emulator alone that the resources can be deployed to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.ministack import ministack
from tickertape.stack.bundle import build_all

REPO = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Aws:
    """An emulator of its own, without the rest of the stack."""

    endpoint: str
    build: Path

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=self.endpoint, **keys)  # type: ignore[call-overload]

    def deploy(self, settings: Mapping[str, str] | None = None) -> str:
        """Deploy with those settings in the environment; returns what the deployment says."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TICKERTAPE_"))
        }
        environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        done = subprocess.run(
            [sys.executable, str(REPO / "localstack-init" / "deploy.py"), "--code", str(self.build)],
            env=environment | {"AWS_ENDPOINT_URL": self.endpoint} | dict(settings or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout.strip()


@contextmanager
def emulator_in(folder: Path) -> Iterator[Aws]:
    """One that runs as long as the context lasts, with the functions' packages beside it."""
    build_all(REPO, folder / "build")
    with ministack(folder) as endpoint:
        yield Aws(endpoint, folder / "build")
