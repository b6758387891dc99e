"""Turns the services of the Compose file into processes: our own run as they are, images are replaced by programs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tickertape.stack.compose_file import Healthcheck, Service
from tickertape.stack.paths import Home
from tickertape.stack.probes import (
    Probe,
    command_probe,
    heart_probe,
    http_probe,
    mongo_probe,
    redis_probe,
)
from tickertape.stack.processes import SERVICE_MARK, STACK_MARK
from tickertape.stack.programme import Feed

HOST = "127.0.0.1"
# Programs of ours without a health check in the file count as healthy when they run.
_LIMIT_S = 60.0
# Credentials, profiles and endpoints of the user's own AWS account must not reach the stack.
_NOT_PASSED_ON = ("AWS_", "PYTHONPATH", "PYTHONHOME", "TICKERTAPE_", "SUPERVISOR_")


class CannotEmbed(Exception):
    """A service cannot run without Docker; the message says which and what is missing."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports on 127.0.0.1; 0 for a server that is not run."""

    aws: int
    redis: int
    mongo: int
    dashboard: int
    search: int = 0
    search_dashboards: int = 0

    def of_service(self, name: str) -> int | None:
        """The port of a service of the Compose file, or None."""
        ports = {
            "localstack": self.aws,
            "redis": self.redis,
            "mongo": self.mongo,
            "dashboard": self.dashboard,
            "opensearch": self.search,
            "opensearch-dashboards": self.search_dashboards,
        }
        return ports.get(name)

    @property
    def aws_url(self) -> str:
        """The AWS endpoint."""
        return f"http://{HOST}:{self.aws}"

    @property
    def redis_url(self) -> str:
        """Redis."""
        return f"redis://{HOST}:{self.redis}/0"

    @property
    def mongo_url(self) -> str:
        """The data store, itself and not what it says of a replica set around it."""
        return f"mongodb://{HOST}:{self.mongo}/?directConnection=true"

    @property
    def dashboard_url(self) -> str:
        """The page."""
        return f"http://{HOST}:{self.dashboard}"

    @property
    def search_url(self) -> str:
        """OpenSearch."""
        return f"http://{HOST}:{self.search}"

    @property
    def search_dashboards_url(self) -> str:
        """OpenSearch Dashboards."""
        return f"http://{HOST}:{self.search_dashboards}"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stack runs: the repository, its state and the data of one dataset."""

    repo: Path
    home: Home
    data: Path
    ports: Ports


@dataclass(frozen=True, slots=True)
class Process:
    """One service as a process.

    Attributes:
        environment: all of it; nothing else is inherited.
        probe: asks for its health; None when running is all that is known.
        limit_s: how long after its start it may take to become healthy.
        stop_s: how long after SIGTERM it may take to end.
        scratch: folders that are emptied before it starts.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    depends_on: Mapping[str, str]
    probe: Probe | None
    limit_s: float
    stop_s: float
    restart: str
    scratch: tuple[Path, ...] = ()


def stack_variables(site: Site, given: Mapping[str, str], feed: Feed) -> dict[str, str]:
    """The variables the Compose file is read with: the user's, and over them where things are in this stack."""
    profiles = ",".join(filter(None, (given.get("COMPOSE_PROFILES"), "search")))
    return {
        **given,
        **feed.variables(),
        **({"OPENSEARCH_URL": site.ports.search_url, "COMPOSE_PROFILES": profiles} if site.ports.search else {}),
        **({"OPENSEARCH_DASHBOARDS_URL": site.ports.search_dashboards_url} if site.ports.search_dashboards else {}),
        "AWS_ENDPOINT_URL": site.ports.aws_url,
        "REDIS_URL": site.ports.redis_url,
        "MONGO_URL": site.ports.mongo_url,
        "SPARK_LOCAL_IP": HOST,
        "TICKERTAPE_SPARK_HOST": HOST,
        "TICKERTAPE_STATE_DIR": str(site.data / "state"),
        "TICKERTAPE_SECRETS_INSIDE": str(site.home.secrets),
        "TICKERTAPE_DASHBOARD_HOST": given.get("TICKERTAPE_DASHBOARD_HOST") or HOST,
        "TICKERTAPE_DASHBOARD_PUBLISHED": given.get("TICKERTAPE_DASHBOARD_HOST") or HOST,
        "TICKERTAPE_DASHBOARD_PORT": str(site.ports.dashboard),
    }


def base_environment(site: Site, environ: Mapping[str, str]) -> dict[str, str]:
    """What every process of the stack gets: the user's own without his AWS, and the mark it is found by."""
    passed_on = {name: value for name, value in environ.items() if not name.startswith(_NOT_PASSED_ON)}
    scripts = Path(sys.executable).parent
    path = f"{scripts}:{passed_on.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
    return {**passed_on, "PATH": path, STACK_MARK: str(site.home.root)}


def embed(services: Mapping[str, Service], site: Site, environ: Mapping[str, str]) -> dict[str, Process]:
    """The processes for the services that are started.

    Raises:
        CannotEmbed: an image has no replacement, or a replacement's program is missing.
    """
    base = base_environment(site, environ)
    return {
        name: _replaced(service, site, base)
        if name in _REPLACEMENTS or not service.build
        else _own(service, site, base)
        for name, service in services.items()
        if not service.profiles
    }


