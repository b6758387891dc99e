"""Stops a stack: in order through supervisord, and by the mark in their environment what that does not reach."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import redis

from tickertape.control.clock import read_state, wall_time, write_state
from tickertape.stack.aws_state import AwsState
from tickertape.stack.containers import Compose, containers_of, remove_volumes_of
from tickertape.stack.paths import Home
from tickertape.stack.probes import redis_once
from tickertape.stack.processes import find, is_alive, leaders, stop, wait_gone
from tickertape.stack.record import StackRecord, read_record
from tickertape.stack.supervision import Supervisor, SupervisorError

_POLL_S = 0.1
# Helpers of a service that has ended, and supervisord itself, have this long.
_LEFTOVER_S = 5.0
# What a stack without a description may need: MiniStack writes its state down.
_UNKNOWN_S = 60.0
_DOWN = frozenset({"STOPPED", "EXITED", "FATAL", "BACKOFF", "UNKNOWN"})

Say = Callable[[str], None]


def stop_stack(home: Home, say: Say) -> list[str]:
    """Stop everything of the stack in `home`; its data stays. Returns what was stopped, by name.

    Safe to call at any time: with nothing running it does nothing.
    """
    record = read_record(home.record)
    if record and record.project:
        return _stop_containers(home, record, say)
    alive = leaders(find(home.root))
    running = {service for service in alive.values() if service != "supervisord"}
    aws_pids = [process.pid for process, service in alive.items() if service == "localstack"]
    began = time.time()
    in_order: set[str] = set()
    if record and alive:
        freeze_clock(record.urls["redis"])
        _stop_in_order(home, record, running, in_order, say)
    grace_s = max(record.stop_s.values(), default=_UNKNOWN_S) if record else _UNKNOWN_S
    _stop_leftovers(home, in_order, grace_s, say)
    if record and record.aws_pid in aws_pids:
        aws = AwsState(Path(record.data))
        if aws.was_saved_since(began):
            aws.mark_clean()
    home.record.unlink(missing_ok=True)
    home.remove_socket()
    return sorted(running)


def _stop_containers(home: Home, record: StackRecord, say: Say) -> list[str]:
    """Stop and remove the containers of a stack in Docker, in order; their volumes stay.

    Raises:
        DockerFailed: Docker does not answer.
    """
    freeze_clock(record.urls["redis"])
    running = sorted({one.service for one in containers_of(record.project) if one.state == "running"})
    limit_s = sum(record.stop_s.values()) + _UNKNOWN_S
    Compose.of_project(Path(record.repo), record.project).run("down", "--remove-orphans", limit_s=limit_s)
    for name in running:
        say(f"stopped {name}")
    home.record.unlink(missing_ok=True)
    return running


def remove_state(home: Home) -> None:
    """Remove logs, builds and data; the stack must be stopped. Nothing else in the home is touched.

    Raises:
        DockerFailed: there are volumes of this home, and one could not be removed.
    """
    remove_volumes_of(f"tickertape.home={home.label}")
    for folder in (home.logs, home.run, home.build, home.data):
        shutil.rmtree(folder, ignore_errors=True)
    home.remove_socket()
    if home.root.is_dir() and not any(home.root.iterdir()):
        home.root.rmdir()


def freeze_clock(redis_url: str) -> None:
    """Let a replay's clock stand, so that the next start goes on from here and not from where time went meanwhile."""
    client = redis_once(redis_url)
    try:
        state = read_state(client)
        if state is not None and state.virtual is not None and not state.paused:
            write_state(client, state.paused_at(wall_time()))
    except (redis.RedisError, ValueError, KeyError):
        pass  # Redis is away: the clock is then read as it runs on
    finally:
        client.close()


def _stop_in_order(home: Home, record: StackRecord, running: set[str], stopped: set[str], say: Say) -> None:
    """Those that need others first, so that each can still deliver what it holds; `stopped` gets their names."""
    supervisor = Supervisor(home.socket())
    try:
        for wave in reversed(record.services):
            for name in _stop_wave(supervisor, wave, record):
                stopped.add(name)
                if name in running:
                    say(f"stopped {name}")
        supervisor.shutdown()
        wait_gone(_supervisors(home), _LEFTOVER_S)
    except SupervisorError:
        return  # it is dead: its services are found by their mark


def _stop_wave(supervisor: Supervisor, wave: tuple[str, ...], record: StackRecord) -> Iterator[str]:
    """Stop services at the same time; yields each that has ended."""
    for name in wave:
        supervisor.stop(name)
    # Supervisord kills by itself after a service's own limit.
    deadline = time.monotonic() + max((record.stop_s.get(name, 10.0) for name in wave), default=10.0) + _LEFTOVER_S
    left = set(wave)
    while left and time.monotonic() < deadline:
        states = supervisor.states()
        ended = {name for name in left if name not in states or states[name].state in _DOWN}
        yield from sorted(ended)
        left -= ended
        if left:
            time.sleep(_POLL_S)


def _stop_leftovers(home: Home, stopped: set[str], grace_s: float, say: Say) -> None:
    """What supervisord did not stop: orphans get the time of a service, their helpers a moment.

    Helpers of a service that was `stopped`, such as the warm functions MiniStack leaves behind, are not worth a word.
    """
    # Supervisord first: it would start again what is stopped behind its back.
    stop(_supervisors(home), _LEFTOVER_S)
    found = leaders(find(home.root))
    names = sorted(f"{name} (pid {process.pid})" for process, name in found.items() if name not in stopped)
    if names:
        say(f"stopping without supervisord: {', '.join(names)}")
    stop(list(found), grace_s)
    stop([process for process in find(home.root) if is_alive(process)], _LEFTOVER_S)


def _supervisors(home: Home) -> list[psutil.Process]:
    return [process for process, service in find(home.root).items() if service == "supervisord"]
