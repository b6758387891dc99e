"""`stack.json`: what runs, for the commands that come later."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tickertape.control.clock import wall_time
from tickertape.domain.times import format_utc
from tickertape.stack.compose_file import Service, start_order
from tickertape.stack.embedded import Site
from tickertape.stack.environment import client_environment
from tickertape.stack.programme import Programme

VERSION = 3
STARTING = "starting"
RUNNING = "running"
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class StackRecord:
    """The running stack.

    Attributes:
        tape: the folder that is played or followed; None for live sources.
        feed: what the ingest services read.
        project: the Compose project; '' without Docker.
        aws_pid: MiniStack as it was started; another one later means that it ended in between.
        phase: `starting` until everything was healthy once, then `running`.
        ports: by name: aws, redis, mongo, dashboard, and search and search_dashboards where they are run.
        urls: by the same names.
        environment: what a process needs to reach the stack, by variable.
        services: the names in the order they are started.
        stop_s: by service, how long it may take to end.
    """

    runtime: str
    phase: str
    repo: str
    home: str
    dataset: str
    tape: str | None
    feed: Mapping[str, Any]
    speed: str
    data: str
    started_at: str
    socket: str
    supervisor_pid: int
    aws_pid: int
    ports: Mapping[str, int]
    urls: Mapping[str, str]
    environment: Mapping[str, str]
    services: tuple[tuple[str, ...], ...]
    stop_s: Mapping[str, float]
    project: str = ""

    def write(self, path: Path) -> None:
        """Write it in one step, so that no reader sees half of it."""
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps({"version": VERSION, **asdict(self)}, indent=2) + "\n", encoding="utf-8")
        os.replace(beside, path)

    def names(self) -> list[str]:
        """The services in the order they are started."""
        return [name for wave in self.services for name in wave]


def new_record(
    runtime: str,
    site: Site,
    programme: Programme,
    services: Mapping[str, Service],
    region: str | None,
    project: str = "",
) -> StackRecord:
    """The description of a stack that is being started.

    Args:
        services: of the Compose file; those of a profile are not started.
        region: of AWS; None for the usual one.
    """
    ports = site.ports
    started = {name: service for name, service in services.items() if not service.profiles}
    return StackRecord(
        runtime=runtime,
        phase=STARTING,
        repo=str(site.repo),
        home=str(site.home.root),
        dataset=programme.dataset,
        tape=programme.feed.folder,
        feed=asdict(programme.feed),
        speed="",
        data=str(site.data),
        started_at=format_utc(wall_time()),
        socket="" if project else str(site.home.socket()),
        supervisor_pid=0,
        aws_pid=0,
        ports={name: port for name, port in asdict(ports).items() if port},
        urls={
            "aws": ports.aws_url,
            "redis": ports.redis_url,
            "mongo": ports.mongo_url,
            "dashboard": ports.dashboard_url,
            **({"search": ports.search_url} if ports.search else {}),
            **({"search_dashboards": ports.search_dashboards_url} if ports.search_dashboards else {}),
        },
        environment=client_environment(site, region or _DEFAULT_REGION, programme.feed),
        services=tuple(tuple(wave) for wave in start_order(started)),
        stop_s={name: service.stop_grace_s for name, service in started.items()},
        project=project,
    )


def read_record(path: Path) -> StackRecord | None:
    """The record, or None when there is none, or none that this version understands."""
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("version") != VERSION:
            return None
        stored["services"] = tuple(tuple(wave) for wave in stored["services"])
        return StackRecord(**stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