def _own(service: Service, site: Site, base: Mapping[str, str]) -> Process:
    if not service.command:
        raise CannotEmbed(f"service {service.name} has no command in docker-compose.yml")
    environment = {**base, **service.environment, SERVICE_MARK: service.name}
    # With the full path, so that the process list shows whose Python it is.
    program = shutil.which(service.command[0], path=environment["PATH"])
    if program is None:
        raise CannotEmbed(f"service {service.name}: there is no program {service.command[0]!r}")
    check = service.healthcheck
    return Process(
        name=service.name,
        argv=(program, *service.command[1:]),
        environment=environment,
        directory=site.repo,
        depends_on=service.depends_on,
        probe=_probe(check, environment, site) if check else None,
        limit_s=check.limit_s if check else _LIMIT_S,
        stop_s=service.stop_grace_s,
        restart=service.restart,
    )


def _probe(check: Healthcheck, environment: Mapping[str, str], site: Site) -> Probe:
    """The file's own test; our two modules of checks are called instead of starting Python each time."""
    match check.test:
        case ("python", "-m", "tickertape.control.heartbeat", service):
            return heart_probe(environment.get("REDIS_URL", site.ports.redis_url), service)
        case ("python", "-m", "tickertape.stack.http_check", url):
            return http_probe(url)
    return command_probe(check.test, environment, site.repo, check.timeout_s)


@dataclass(frozen=True, slots=True)
class _Program:
    """A program in the place of an image."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    probe: Probe
    folders: tuple[Path, ...]
    scratch: tuple[Path, ...] = ()


def _replaced(service: Service, site: Site, base: Mapping[str, str]) -> Process:
    make = _REPLACEMENTS.get(service.name)
    if make is None:
        raise CannotEmbed(
            f"service {service.name}: nothing here replaces the image {service.image!r} without Docker;"
            f" known are {', '.join(_REPLACEMENTS)}"
        )
    program = make(site)
    for folder in program.folders:
        folder.mkdir(parents=True, exist_ok=True)
    return Process(
        name=service.name,
        argv=program.argv,
        environment={**base, **program.environment, SERVICE_MARK: service.name},
        directory=site.home.run,
        depends_on=service.depends_on,
        probe=program.probe,
        limit_s=service.healthcheck.limit_s if service.healthcheck else _LIMIT_S,
        stop_s=service.stop_grace_s,
        restart=service.restart,
        scratch=program.scratch,
    )


def ministack_program(repo: Path) -> Path:
    """MiniStack's program, in an environment of its own because it pins one exact botocore."""
    return repo / ".venv-ministack/bin/ministack"


def secantus_program(repo: Path) -> Path:
    """The program that speaks MongoDB's protocol."""
    return repo / ".venv-stores/bin/secantusd-py"


def redis_program(repo: Path) -> Path:
    """The system's Redis server, else the one from PyPI."""
    installed = shutil.which("redis-server")
    return Path(installed) if installed else repo / ".venv-stores/bin/redis-server"


def _present(program: Path) -> str:
    if not program.is_file():
        raise CannotEmbed(f"{program} is missing: `make up` installs it")
    return str(program)


def _ministack(site: Site) -> _Program:
    state, objects = site.data / "aws/state", site.data / "aws/s3"
    scratch = site.home.run / "aws-tmp"
    return _Program(
        # Its Python is named because the script's first line may be too long for the kernel.
        argv=(
            _present(ministack_program(site.repo).with_name("python")),
            _present(ministack_program(site.repo)),
        ),
        environment={
            "DOCKER_HOST": "unix:///nonexistent.sock",
            "GATEWAY_PORT": str(site.ports.aws),
            "BIND_HOST": HOST,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(objects),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "ATHENA_ENGINE": "duckdb",
            "LOG_LEVEL": "WARNING",
            # The days and hours of its Athena are those of its process.
            "TZ": "UTC",
            # It leaves a folder for each Lambda behind.
            "TMPDIR": str(scratch),
        },
        probe=http_probe(f"{site.ports.aws_url}/_ministack/ready"),
        folders=(state, objects, scratch),
        scratch=(scratch,),
    )


def _redis(site: Site) -> _Program:
    folder = site.data / "redis"
    options = {
        "bind": HOST,
        "port": str(site.ports.redis),
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    words = [word for option, value in options.items() for word in (f"--{option}", value)]
    return _Program(
        argv=(_present(redis_program(site.repo)), *words),
        environment={},
        probe=redis_probe(site.ports.redis_url),
        folders=(folder,),
    )


def _secantus(site: Site) -> _Program:
    folder = site.data / "mongo"
    # An empty file of our own, so that it does not take the settings of another one in the home directory.
    config = site.home.run / "secantusd.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.touch()
    return _Program(
        argv=(
            _present(secantus_program(site.repo).with_name("python")),
            _present(secantus_program(site.repo)),
            *("--config", str(config), "--host", HOST, "--port", str(site.ports.mongo)),
            *(
                "--storage-path",
                str(folder),
                "--sync-on-commit",
                "--cache-size",
                "256M",
                "--log-level",
                "WARNING",
            ),
        ),
        environment={},
        probe=mongo_probe(site.ports.mongo_url),
        folders=(folder,),
    )


def osmem_program(repo: Path) -> Path:
    """The program that answers as OpenSearch does; its package has no script for it."""
    found = sorted(repo.glob(".venv-stores/lib/python3*/site-packages/osmem_server/bin/osmem-server"))
    return found[0] if found else repo / ".venv-stores/bin/osmem-server"


def _osmem(site: Site) -> _Program:
    # Supervisord gives it no standard input, at whose end it would stop.
    words = ("-addr", f"{HOST}:{site.ports.search}", "-no-stdin-watch")
    return _Program(
        argv=(_present(osmem_program(site.repo)), *words),
        environment={},
        probe=http_probe(f"{site.ports.search_url}/_cluster/health"),
        folders=(),
    )


_REPLACEMENTS: Mapping[str, Callable[[Site], _Program]] = {
    "localstack": _ministack,
    "redis": _redis,
    "mongo": _secantus,
    "opensearch": _osmem,
}
