"""MiniStack without the rest of the stack, for what needs nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.stack.embedded import ministack_program
from tickertape.stack.probes import http_probe

_REPO = Path(__file__).parents[1]


@contextmanager
def ministack(folder: Path, **more: str) -> Iterator[str]:
    """Run one below `folder`, with more variables in its environment; gives its endpoint."""
    (port,) = free_ports(1)
    program = ministack_program(_REPO)
    environment = {
        "PATH": os.environ["PATH"],
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(folder),
        "HOME": str(folder),
        **more,
    }
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [program.with_name("python"), program], env=environment, cwd=folder, stdout=log, stderr=log
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        probe = http_probe(f"{endpoint}/_ministack/ready")
        wait_for(lambda: not probe(), 60)
        yield endpoint
    finally:
        process.terminate()
        process.wait(30)
