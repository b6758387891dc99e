"""MiniStack without the rest of the stack, for what needs nothing else."""

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

from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.stack.bundle import build_all
from tickertape.stack.embedded import ministack_program
from tickertape.stack.probes import http_probe

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
    (port,) = free_ports(1)
    program = ministack_program(REPO)
    environment = {
        "PATH": os.environ["PATH"],
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
    with (folder / "emulator.log").open("w") as log:
        emulator = subprocess.Popen(
            [program.with_name("python"), program], env=environment, cwd=folder, stdout=log, stderr=log
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        probe = http_probe(f"{endpoint}/_ministack/ready")
        wait_for(lambda: not probe(), 60)
        yield Aws(endpoint, folder / "build")
    finally:
        emulator.terminate()
        emulator.wait(30)
