"""Small real processes under supervisord: their order, their health, and how they are found and stopped."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tickertape.stack.aws_state import AwsState, Memory
from tickertape.stack.compose_file import read_compose_file, start_order
from tickertape.stack.embedded import CannotEmbed, Ports, Process, Site, base_environment, embed
from tickertape.stack.paths import Home
from tickertape.stack.port_choice import BadPort, PortTaken, asked_ports, choose_ports, ensure_cluster_ports, owner_of
from tickertape.stack.preflight import PreflightFailed
from tickertape.stack.processes import find, is_alive, wait_gone
from tickertape.stack.programme import Feed, Programme, Replay
from tickertape.stack.record import RUNNING, STARTING, StackRecord
from tickertape.stack.running import AlreadyRuns, running_record
from tickertape.stack.start import Start
from tickertape.stack.startup import StartFailed, Startup, restart
from tickertape.stack.stopping import remove_state, stop_stack
from tickertape.stack.supervision import Supervisor, SupervisorError, launch, render_config
from tickertape.stack.tape_facts import TapeFacts
from tickertape.usecases.classify import Window

LIMIT_S = 10.0
PORTS = Ports(1, 1, 1, 1)


class Bench:
    """A repository with a compose file, started without `up`'s other steps."""

    def __init__(self, repo: Path, home: Home) -> None:
        self.repo = repo
        self.home = home
        self.healthy: list[str] = []
        self.said: list[str] = []
        self.supervisor: Supervisor | None = None

    def processes(self, services: str) -> dict[str, Process]:
        path = self.repo / "docker-compose.yml"
        path.write_text(f"services:\n{services}")
        self.home.make()
        return embed(read_compose_file(path, {}), self.site(), os.environ)

    def site(self) -> Site:
        return Site(self.repo, self.home, self.home.data / "set", PORTS)

    def up(self, services: str, once_ready: Mapping[str, Callable[[], None]] | None = None) -> None:
        processes = self.processes(services)
        environ = base_environment(self.site(), os.environ)
        self.write_record(services, STARTING)
        self.supervisor = launch(self.home, processes.values(), environ)
        self.write_record(services, STARTING)
        startup = Startup(
            self.supervisor,
            processes,
            once_ready or {},
            self.home.log,
            lambda name, seconds: self.healthy.append(name),
        )
        startup.run()
        self.write_record(services, RUNNING)

    def write_record(self, services: str, phase: str) -> None:
        read = read_compose_file(self.repo / "docker-compose.yml", {})
        record(
            self.home,
            phase=phase,
            pid=self.supervisor.pid() if self.supervisor else 0,
            waves=tuple(tuple(wave) for wave in start_order(read)),
        ).write(self.home.record)

    def down(self) -> list[str]:
        return stop_stack(self.home, self.said.append)

    def kill_supervisor(self) -> None:
        assert self.supervisor is not None
        process = psutil.Process(self.supervisor.pid())
        process.kill()
        wait_gone([process], LIMIT_S)


def record(home: Home, *, phase: str, pid: int = 0, waves: tuple[tuple[str, ...], ...] = ()) -> StackRecord:
    return StackRecord(
        runtime="embedded",
        phase=phase,
        repo=str(home.root.parent),
        home=str(home.root),
        dataset="tape-12345678",
        tape="/tape",
        feed={"tweets": "tape", "bars": "tape", "folder": "/tape", "since": None, "until": None},
        speed="max",
        data=str(home.data / "set"),
        started_at="2026-01-01T00:00:00Z",
        socket=str(home.socket()),
        supervisor_pid=pid,
        aws_pid=0,
        ports={"aws": 1, "redis": 1, "mongo": 1, "dashboard": 1},
        # Nobody listens on port 1, so the clock of no Redis is touched.
        urls={"redis": "redis://127.0.0.1:1/0", "dashboard": "http://127.0.0.1:1"},
        environment={},
        services=waves,
        stop_s={},
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, Home(tmp_path / ".tickertape"))
    yield made
    made.down()
    assert not find(made.home.root)


def test_a_service_starts_when_what_it_needs_is_healthy_and_prepared(bench: Bench) -> None:
    bench.up(
        """
  last:
    build: .
    command: sh -c 'test -e prepared && exec sleep 600'
    depends_on: {first: {condition: service_healthy}}
    healthcheck: {test: test -e prepared, interval: 10s}
  first:
    build: .
    command: sh -c 'touch ready; exec sleep 600'
    healthcheck: {test: test -e ready, interval: 10s}
""",
        {"first": (bench.repo / "prepared").touch},
    )
    assert ["first", "last"] == bench.healthy
    assert "" == bench.home.log("last").read_text()


