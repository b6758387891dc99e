"""How the running stack is: each service's process and health."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from tickertape.stack.containers import Container, containers_of
from tickertape.stack.embedded import Ports, Process, Site, embed, stack_variables
from tickertape.stack.environment import user_environment
from tickertape.stack.paths import Home
from tickertape.stack.processes import find, leaders
from tickertape.stack.programme import Feed
from tickertape.stack.record import StackRecord
from tickertape.stack.runtimes import EMBEDDED, services_of
from tickertape.stack.supervision import ProcessState, Supervisor, SupervisorError

_STATES = {
    "RUNNING": "running",
    "STARTING": "starting",
    "BACKOFF": "restarting",
    "STOPPING": "stopping",
    "STOPPED": "stopped",
    "EXITED": "exited",
    "FATAL": "failed",
}
_STATES_OF_CONTAINERS = {"created": "starting", "dead": "failed"}
_PORT_OF = {
    "localstack": "aws",
    "redis": "redis",
    "mongo": "mongo",
    "dashboard": "dashboard",
    "opensearch": "search",
    "opensearch-dashboards": "search_dashboards",
}
UP = frozenset({"running", "starting"})


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service.

    Attributes:
        state: running, starting, restarting, stopping, stopped, exited or failed; in Docker also paused.
        health: healthy, unhealthy, or none when it does not run; in Docker also starting.
        pid: None in Docker.
        log: where it is: a file, or the command that shows it.
        detail: why it is not healthy, or ''.
    """

    state: str
    health: str
    pid: int | None
    uptime_s: int | None
    port: int | None
    log: str
    detail: str


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The stack.

    Attributes:
        supervised: whether supervisord lives, which starts again what fails.
    """

    record: StackRecord
    supervised: bool
    services: Mapping[str, ServiceStatus]

    @property
    def ok(self) -> bool:
        """Whether everything is healthy."""
        return self.supervised and all(service.health == "healthy" for service in self.services.values())


def read_status(record: StackRecord, home: Home, environ: Mapping[str, str]) -> StackStatus:
    """Ask supervisord for the processes and each process for its health, all at once; in Docker ask Docker."""
    if record.project:
        return _in_containers(record)
    ports = Ports(**record.ports)
    processes = _processes(record, home, ports, environ)
    try:
        states = Supervisor(home.socket()).states()
        supervised = True
    except SupervisorError:
        states = _orphans(home)
        supervised = False
    names = record.names()
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        found = pool.map(lambda name: _service(name, states.get(name), processes.get(name), home, ports), names)
        services = dict(zip(names, found, strict=True))
    return StackStatus(record, supervised, services)


def _in_containers(record: StackRecord) -> StackStatus:
    found = {one.service: one for one in containers_of(record.project)}
    return StackStatus(
        record,
        supervised=True,  # by Docker itself
        services={name: _in_container(name, found.get(name), record) for name in record.names()},
    )


def _in_container(name: str, container: Container | None, record: StackRecord) -> ServiceStatus:
    state = _STATES_OF_CONTAINERS.get(container.state, container.state) if container else "stopped"
    is_up = state in UP
    exit_code = container.exit_code if container and not is_up else 0
    return ServiceStatus(
        state=state,
        health=(container.health or "healthy") if container and is_up else "none",
        pid=None,
        uptime_s=max(0, int(time.time() - container.started_at.timestamp()))
        if container and is_up and container.started_at
        else None,
        port=record.ports.get(_PORT_OF.get(name, "")),
        log=f"tickertape logs {name}",
        detail=(container.why if container else "") or (f"exit status {exit_code}" if exit_code else ""),
    )


def _processes(record: StackRecord, home: Home, ports: Ports, environ: Mapping[str, str]) -> dict[str, Process]:
    repo = Path(record.repo)
    site = Site(repo, home, Path(record.data), ports)
    given = user_environment(repo, environ)
    variables = stack_variables(site, given, Feed(**record.feed))
    return embed(services_of(EMBEDDED, repo, variables), site, given)


def _orphans(home: Home) -> dict[str, ProcessState]:
    """What runs without supervisord, as it would say it."""
    states = {}
    for process, service in leaders(find(home.root)).items():
        try:
            started = int(process.create_time())
        except psutil.Error:
            continue
        states[service] = ProcessState(service, "RUNNING", process.pid, started, 0, "")
    return states


def _service(name: str, state: ProcessState | None, process: Process | None, home: Home, ports: Ports) -> ServiceStatus:
    word = _STATES.get(state.state, "stopped") if state else "stopped"
    is_up = word in UP
    problem = ""
    if is_up and process and process.probe:
        problem = process.probe() or ""
    elif state and not is_up:
        problem = state.problem or (f"exit status {state.exit_status}" if word != "stopped" else "")
    return ServiceStatus(
        state=word,
        health=("unhealthy" if problem else "healthy") if is_up else "none",
        pid=state.pid if state and is_up else None,
        uptime_s=max(0, int(time.time()) - state.started) if state and is_up else None,
        port=ports.of_service(name),
        log=str(home.log(name)),
        detail=problem,
    )
