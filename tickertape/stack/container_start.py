"""`up` with Docker: from checked arguments to containers that have delivered, or play, their tape."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from tickertape.control.redis_client import connect
from tickertape.stack.bundle import build_all
from tickertape.stack.clock_plan import ClockPlan
from tickertape.stack.containers import Compose, Container, DockerFailed, containers_of, volumes_of
from tickertape.stack.embedded import HOST, Site
from tickertape.stack.environment import enter, user_environment
from tickertape.stack.images import make_images
from tickertape.stack.journal import Journal
from tickertape.stack.paths import Home
from tickertape.stack.playing import BATCH, Player
from tickertape.stack.port_choice import asked_ports, asked_servers, choose_ports
from tickertape.stack.probes import Probe, redis_probe
from tickertape.stack.programme import Feed, Programme, Report
from tickertape.stack.record import RUNNING, StackRecord, new_record
from tickertape.stack.running import AlreadyRuns, running_record
from tickertape.stack.runtimes import (
    AIRGAP,
    COMPOSE,
    OFFICIAL_ONLY,
    compose_files,
    ensure_docker,
    left_out,
    services_of,
)
from tickertape.stack.search_dashboards import bring_dashboard
from tickertape.stack.secret_files import ALL, write_secrets
from tickertape.stack.startup import StartFailed, last_lines
from tickertape.stack.stopping import stop_stack

_POLL_S = 0.3
# Enough for the slowest service's own limit, and for images that have to be pulled.
_HEALTHY_S = 600.0
# A container that was started again this often will not stay up.
_CRASHES = 3
_LOG_LINES = "20"
_STATE = "/var/lib/tickertape"
# Where things are is decided here, and keys travel as files.
_NOT_PASSED_ON = frozenset(
    {"AWS_ENDPOINT_URL", "REDIS_URL", "MONGO_URL", "TICKERTAPE_STATE_DIR", "TICKERTAPE_DASHBOARD_HOST"}
)


def project_name(repo: Path, home: Home, dataset: str) -> str:
    """The Compose project of a dataset: each has its own volumes, and homes do not share them."""
    is_usual = home.root == (repo / ".tickertape").resolve()
    return "-".join(["tickertape", *([] if is_usual else [home.label[:6]]), dataset]).lower()


def container_variables(site: Site, given: Mapping[str, str], feed: Feed) -> dict[str, str]:
    """The variables the Compose files are read with."""
    own = {name: value for name, value in given.items() if name not in _NOT_PASSED_ON | ALL}
    symbols = given.get("TICKERTAPE_SYMBOLS_FILE")
    return {
        **own,
        **feed.variables(),
        "TICKERTAPE_AWS_PORT": str(site.ports.aws),
        "TICKERTAPE_REDIS_PORT": str(site.ports.redis),
        "TICKERTAPE_MONGO_PORT": str(site.ports.mongo),
        "TICKERTAPE_DASHBOARD_PORT": str(site.ports.dashboard),
        "TICKERTAPE_DASHBOARD_PUBLISHED": given.get("TICKERTAPE_DASHBOARD_HOST") or HOST,
        **(
            {"TICKERTAPE_SEARCH_PORT": str(site.ports.search), "OPENSEARCH_URL": "http://opensearch:9200"}
            if site.ports.search
            else {}
        ),
        **(
            {"TICKERTAPE_SEARCH_DASHBOARDS_PORT": str(site.ports.search_dashboards)}
            if site.ports.search_dashboards
            else {}
        ),
        "TICKERTAPE_CODE_DIR": str(site.home.build),
        "TICKERTAPE_SECRETS": str(site.home.secrets),
        "TICKERTAPE_SYMBOLS_FILE": str((site.repo / symbols).resolve()) if symbols else "",
        "TICKERTAPE_HOME_LABEL": site.home.label,
    }


class ContainerStart:
    """One start of the stack in Docker, with official images (`compose`) or with images made here (`airgap`)."""

    def __init__(
        self,
        runtime: str,
        repo: Path,
        home: Home,
        programme: Programme,
        environ: dict[str, str] | os._Environ[str],
        report: Report,
    ) -> None:
        self._runtime = runtime
        self._repo = repo
        self._home = home
        self._programme = programme
        self._environ = environ
        self._report = report
        self._journal = Journal(home.log("up"))
        self._player = Player(programme, self._journal, report)
        self._wait_for_batch: Callable[[], None] = lambda: None

    def run(self) -> StackRecord:
        """Make the images, start everything and wait until all but the batch is healthy, or stop what was started.

        Raises:
            AlreadyRuns: a stack runs in this home.
            StartFailed: a service did not become healthy.
            ImagesFailed, DockerFailed: Docker could not do what it was told.
        """
        self._make_way()
        given = user_environment(self._repo, self._environ)
        with self._journal.stage("preflight"):
            ensure_docker(self._repo, self._runtime, given)
            servers = asked_servers(given, official=self._runtime == COMPOSE)
            ports = choose_ports(asked_ports(given), self._report.say, servers)
        if missing := left_out(self._runtime, given):
            self._report.say(missing)
        site = Site(self._repo, self._home, self._home.data / self._programme.dataset, ports)
        variables = container_variables(site, given, self._programme.feed)
        services = services_of(self._runtime, self._repo, variables)
        project = project_name(self._repo, self._home, self._programme.dataset)
        record = new_record(self._runtime, site, self._programme, services, given.get("AWS_REGION"), project)
        files = compose_files(self._repo, self._runtime, given)
        compose = Compose(self._repo, files, record.project, variables)
        with self._journal.stage("images"):
            make_images(compose, self._runtime == AIRGAP, self._repo, self._home.log("images"), self._report)
        build_all(self._repo, self._home.build)
        write_secrets(self._home.secrets, given)
        enter(record.environment, self._environ, force=True)
        try:
            return self._bring_up(record, compose)
        except BaseException:
            # Half a stack helps nobody; its logs are kept.
            self._report.show("stopping what was started")
            self._keep_logs(compose)
            stop_stack(self._home, lambda line: self._journal.event("cleanup", did=repr(line)))
            raise

    def deliver(self, record: StackRecord, wait: bool) -> ClockPlan | None:
        """Let the tape play; see `Player.deliver`.

        Raises:
            StartFailed: the batch did not become healthy.
        """
        return self._player.deliver(connect(record.urls["redis"]), wait, self._wait_for_batch)

    def _make_way(self) -> None:
        record = running_record(self._home)
        if record and record.phase == RUNNING:
            raise AlreadyRuns(record)
        if record:
            self._report.say("an earlier start did not end well: stopping what is left of it")
            stop_stack(self._home, self._report.say)

    def _bring_up(self, record: StackRecord, compose: Compose) -> StackRecord:
        record.write(self._home.record)
        again = self._begin(record, compose)
        with self._journal.stage("services"):
            self._report.show("starting redis")
            # It answers seconds before Docker asks for its health.
            self._wait(compose, record, ["redis"], probe=redis_probe(record.urls["redis"]))
            self._player.prepare(connect(record.urls["redis"]), again)
            names = [name for name in record.names() if name != OFFICIAL_ONLY]
            self._wait(compose, record, names, without=[BATCH])
        self._wait_for_batch = lambda: self._wait(compose, record, [BATCH])
        if OFFICIAL_ONLY in record.names():
            self._show_search(compose, record)
        record = replace(record, phase=RUNNING, speed=self._player.speed_text)
        record.write(self._home.record)
        return record

    def _show_search(self, compose: Compose, record: StackRecord) -> None:
        """Start OpenSearch Dashboards, which only looks at what the others do: they go on without it."""
        try:
            with self._journal.stage("dashboards"):
                self._wait(compose, record, [OFFICIAL_ONLY])
        except StartFailed as error:
            self._keep_logs(compose)
            self._report.say(f"OpenSearch Dashboards is not there, and all else goes on: {error}")
        else:
            bring_dashboard(record.urls["search_dashboards"], self._programme, self._report)

    def _begin(self, record: StackRecord, compose: Compose) -> bool:
        """Make the volumes fit an AWS that starts from nothing; returns whether something was delivered before.

        LocalStack keeps no state: a tape is delivered again, so what its outboxes and the batch remember has to go.
        What came live does not come again: `redrive` brings it from the data store.
        """
        if f"{record.project}_state" not in volumes_of(f"com.docker.compose.project={record.project}"):
            return False
        if self._programme.replay is None:
            self._report.say("LocalStack keeps nothing: `tickertape redrive` brings back what it had")
            return False
        self._report.show("LocalStack keeps nothing: the tape is delivered again")
        compose.run("run", "--rm", "--no-deps", "-T", "manager", "find", _STATE, "-mindepth", "1", "-delete")
        return True

    def _wait(
        self,
        compose: Compose,
        record: StackRecord,
        names: list[str],
        without: Collection[str] = (),
        probe: Probe | None = None,
    ) -> None:
        """Start services and wait until they are healthy, those of `without` aside, telling of each.

        Args:
            probe: wait only until it is content.
        """
        began = time.monotonic()
        wanted = set(names) - set(without)
        healthy = self._healthy_of(record, names)
        starting = compose.start("up", "--detach", "--no-build", *names, log=self._home.log("compose"))
        is_done = False
        try:
            while not (is_done := probe() is None if probe else wanted <= healthy):
                found = {one.service: one for one in containers_of(record.project) if one.service in names}
                for name, container in found.items():
                    if name not in healthy and container.health == "healthy":
                        healthy.add(name)
                        self._tell_healthy(name, time.monotonic() - began, sorted(set(names) - healthy))
                self._check(compose, starting, found.values(), time.monotonic() - began)
                time.sleep(_POLL_S)
        finally:
            if starting.poll() is None and not is_done:
                starting.terminate()
            starting.wait()

    def _healthy_of(self, record: StackRecord, names: list[str]) -> set[str]:
        found = containers_of(record.project)
        return {one.service for one in found if one.health == "healthy" and one.service in names}

    def _check(
        self, compose: Compose, starting: subprocess.Popen[bytes], found: Iterable[Container], seconds: float
    ) -> None:
        """End a start that will not succeed.

        Raises:
            StartFailed: Compose gave up, a service is unhealthy or keeps ending, or it takes too long.
        """
        for container in found:
            gave_up = container.restarts >= _CRASHES or container.state in ("exited", "dead")
            if gave_up or container.health == "unhealthy":
                what = f"ends as soon as it is started (exit code {container.exit_code})" if gave_up else "is unhealthy"
                raise StartFailed(self._why(compose, container.service, what, container.why))
        if starting.poll():
            said = last_lines(self._home.log("compose"))
            raise StartFailed(f"Compose ended with {starting.returncode}\n{said}")
        if seconds > _HEALTHY_S:
            raise StartFailed(f"not everything is healthy after {seconds:.0f} s: `docker ps` shows what is not")

    def _why(self, compose: Compose, service: str, what: str, check: str) -> str:
        try:
            said = compose.run("logs", "--no-color", "--no-log-prefix", "--tail", _LOG_LINES, service)
        except DockerFailed as error:
            said = str(error)
        asked = f"; its health check says: {check}" if check else ""
        lines = "\n".join(f"  | {line[:300]}" for line in said.splitlines() or ["(it logged nothing)"])
        return f"{service} {what}{asked}\n{lines}\nall logs: {self._home.log('containers')}"

    def _tell_healthy(self, name: str, seconds: float, left: list[str]) -> None:
        self._journal.event("healthy", service=name, seconds=f"{seconds:.2f}")
        self._report.say(f"{name} is healthy ({seconds:.1f} s)")
        if left:
            self._report.show(f"waiting for {', '.join(left)}")

    def _keep_logs(self, compose: Compose) -> None:
        try:
            self._home.log("containers").write_text(compose.run("logs", "--no-color"), encoding="utf-8")
        except DockerFailed as error:
            self._journal.event("logs_not_kept", why=repr(str(error)[:200]))