def test_a_slow_service_does_not_delay_the_others(bench: Bench) -> None:
    bench.up("""
  slow:
    build: .
    command: sleep 600
    healthcheck: {test: test -e others-are-up, interval: 10s}
  quick:
    build: .
    command: sleep 600
    healthcheck: {test: 'true', interval: 10s}
  after:
    build: .
    command: sleep 600
    depends_on: {quick: {condition: service_healthy}}
    healthcheck: {test: touch others-are-up, interval: 10s}
""")
    assert ["quick", "after", "slow"] == bench.healthy


def test_a_service_that_does_not_become_healthy_is_named_with_its_log(bench: Bench) -> None:
    with pytest.raises(StartFailed) as caught:
        bench.up("""
  good: {build: ., command: sleep 600}
  stuck:
    build: .
    command: sh -c 'echo I wait for Godot; exec sleep 600'
    healthcheck: {test: echo he has not come; exit 1, interval: 500ms, timeout: 500ms, retries: 1}
""")
    message = str(caught.value)
    assert message.startswith("stuck is not healthy after 1 s; its health check says: he has not come\n")
    assert "  | I wait for Godot" in message
    assert str(bench.home.log("stuck")) in message


def test_a_service_that_ends_again_and_again_is_given_up_early(bench: Bench) -> None:
    with pytest.raises(StartFailed, match=r"broken ends as soon as it is started \(Exited too quickly"):
        bench.up("""
  broken:
    build: .
    command: sh -c 'echo no; exit 3'
    restart: always
    healthcheck: {test: exit 1, interval: 10s}
""")


def test_a_service_that_lives_a_while_and_ends_again_and_again_is_given_up_too(bench: Bench) -> None:
    """It is running whenever somebody looks."""
    with pytest.raises(StartFailed, match=r"broken ends as soon as it is started"):
        bench.up("""
  broken:
    build: .
    command: sh -c 'echo no; sleep 1.2; exit 3'
    restart: always
    healthcheck: {test: exit 1, interval: 60s}
""")


def test_preparing_a_service_that_fails_names_the_service(bench: Bench) -> None:
    def fail() -> None:
        raise ValueError("no such thing")

    with pytest.raises(StartFailed, match="one runs, but preparing it failed: ValueError: no such thing"):
        bench.up("  one: {build: ., command: sleep 600}\n", {"one": fail})


def test_one_that_is_not_waited_for_is_waited_for_later(bench: Bench, tmp_path: Path) -> None:
    """A start without it ends while it is not healthy yet; the second call ends once it is."""
    ready = tmp_path / "ready"
    processes = bench.processes(f"""
  slow:
    build: .
    command: sleep 600
    healthcheck: {{test: ["CMD", "test", "-e", "{ready}"]}}
  quick: {{build: ., command: sleep 600}}
""")
    bench.write_record("", STARTING)
    bench.supervisor = launch(bench.home, processes.values(), base_environment(bench.site(), os.environ))
    startup = Startup(bench.supervisor, processes, {}, bench.home.log, lambda name, _: bench.healthy.append(name))
    startup.run(without=["slow"])
    assert ["quick"] == bench.healthy
    ready.touch()
    startup.run()
    assert ["quick", "slow"] == bench.healthy


def test_a_failed_service_is_started_again_by_its_policy(bench: Bench) -> None:
    bench.up("  one: {build: ., command: sleep 600, restart: unless-stopped}\n")
    assert bench.supervisor is not None
    pid = bench.supervisor.states()["one"].pid
    # Looked up before it is killed: afterwards it may be gone at any moment.
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    wait_gone([process], LIMIT_S)
    processes = bench.processes("  one: {build: ., command: sleep 600}\n")
    Startup(bench.supervisor, processes, {}, bench.home.log, lambda name, seconds: None).run()
    assert bench.supervisor.states()["one"].pid not in (0, pid)


def test_down_stops_in_order_and_says_so_and_is_quiet_the_second_time(bench: Bench) -> None:
    bench.up("""
  base: {build: ., command: sleep 600}
  top: {build: ., command: sleep 600, depends_on: [base]}
""")
    assert ["base", "top"] == bench.down()
    assert ["stopped top", "stopped base"] == bench.said
    assert not bench.home.record.exists()
    assert [] == bench.down()
    assert ["stopped top", "stopped base"] == bench.said


