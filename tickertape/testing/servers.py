"""Containers of one server each, with testcontainers: on 127.0.0.1, carrying their run, ready when they answer."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import WaitStrategy, WaitStrategyTarget

from tickertape.stack.probes import Probe, mongo_probe, redis_probe
from tickertape.testing.leftovers import connect
from tickertape.testing.logbook import Logbook
from tickertape.testing.runs import Run

HOST = "127.0.0.1"
_POLL_S = 0.1


class CannotStart(Exception):
    """A server did not start; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a server is run.

    Attributes:
        kind: a word for names and reports.
        scheme: of its address.
        port: the one it listens on inside.
        probe: asks the server at a port on 127.0.0.1 whether it is ready.
        options: others of `docker run`, as docker-py names them.
    """

    kind: str
    image: str
    scheme: str
    port: int
    probe: Callable[[int], Probe]
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    limit_s: float = 120.0
    stop_s: int = 60


class Answers(WaitStrategy):
    """Ready when the probe says so; a container that ends before is a failure at once."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self._recipe = recipe
        self.with_startup_timeout(int(recipe.limit_s)).with_poll_interval(_POLL_S)

    def wait_until_ready(self, container: WaitStrategyTarget) -> None:
        """Wait for the first good answer.

        Raises:
            CannotStart: it ended, or gave none within the limit.
        """
        kind, until = self._recipe.kind, time.monotonic() + self._startup_timeout
        probe = self._recipe.probe(container.get_exposed_port(self._recipe.port))
        while problem := probe():
            container.reload()
            if container.status not in ("created", "running", "restarting"):
                raise CannotStart(f"{kind} ended while it started: {_last_words(container)}")
            if time.monotonic() > until:
                raise CannotStart(f"{kind} was not ready after {self._startup_timeout:.0f} s: {problem}")
            time.sleep(self._poll_interval)


def _last_words(container: WaitStrategyTarget) -> str:
    return b"".join(container.get_logs()).decode(errors="replace")[-1000:]


class Server(DockerContainer):
    """A running server in a container.

    Attributes:
        recipe: how it was started.
    """

    def __init__(self, run: Run, recipe: Recipe) -> None:
        super().__init__(recipe.image, name=f"tickertape-{recipe.kind}-{run.slug}", _wait_strategy=Answers(recipe))
        self.recipe = recipe
        self.with_envs(**recipe.environment)
        if recipe.command:
            self.with_command(list(recipe.command))
        # testcontainers would choose another network inside a container, where 127.0.0.1 may be another machine's.
        self.with_kwargs(**{"labels": run.labels, "network": "bridge", **recipe.options})

    def start(self) -> Server:
        """Start it and wait until it is ready.

        Raises:
            CannotStart: the image cannot be had, or the server did not get ready.
        """
        # A port of its own choice, and not on every address, as a port without a host would be.
        self.ports[str(self.recipe.port)] = (HOST,)  # type: ignore[assignment]
        try:
            return super().start()
        except ImageNotFound as error:
            raise CannotStart(f"there is no image {self.image}: build it or name another one: {error}") from error
        except DockerException as error:
            raise CannotStart(f"{self.recipe.kind} from {self.image}: {error}") from error

    @property
    def port(self) -> int:
        """Its port on 127.0.0.1; another one after each start."""
        return self.get_exposed_port(self.recipe.port)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.recipe.scheme}://{HOST}:{self.port}"

    def get_container_host_ip(self) -> str:
        """Where its port is."""
        return HOST

    def get_exposed_port(self, port: int) -> int:
        """Which port of 127.0.0.1 leads to this one of the container."""
        container = self.get_wrapped_container()
        until = time.monotonic() + self.recipe.limit_s
        while not (bound := (container.ports or {}).get(f"{port}/tcp")):
            container.reload()
            if container.status in ("exited", "dead"):
                raise CannotStart(f"{self.recipe.kind} ended at once: {_last_words(self)}")
            if time.monotonic() > until:
                raise CannotStart(f"{self.recipe.kind}: port {port} is not bound")
            time.sleep(_POLL_S)
        return int(bound[0]["HostPort"])

    def restart(self, *, kill: bool = False) -> None:
        """Stop it, gracefully or by SIGKILL, and start it again with what it kept; ready when it returns."""
        container = self.get_wrapped_container()
        if kill:
            container.kill()
            container.wait()
        else:
            container.stop(timeout=self.recipe.stop_s)
        container.start()
        container.reload()
        Answers(self.recipe).wait_until_ready(self)

    def written(self, since: float) -> str:
        """What it wrote since then."""
        if self._container is None:
            return ""
        return str(self.get_wrapped_container().logs(since=int(since)).decode(errors="replace"))


@contextmanager
def running(run: Run, recipe: Recipe, logbook: Logbook) -> Iterator[Server]:
    """Run a server until the end of the block.

    Raises:
        CannotStart: as `Server.start` says, or there is no Docker.
    """
    _do_without_missing_reaper()
    try:
        server = Server(run, recipe)
    except DockerException as error:
        raise CannotStart(f"{recipe.kind} needs Docker, which does not answer: {error}") from error
    try:
        with logbook.open(recipe.kind, server.written):
            yield server.start()
    finally:
        server.stop()


def _do_without_missing_reaper() -> None:
    """testcontainers' own reaper is an image; where it cannot be had, our watchdog is enough."""
    client = connect()
    if client is None or "TESTCONTAINERS_RYUK_DISABLED" in os.environ:
        return
    with contextlib.closing(client):
        try:
            client.images.get(testcontainers_config.ryuk_image)
        except ImageNotFound:
            testcontainers_config.ryuk_disabled = True


def redis_recipe(image: str) -> Recipe:
    """Redis, with nothing kept on disk but what a test asks for."""
    return Recipe("redis", image, "redis", 6379, lambda port: redis_probe(f"redis://{HOST}:{port}/0"))


def mongo_recipe(image: str) -> Recipe:
    """MongoDB, or a server that speaks its protocol."""
    return Recipe("mongo", image, "mongodb", 27017, lambda port: mongo_probe(f"mongodb://{HOST}:{port}"))
