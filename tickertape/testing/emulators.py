"""Emulators of AWS for tests: containers of LocalStack, and MiniStack as a process."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

import boto3
import psutil
from botocore.config import Config

from tickertape.stack.probes import Probe, http_probe
from tickertape.stack.processes import stop
from tickertape.testing.logbook import Logbook
from tickertape.testing.ports import free_port
from tickertape.testing.runs import RUN_MARK, Run
from tickertape.testing.servers import HOST, CannotStart, Recipe, Server, running

REGION = "us-east-1"
_PORT = 4566
_LIMIT_S = 60.0
_STOP_S = 30.0
_POLL_S = 0.05
# Handlers of a stream are asked often, and a long tape leaves no mountain of log.
_LOCALSTACK = {
    "KINESIS_PERSISTENCE": "0",
    "KINESIS_MOCK_LOG_LEVEL": "ERROR",
    "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.05",
    "LS_LOG": "warning",
    "DISABLE_EVENTS": "1",
}


class _Restartable(Protocol):
    @property
    def port(self) -> int: ...

    def restart(self, *, kill: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Emulator:
    """An AWS on this machine.

    Attributes:
        name: which one it is.
        version: of its software, as it says itself.
    """

    name: str
    version: str
    _server: _Restartable

    @property
    def endpoint(self) -> str:
        """Its address; another one after each restart."""
        return f"http://{HOST}:{self._server.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to talk to it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of one of its services."""
        # The stubs type each service by a literal; the callers annotate instead.
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # what emulators take
            config=Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=60),
            **options,
        )

    def restart(self, *, kill: bool = False) -> None:
        """Stop it, gracefully or by SIGKILL, and start it again with what it kept; ready when it returns."""
        self._server.restart(kill=kill)


@contextmanager
def localstack(
    run: Run, image: str, logbook: Logbook, *, name: str = "LocalStack", **options: Any
) -> Iterator[Emulator]:
    """LocalStack in a container; `options` are those of `docker run`, as docker-py names them.

    Raises:
        CannotStart: it did not get ready; the message says why.
    """
    recipe = Recipe(
        name.lower().replace(" ", "-"), image, "http", _PORT, _localstack_probe, _LOCALSTACK, options=options
    )
    with running(run, recipe, logbook) as server:
        yield Emulator(name, _localstack_version(server), server)


def _localstack_probe(port: int) -> Probe:
    """Ready when its init hooks have run too: `Ready.` in its log comes before what they make."""
    answers = http_probe(f"http://{HOST}:{port}/_localstack/health")

    def probe() -> str | None:
        if problem := answers():
            return problem
        with urlopen(f"http://{HOST}:{port}/_localstack/init/ready", timeout=5) as response:
            state = json.load(response)
        failed = [script["name"] for script in state.get("scripts", []) if script["state"] == "ERROR"]
        if failed:
            return f"init script failed: {', '.join(failed)}"
        return None if state["completed"] else "its init scripts still run"

    return probe


def _localstack_version(server: Server) -> str:
    with urlopen(f"http://{HOST}:{server.port}/_localstack/health", timeout=5) as response:
        return str(json.load(response)["version"])


@dataclass(slots=True)
class _MiniStack:
    """MiniStack as a process: it is a program of PyPI without needs of its own, so an image would add nothing."""

    run: Run
    program: Path
    folder: Path
    port: int = field(default_factory=free_port)
    _process: psutil.Popen | None = None

    def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            CannotStart: it ended, or was not ready within the limit.
        """
        for part in ("state", "s3", "tmp"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        # Its Python is named because the script's first line may be too long for the kernel.
        python = self.program.with_name("python")
        argv = [str(python), str(self.program)] if python.exists() else [str(self.program)]
        with self.log.open("a") as log:
            self._process = psutil.Popen(
                argv, env=self._environment(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        probe = http_probe(f"http://{HOST}:{self.port}/_ministack/ready")
        until = time.monotonic() + _LIMIT_S
        while problem := probe():
            if self._process.poll() is not None:
                raise CannotStart(f"MiniStack ended while it started: {self.log.read_text()[-1000:]}")
            if time.monotonic() > until:
                raise CannotStart(f"MiniStack was not ready after {_LIMIT_S:.0f} s: {problem}")
            time.sleep(_POLL_S)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def _environment(self) -> Mapping[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            RUN_MARK: self.run.slug,
            # It runs functions as processes of its own.
            "DOCKER_HOST": "unix:///nonexistent.sock",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "ATHENA_ENGINE": "duckdb",
            "LOG_LEVEL": "WARNING",
            # It leaves a folder for each function behind.
            "TMPDIR": str(self.folder / "tmp"),
        }

    def stop(self, *, kill: bool = False) -> None:
        """End it and the functions it runs."""
        if self._process is None:
            return
        helpers = self._process.children(recursive=True) if self._process.is_running() else []
        stop([self._process], 0 if kill else _STOP_S)
        stop(helpers, 0)
        self._process = None

    def restart(self, *, kill: bool = False) -> None:
        self.stop(kill=kill)
        self.start()

    def version(self) -> str:
        with urlopen(f"http://{HOST}:{self.port}/_ministack/health", timeout=5) as response:
            return str(json.load(response).get("version", "unknown"))

    def written(self, since: float) -> str:
        """All of its log: its lines carry no time that is ours."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@contextmanager
def ministack(run: Run, program: Path, logbook: Logbook) -> Iterator[Emulator]:
    """MiniStack as a process, with files of its own that go with it.

    Raises:
        CannotStart: the program is missing, or it did not get ready.
    """
    if not program.is_file():
        raise CannotStart(f"there is no {program}: install `ministack` in an environment of its own and name it")
    run.folder.mkdir(exist_ok=True)
    server = _MiniStack(run, program, Path(tempfile.mkdtemp(prefix="ministack-", dir=run.folder)))
    try:
        with logbook.open("ministack", server.written):
            server.start()
            yield Emulator("MiniStack", server.version(), server)
    finally:
        server.stop()