def test_down_finds_orphans_and_their_children_after_supervisord_was_killed(bench: Bench) -> None:
    bench.up("""
  parent:
    build: .
    command: sh -c 'sleep 601 & sleep 602 & wait'
  deaf:
    build: .
    command: sh -c 'trap "" TERM; while true; do sleep 0.1; done'
    stop_grace_period: 1s
""")
    bench.kill_supervisor()
    orphans = list(find(bench.home.root))
    assert len(orphans) >= 3
    replace(record(bench.home, phase=RUNNING), stop_s={"deaf": 0.5}).write(bench.home.record)
    assert ["deaf", "parent"] == bench.down()
    assert any(line.startswith("stopping without supervisord: deaf (pid ") for line in bench.said)
    assert not any(is_alive(process) for process in orphans)


def test_the_control_socket_moves_when_the_home_s_path_is_too_long(tmp_path: Path) -> None:
    repo = tmp_path / ("long" * 20)
    repo.mkdir()
    bench = Bench(repo, Home(repo / ".tickertape"))
    assert not bench.home.socket().is_relative_to(bench.home.root)
    try:
        bench.up("  one: {build: ., command: sleep 600}\n")
        assert ["one"] == bench.healthy
    finally:
        bench.down()
    assert not bench.home.socket().parent.exists()


def test_values_reach_a_service_as_they_are_and_strangers_credentials_do_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TRICKY", "line\nbreak 'and' \"quotes\"")
    bench.up("""
  one:
    build: .
    command: sh -c 'printenv VALUE QUOTED; printenv AWS_PROFILE || echo none; touch told; sleep 600'
    environment: {VALUE: "100 %(x)s, a;b#c = d", QUOTED: 'say "hi" now'}
    healthcheck: {test: test -e told, interval: 10s}
""")
    assert ["100 %(x)s, a;b#c = d", 'say "hi" now', "none"] == bench.home.log("one").read_text().splitlines()


@pytest.mark.parametrize("value", ["a # b", "a ; b", "two\nlines", "both ' and \"", "'edge"])
def test_what_supervisord_s_file_cannot_say_is_refused(bench: Bench, value: str) -> None:
    process = next(iter(bench.processes("  one: {build: ., command: sleep 600}\n").values()))
    with pytest.raises(SupervisorError):
        render_config(bench.home, [replace(process, environment={"VALUE": value})], {})


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("one: {image: 'postgres:17'}", "nothing here replaces the image 'postgres:17'"),
        ("one: {build: .}", "service one has no command"),
        ("one: {build: ., command: no-such-program}", "there is no program 'no-such-program'"),
        ("mongo: {image: 'mongo:7.0'}", "secantusd-py is missing|python is missing"),
    ],
)
def test_a_service_that_cannot_run_without_docker_is_named(bench: Bench, service: str, why: str) -> None:
    with pytest.raises(CannotEmbed, match=why):
        bench.processes(f"  {service}\n")


def test_services_of_a_profile_are_left_out(bench: Bench) -> None:
    services = "  one: {build: ., command: sleep 1}\n  two: {image: 'postgres:17', profiles: [more]}\n"
    assert ["one"] == list(bench.processes(services))


