"""`up` without Docker: from checked arguments to a stack that has delivered, or plays, its tape."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import redis

from tickertape.control.batch import request_run, wait_for_run
from tickertape.control.clock import read_state, wall_time, write_state
from tickertape.control.redis_client import connect
from tickertape.control.replay import ReplayFacts, forget_replay, write_replay
from tickertape.domain.times import format_utc
from tickertape.domain.virtual_clock import wall_clock
from tickertape.stack.aws_state import AwsState, Memory
from tickertape.stack.clock_plan import ClockPlan, plan_clock
from tickertape.stack.compose_file import Service, read_compose_file, start_order
from tickertape.stack.delivery import Intake, forget_counts, forget_hearts, wait_delivered
from tickertape.stack.embedded import Feed, Process, Site, base_environment, embed, stack_variables
from tickertape.stack.environment import client_environment, enter, user_environment
from tickertape.stack.journal import Journal
from tickertape.stack.paths import Home
from tickertape.stack.port_choice import asked_ports, choose_ports
from tickertape.stack.preflight import ensure_ready
from tickertape.stack.processes import find
from tickertape.stack.record import RUNNING, STARTING, StackRecord, read_record
from tickertape.stack.startup import Startup, restart
from tickertape.stack.stopping import stop_stack
from tickertape.stack.supervision import Supervisor, launch
from tickertape.stack.tape_facts import TapeFacts
from tickertape.usecases.classify import Window

COMPOSE_FILE = "docker-compose.yml"
_BATCH_S = 1800.0
_DEFAULT_REGION = "us-east-1"


class AlreadyRuns(Exception):
    """A stack runs; `record` says which."""

    def __init__(self, record: StackRecord) -> None:
        super().__init__(record.dataset)
        self.record = record


class Busy(Exception):
    """Another `up` is at work."""


class Report(Protocol):
    """Where the start tells what it does."""

    def say(self, line: str) -> None:
        """A line that stays."""
        ...

    def show(self, text: str) -> None:
        """What is going on right now; the next one takes its place."""
        ...


@dataclass(frozen=True, slots=True)
class Replay:
    """A tape that is to be played, checked."""

    facts: TapeFacts
    window: Window
    is_demo: bool
    speed: float | None
    asked_speed: bool


@dataclass(frozen=True, slots=True)
class Programme:
    """What is to be taken in, checked.

    Attributes:
        dataset: the name of its data; another programme has other data.
        replay: the tape that is played; None when the feed is live.
    """

    feed: Feed
    dataset: str
    replay: Replay | None

    @property
    def title(self) -> str:
        """The programme for a person."""
        return self.feed.folder or f"live: tweets from {self.feed.tweets}, bars from {self.feed.bars}"


def running_record(home: Home) -> StackRecord | None:
    """The stack that runs in `home`; None when nothing does, whatever a stale file says."""
    record = read_record(home.record)
    return record if record and find(home.root) else None


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Keep a second `up` out.

    Raises:
        Busy: there is one.
    """
    with (home.run / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy("another `tickertape up` is at work here: wait for it, or end it") from error
        yield


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
        self._plan: ClockPlan | None = None
        self._memory = Memory.NOTHING
        self._aws_pid = 0

    def run(self) -> StackRecord:
        """Start everything and wait until it is healthy; when that fails, stop what was started.

        Raises:
            AlreadyRuns: a stack runs in this home.
        """
        self._make_way()
        given = user_environment(self._repo, self._environ)
        with self._journal.stage("preflight"):
            ensure_ready(self._repo, self._home.root, given, self._report.say)
            ports = choose_ports(asked_ports(given), self._report.say)
        site = Site(self._repo, self._home, self._home.data / self._programme.dataset, ports)
        self._memory = AwsState(site.data).begin(keep_outboxes=self._programme.replay is None)
        if self._memory is Memory.PARTS:
            says = (
                "`tickertape redrive` brings back" if self._programme.replay is None else "the tape is delivered again:"
            )
            self._report.say(f"AWS ended before it could write its state down; {says} what it forgot")
        services, processes = self._processes(site, given)
        record = self._record(site, services, given.get("AWS_REGION") or _DEFAULT_REGION)
        enter(record.environment, self._environ, force=True)
        try:
            return self._bring_up(record, processes, base_environment(site, given))
        except BaseException:
            # Half a stack helps nobody, and the logs stay.
            self._report.show("stopping what was started")
            stop_stack(self._home, lambda line: self._journal.event("cleanup", did=repr(line)))
            raise

    def deliver(self, record: StackRecord, wait: bool) -> ClockPlan | None:
        """Let the tape play, and have the first batch run over what has come in; None when the feed is live."""
        plan = self._plan
        client = connect(record.urls["redis"])
        if plan is None:
            # The first run; the next ones come by themselves while something comes in.
            request_run(client)
            return None
        if plan.catch_up or not plan.is_paced:
            self._take_in(client, whole=not plan.is_paced)
            self._batch(client)
            self._go(client, plan)
        else:
            self._go(client, plan)
            self._batch(client)
        if wait and plan.is_paced:
            left_s = self._seconds_left(client)
            if left_s > 0:
                self._report.say(f"the tape plays to its end in {_minutes(left_s)} (--speed max delivers it at once)")
            self._take_in(client, whole=True)
            self._batch(client)
        return plan

    def _make_way(self) -> None:
        record = running_record(self._home)
        if record and record.phase == RUNNING and _is_alive(record, self._home):
            raise AlreadyRuns(record)
        if record or find(self._home.root):
            self._report.say("an earlier start did not end well: stopping what is left of it")
            stop_stack(self._home, self._report.say)

    def _processes(self, site: Site, given: Mapping[str, str]) -> tuple[dict[str, Service], dict[str, Process]]:
        variables = stack_variables(site, given, self._programme.feed)
        services = read_compose_file(self._repo / COMPOSE_FILE, variables)
        site.home.make()
        (site.data / "state").mkdir(parents=True, exist_ok=True)
        return services, embed(services, site, given)

    def _record(self, site: Site, services: Mapping[str, Service], region: str) -> StackRecord:
        programme, ports = self._programme, site.ports
        run = {name: service for name, service in services.items() if not service.profiles}
        return StackRecord(
            runtime="embedded",
            phase=STARTING,
            repo=str(self._repo),
            home=str(self._home.root),
            dataset=programme.dataset,
            tape=programme.feed.folder,
            feed=asdict(programme.feed),
            speed="",
            data=str(site.data),
            started_at=format_utc(wall_time()),
            socket=str(self._home.socket()),
            supervisor_pid=0,
            aws_pid=0,
            ports={
                "aws": ports.aws,
                "redis": ports.redis,
                "mongo": ports.mongo,
                "dashboard": ports.dashboard,
            },
            urls={
                "aws": ports.aws_url,
                "redis": ports.redis_url,
                "mongo": ports.mongo_url,
                "dashboard": ports.dashboard_url,
            },
            environment=client_environment(site, region, programme.feed),
            services=tuple(tuple(wave) for wave in start_order(run)),
            stop_s={name: service.stop_grace_s for name, service in run.items()},
        )

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
                "redis": lambda: self._prepare_control(connect(record.urls["redis"])),
            },
            self._home.log,
            lambda name, seconds: self._tell_healthy(name, seconds, startup.waiting()),
        )
        self._report.show(f"starting {', '.join(record.services[0])}")
        with self._journal.stage("services"):
            startup.run()
        speed = self._plan.speed_text if self._plan else ""
        record = replace(record, phase=RUNNING, speed=speed, aws_pid=self._aws_pid)
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

    def _prepare_control(self, client: redis.Redis) -> None:
        """What earlier services reported is no longer so; the clock is set for what comes."""
        if self._memory is Memory.PARTS and self._programme.replay:
            forget_counts(client)
        forget_hearts(client)
        if self._programme.replay:
            self._set_clock(client, self._programme.replay)
        else:
            forget_replay(client)
            write_state(client, wall_clock(wall_time()))

    def _set_clock(self, client: redis.Redis, replay: Replay) -> None:
        """Plan the replay from where an earlier run of this dataset stopped, and let the clock stand there."""
        before = read_state(client)
        plan = plan_clock(
            replay.facts,
            is_demo=replay.is_demo,
            speed=replay.speed,
            asked_speed=replay.asked_speed,
            reached=before.now(wall_time()) if before and before.virtual else None,
        )
        write_replay(
            client,
            ReplayFacts(
                tape=str(replay.facts.folder),
                dataset=self._programme.dataset,
                begin=replay.facts.first,
                end=plan.end,
                play_from=plan.play_from,
                speed=plan.speed_text,
            ),
        )
        write_state(client, plan.first_state(wall_time()))
        self._plan = plan

    def _go(self, client: redis.Redis, plan: ClockPlan) -> None:
        if plan.is_paced:
            write_state(client, plan.running_state(wall_time()))
            self._report.say(f"the clock runs from {format_utc(plan.play_from)} at speed {plan.speed_text}")

    def _take_in(self, client: redis.Redis, whole: bool) -> None:
        replay = self._programme.replay
        totals = {"twitter": replay.facts.tweets, "stocks": replay.facts.bars} if replay else {}
        began = time.monotonic()

        def show(now: list[Intake]) -> None:
            self._report.show("; ".join(_progress_text(intake, totals.get(intake.service, 0)) for intake in now))

        with self._journal.stage("ingest"):
            wait_delivered(client, whole, show, idle_s=lambda: self._seconds_left(client))
        seconds = time.monotonic() - began
        self._report.say(f"everything {'on the tape' if whole else 'due'} is delivered ({seconds:.1f} s)")

    def _seconds_left(self, client: redis.Redis) -> float:
        """How long the clock still runs; 0 when it stands."""
        state = read_state(client)
        if state is None or state.paused or state.end is None:
            return 0.0
        return state.seconds_until(state.end, wall_time())

    def _batch(self, client: redis.Redis) -> None:
        self._report.show("the batch runs in Spark")
        began = time.monotonic()
        with self._journal.stage("batch"):
            result = wait_for_run(client, request_run(client), _BATCH_S)
        self._report.say(f"batch done ({time.monotonic() - began:.1f} s){_counts_text(result)}")


def _is_alive(record: StackRecord, home: Home) -> bool:
    return any(process.pid == record.supervisor_pid for process in find(home.root))


def _progress_text(intake: Intake, total: int) -> str:
    what = {"twitter": "tweets", "stocks": "bars"}.get(intake.service, intake.service)
    # A service counts lines, the header of a bar file among them.
    return f"{what} {min(intake.read, total):,} of {total:,} read, {intake.outbox:,} to deliver"


def _counts_text(result: Mapping[str, Any]) -> str:
    counts = [f"{name} {value:,}" for name, value in result.items() if type(value) is int]
    return f": {', '.join(counts)}" if counts else ""


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
