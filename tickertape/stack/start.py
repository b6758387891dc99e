"""`up` without Docker: from checked arguments to a stack that has delivered, or plays, its tape."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tickertape.control.redis_client import connect
from tickertape.search.opensearch import OpenSearch
from tickertape.stack.aws_state import AwsState, Memory
from tickertape.stack.clock_plan import ClockPlan
from tickertape.stack.compose_file import Service
from tickertape.stack.embedded import Process, Site, base_environment, embed, stack_variables
from tickertape.stack.environment import enter, user_environment
from tickertape.stack.journal import Journal
from tickertape.stack.paths import Home
from tickertape.stack.playing import BATCH, Player
from tickertape.stack.port_choice import asked_ports, asked_servers, choose_ports, ensure_cluster_ports
from tickertape.stack.preflight import ensure_ready
from tickertape.stack.processes import find
from tickertape.stack.programme import Programme, Report
from tickertape.stack.record import RUNNING, StackRecord, new_record
from tickertape.stack.running import AlreadyRuns, running_record
from tickertape.stack.runtimes import EMBEDDED, left_out, services_of
from tickertape.stack.search_fill import fill_search
from tickertape.stack.secret_files import write_secrets
from tickertape.stack.startup import Startup, restart
from tickertape.stack.stopping import stop_stack
from tickertape.stack.supervision import Supervisor, launch


class Start:
    """One start of the embedded stack.

    Args:
        environ: the process' environment; the stack's endpoints are put into it, for the deployment.
        deploy: makes the AWS resources, once AWS is ready.
    """

    def __init__(
        self,
        repo: Path,
        home: Home,
        programme: Programme,
        environ: dict[str, str] | os._Environ[str],
        deploy: Callable[[], None],
        report: Report,
    ) -> None:
        self._repo = repo
        self._home = home
        self._programme = programme
        self._environ = environ
        self._deploy = deploy
        self._report = report
        self._journal = Journal(home.log("up"))
        self._player = Player(programme, self._journal, report)
        self._memory = Memory.NOTHING
        self._aws_pid = 0
        self._wait_for_batch: Callable[[], None] = lambda: None

    def run(self) -> StackRecord:
        """Start everything and wait until all but the batch is healthy; when that fails, stop what was started.

        Raises:
            AlreadyRuns: a stack runs in this home.
        """
        self._make_way()
        given = user_environment(self._repo, self._environ)
        with self._journal.stage("preflight"):
            ensure_ready(self._repo, self._home.root, given, self._report.say)
            ensure_cluster_ports(given)
            ports = choose_ports(asked_ports(given), self._report.say, asked_servers(given))
        if missing := left_out(EMBEDDED, given):
            self._report.say(missing)
        site = Site(self._repo, self._home, self._home.data / self._programme.dataset, ports)
        self._memory = AwsState(site.data).begin(keep_outboxes=self._programme.replay is None)
        if self._memory is Memory.PARTS:
            says = (
                "`tickertape redrive` brings back" if self._programme.replay is None else "the tape is delivered again:"
            )
            self._report.say(f"AWS ended before it could write its state down; {says} what it forgot")
        write_secrets(self._home.secrets, given)
        services, processes = self._processes(site, given)
        record = new_record(EMBEDDED, site, self._programme, services, given.get("AWS_REGION"))
        enter(record.environment, self._environ, force=True)
        try:
            return self._bring_up(record, processes, base_environment(site, given))
        except BaseException:
            # Half a stack helps nobody, and the logs stay.
            self._report.show("stopping what was started")
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
        if record and record.phase == RUNNING and (record.project or _is_alive(record, self._home)):
            raise AlreadyRuns(record)
        if record or find(self._home.root):
            self._report.say("an earlier start did not end well: stopping what is left of it")
            stop_stack(self._home, self._report.say)

    def _processes(self, site: Site, given: Mapping[str, str]) -> tuple[dict[str, Service], dict[str, Process]]:
        variables = stack_variables(site, given, self._programme.feed)
        services = services_of(EMBEDDED, self._repo, variables)
        site.home.make()
        (site.data / "state").mkdir(parents=True, exist_ok=True)
        return services, embed(services, site, given)

    def _bring_up(
        self, record: StackRecord, processes: Mapping[str, Process], environ: Mapping[str, str]
    ) -> StackRecord:
        record.write(self._home.record)
        for process in processes.values():
            for folder in process.scratch:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
        with self._journal.stage("supervisord"):
            supervisor = launch(self._home, processes.values(), environ)
        record = replace(record, supervisor_pid=supervisor.pid())
        record.write(self._home.record)
        startup = Startup(
            supervisor,
            processes,
            {
                "localstack": lambda: self._prepare_aws(record, processes["localstack"], supervisor),
                "redis": lambda: self._player.prepare(
                    connect(record.urls["redis"]), again=self._memory is Memory.PARTS
                ),
            },
            self._home.log,
            lambda name, seconds: self._tell_healthy(name, seconds, startup.waiting()),
        )
        self._report.show(f"starting {', '.join(record.services[0])}")
        with self._journal.stage("services"):
            startup.run(without=[BATCH])
        self._wait_for_batch = startup.run
        if "search" in record.urls:
            with self._journal.stage("search"):
                fill_search(OpenSearch(record.urls["search"]), self._report)
        record = replace(record, phase=RUNNING, speed=self._player.speed_text, aws_pid=self._aws_pid)
        record.write(self._home.record)
        return record

    def _tell_healthy(self, name: str, seconds: float, waiting: list[str]) -> None:
        self._journal.event("healthy", service=name, seconds=f"{seconds:.2f}")
        self._report.say(f"{name} is healthy ({seconds:.1f} s)")
        left = [other for other in waiting if other != name]
        if left:
            self._report.show(f"waiting for {', '.join(left)}")

    def _prepare_aws(self, record: StackRecord, process: Process, supervisor: Supervisor) -> None:
        with self._journal.stage("deploy"):
            self._deploy()
        aws = AwsState(Path(record.data))
        if not aws.has_checkpoint():
            with self._journal.stage("checkpoint"):
                restart(process, supervisor)
            aws.mark_checkpoint()
        self._aws_pid = supervisor.states()[process.name].pid
        replace(record, aws_pid=self._aws_pid).write(self._home.record)


def _is_alive(record: StackRecord, home: Home) -> bool:
    return any(process.pid == record.supervisor_pid for process in find(home.root))