def start_of(bench: Bench, dataset: str = "tape-12345678") -> Start:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    facts = TapeFacts(Path("/tape"), 1, 1, moment, moment, None)
    replay = Replay(facts, Window(), is_demo=False, speed=None, asked_speed=False)
    programme = Programme(Feed("tape", "tape", "/tape"), dataset, replay)

    class Quiet:
        def say(self, line: str) -> None:
            bench.said.append(line)

        def show(self, text: str) -> None:
            pass

    # No Java is to be found, and none installed: the start ends at its preflight.
    environ = {"JAVA_HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    return Start(bench.repo, bench.home, programme, environ, lambda: None, Quiet())


def test_a_restarted_process_is_another_one_and_ready(bench: Bench) -> None:
    services = "  one: {build: ., command: sleep 600, healthcheck: {test: 'true', interval: 10s}}\n"
    bench.up(services)
    assert bench.supervisor is not None
    pid = bench.supervisor.states()["one"].pid
    restart(bench.processes(services)["one"], bench.supervisor)
    assert bench.supervisor.states()["one"].pid not in (0, pid)


def test_aws_remembers_all_after_a_clean_stop_and_parts_after_a_kill(tmp_path: Path) -> None:
    aws, outbox = AwsState(tmp_path), tmp_path / "state/twitter.db"
    assert Memory.NOTHING is aws.begin()
    for path in (tmp_path / "aws/s3/object", tmp_path / "aws/state/s3.json", outbox):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    aws.mark_checkpoint()
    assert aws.was_saved_since(time.time() - 60)
    assert not aws.was_saved_since(time.time() + 60)
    aws.mark_clean()
    assert Memory.ALL is aws.begin()
    assert outbox.exists()
    assert Memory.PARTS is aws.begin()
    assert not outbox.exists()
    assert (tmp_path / "aws/s3/object").exists()


def test_what_belongs_to_no_deployment_is_removed(tmp_path: Path) -> None:
    bucket = tmp_path / "aws/s3/object"
    bucket.parent.mkdir(parents=True)
    bucket.touch()
    assert Memory.NOTHING is AwsState(tmp_path).begin()
    assert not bucket.exists()


def test_a_second_up_finds_the_first(bench: Bench) -> None:
    bench.up("  one: {build: ., command: sleep 600}\n")
    with pytest.raises(AlreadyRuns) as caught:
        start_of(bench).run()
    assert "tape-12345678" == caught.value.record.dataset
    assert running_record(bench.home) is not None


@pytest.mark.parametrize("killed", ["the starter", "supervisord"])
def test_up_clears_away_a_stack_whose_starter_or_supervisord_was_killed(bench: Bench, killed: str) -> None:
    bench.up("  one: {build: ., command: sleep 600}\n")
    if killed == "supervisord":
        bench.kill_supervisor()
    else:
        bench.write_record("", STARTING)
    with pytest.raises(PreflightFailed, match="Java: none at JAVA_HOME"):
        start_of(bench).run()
    assert "an earlier start did not end well: stopping what is left of it" in bench.said
    assert not find(bench.home.root)


def test_a_stale_description_is_no_running_stack(bench: Bench) -> None:
    bench.home.make()
    record(bench.home, phase=RUNNING, pid=1).write(bench.home.record)
    assert running_record(bench.home) is None
    assert [] == bench.down()
    assert not bench.home.record.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}', '{"version": 1}'])
def test_a_broken_description_is_none(bench: Bench, text: str) -> None:
    bench.home.make()
    bench.home.record.write_text(text)
    assert running_record(bench.home) is None


def test_removing_the_state_leaves_strangers_files(bench: Bench) -> None:
    bench.home.make()
    (bench.home.root / "mine.txt").touch()
    remove_state(bench.home)
    assert ["mine.txt"] == [path.name for path in bench.home.root.iterdir()]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_usual_port_that_is_taken_is_replaced_and_its_owner_named(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickertape.stack.port_choice.USUAL", {"aws": taken, "redis": taken})
    monkeypatch.setattr("tickertape.stack.port_choice.Ports", dict)
    said: list[str] = []
    ports: Mapping[str, int] = choose_ports({}, said.append)  # type: ignore[assignment]
    assert taken < ports["aws"] < ports["redis"]
    assert said[0].startswith(f"port {taken} is taken by {psutil.Process().name()} (pid {os.getpid()}): aws gets ")


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(taken: int) -> None:
    with pytest.raises(PortTaken, match=rf"port {taken} \(TICKERTAPE_REDIS_PORT\) is taken by .*pid {os.getpid()}"):
        choose_ports({"redis": taken}, lambda line: None)
    assert f"(pid {os.getpid()})" in owner_of(taken)


@pytest.mark.parametrize("text", ["0", "65536", "x", "-1", "80.5", "²"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(BadPort, match="TICKERTAPE_MONGO_PORT: a port from 1 to 65535"):
        asked_ports({"TICKERTAPE_MONGO_PORT": text})


def test_one_port_for_two_servers_is_refused() -> None:
    with pytest.raises(BadPort, match="asked for twice"):
        asked_ports({"TICKERTAPE_AWS_PORT": "5000", "TICKERTAPE_REDIS_PORT": "5000"})


@pytest.mark.parametrize("name", ["SPARK", "SPARK_UI", "SPARK_WORKER_UI"])
def test_a_taken_port_of_the_cluster_is_named_before_the_start(
    taken: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the cluster is started at all."""
    monkeypatch.setattr("tickertape.stack.port_choice.OF_CLUSTER", {name.lower(): 1})
    asked = {f"TICKERTAPE_{name}_PORT": str(taken)}
    ensure_cluster_ports(asked)
    with pytest.raises(PortTaken, match=rf"port {taken} \(TICKERTAPE_{name}_PORT\) is taken by .*pid {os.getpid()}"):
        ensure_cluster_ports({**asked, "COMPOSE_PROFILES": "search,cluster"})
