"""A real Redis for the control plane's tests, and a real search for its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.control.redis_client import connect
from tickertape.stack.embedded import osmem_program, redis_program
from tickertape.stack.http_check import http_problem

REPO = Path(__file__).parents[2]


@contextmanager
def redis_server(port: int, folder: Path) -> Iterator[str]:
    """A server in memory on that port, for as long as the context lasts."""
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    server = subprocess.Popen([redis_program(REPO), *options], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        wait_for(lambda: _answers(url))
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own."""
    (port,) = free_ports(1)
    with redis_server(port, tmp_path_factory.mktemp("redis")) as url:
        yield url


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def control(redis_url: str) -> Iterator[redis.Redis]:
    """A client of that server, emptied first."""
    client = connect(redis_url)
    client.flushall()
    yield client
    client.close()


@contextmanager
def osmem_server(port: int) -> Iterator[str]:
    """A search in memory on that port, for as long as the context lasts."""
    url = f"http://127.0.0.1:{port}"
    words = [str(osmem_program(REPO)), "-addr", f"127.0.0.1:{port}", "-no-stdin-watch"]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: http_problem(f"{url}/_cluster/health") is None)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def osmem_url() -> Iterator[str]:
    """A search of its own."""
    (port,) = free_ports(1)
    with osmem_server(port) as url:
        yield url
