"""Starts processes in the order of their dependencies and waits for their health, the independent ones side by side."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tickertape.stack.embedded import Process
from tickertape.stack.supervision import ProcessState

_POLL_S = 0.1
# How often one process is asked for its health while it starts, seconds.
_ASK_S = 0.3
# A process that ended this often while it was to become healthy will not do so.
_CRASHES = 3
_FELL = ("BACKOFF", "EXITED", "FATAL")
_LOG_LINES = 15


class StartFailed(Exception):
    """A service did not become healthy; the message has the end of its log."""


class Starter(Protocol):
    """What runs the processes: supervisord, or a fake."""

    def start(self, name: str) -> None:
        """Start one."""
        ...

    def states(self) -> dict[str, ProcessState]:
        """How all of them are."""
        ...


class Restarter(Starter, Protocol):
    """One that can stop them too."""

    def stop(self, name: str) -> None:
        """Ask one to end."""
        ...


Healthy = Callable[[str, float], None]


class Startup:
    """One start of a set of processes.

    Args:
        once_ready: work to do when a process' probe says ready, before it counts as healthy (deploying to AWS).
        log_of: where a process' log is.
        healthy: called with the name and the seconds it took.
    """

    def __init__(
        self,
        starter: Starter,
        processes: Mapping[str, Process],
        once_ready: Mapping[str, Callable[[], None]],
        log_of: Callable[[str], Path],
        healthy: Healthy,
    ) -> None:
        self._starter = starter
        self._processes = processes
        self._once_ready = once_ready
        self._log_of = log_of
        self._healthy = healthy
        self._started: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._work: dict[str, Future[None]] = {}
        self._done: set[str] = set()
        self._last: dict[str, ProcessState] = {}
        self._crashes: Counter[str] = Counter()
        self._why: dict[str, str] = {}

    def run(self, without: Collection[str] = ()) -> None:
        """Start everything and wait until all of it is healthy.

        Args:
            without: those that are started and not waited for; a second call waits for them.

        Raises:
            StartFailed: one ended several times, its work failed, or it took too long.
        """
        wanted = self._processes.keys() - set(without)
        with _workers() as pool:
            while not wanted <= self._done:
                self._start_next()
                self._look(self._starter.states(), pool)
                time.sleep(_POLL_S)

    def waiting(self) -> list[str]:
        """The names of those that are started and not yet healthy."""
        return [name for name in self._started if name not in self._done]

    def _start_next(self) -> None:
        for name, process in self._processes.items():
            if name not in self._started and all(map(self._is_met, *_needs(process))):
                self._started[name] = time.monotonic()
                self._starter.start(name)

    def _is_met(self, needed: str, condition: str) -> bool:
        if needed not in self._processes:
            return True  # it belongs to a profile that is not run
        if condition == "service_started":
            return needed in self._started
        if condition == "service_completed_successfully":
            state = self._last.get(needed)
            return state is not None and state.state == "EXITED" and state.exit_status == 0
        return needed in self._done

    def _look(self, states: Mapping[str, ProcessState], pool: ThreadPoolExecutor) -> None:
        for name in self.waiting():
            state = states[name]
            self._count_crash(name, state)
            if self._is_healthy(name, state, pool):
                self._done.add(name)
                self._healthy(name, time.monotonic() - self._started[name])
            self._last[name] = state
        for name in self.waiting():
            process = self._processes[name]
            if time.monotonic() - self._started[name] > process.limit_s:
                raise self._failed(name, f"is not healthy after {process.limit_s:.0f} s")

    def _count_crash(self, name: str, state: ProcessState) -> None:
        before = self._last.get(name)
        fell = state.state in _FELL
        changed = before is None or (before.state, before.started) != (state.state, state.started)
        # One that lived a while is started again at once, and nobody may have looked in between.
        was_restarted = before is not None and before.state not in _FELL and 0 < before.started < state.started
        if ((fell and changed) or was_restarted) and not self._has_completed(name, state):
            self._crashes[name] += 1
        if state.state == "FATAL" or self._crashes[name] >= _CRASHES or self._stays_down(name, state):
            why = state.problem or f"exit status {state.exit_status}"
            raise self._failed(name, f"ends as soon as it is started ({why})")

    def _stays_down(self, name: str, state: ProcessState) -> bool:
        restarted = self._processes[name].restart != "no"
        return state.state == "EXITED" and not restarted and not self._has_completed(name, state)

    def _has_completed(self, name: str, state: ProcessState) -> bool:
        one_shot = self._processes[name].probe is None and self._processes[name].restart in (
            "no",
            "on-failure",
        )
        return one_shot and state.state == "EXITED" and state.exit_status == 0

    def _is_healthy(self, name: str, state: ProcessState, pool: ThreadPoolExecutor) -> bool:
        if name in self._work:
            return self._is_worked(name)
        if self._has_completed(name, state):
            return True
        if state.state not in ("STARTING", "RUNNING") or not self._is_ready(name, state):
            return False
        work = self._once_ready.get(name)
        if work is None:
            return True
        self._work[name] = pool.submit(work)
        return False

    def _is_ready(self, name: str, state: ProcessState) -> bool:
        probe = self._processes[name].probe
        if probe is None:
            return state.state == "RUNNING"
        if time.monotonic() - self._asked.get(name, float("-inf")) < _ASK_S:
            return False
        self._asked[name] = time.monotonic()
        self._why[name] = probe() or ""
        return not self._why[name]

    def _is_worked(self, name: str) -> bool:
        if not self._work[name].done():
            return False
        error = self._work[name].exception()
        if error is not None:
            said = f"{type(error).__name__}: {error}"
            raise StartFailed(f"{name} runs, but preparing it failed: {said}") from error
        return True

    def _failed(self, name: str, what: str) -> StartFailed:
        log = self._log_of(name)
        asked = f"; its health check says: {self._why[name]}" if self._why.get(name) else ""
        return StartFailed(f"{name} {what}{asked}\n{last_lines(log)}\nthe whole log: {log}")


def restart(process: Process, starter: Restarter) -> None:
    """Stop a process and start it again, and wait until it is ready.

    Raises:
        StartFailed: it took too long.
    """
    deadline = time.monotonic() + process.stop_s + process.limit_s
    starter.stop(process.name)
    started = False
    while time.monotonic() < deadline:
        if not started and starter.states()[process.name].pid == 0:
            starter.start(process.name)
            started = True
        if started and (process.probe is None or process.probe() is None):
            return
        time.sleep(_POLL_S)
    raise StartFailed(f"{process.name} did not come back after it was stopped")


def last_lines(log: Path, count: int = _LOG_LINES) -> str:
    """The end of a log, indented for a message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        lines = []
    return "\n".join(f"  | {line[:300]}" for line in lines or ["(it logged nothing)"])


def _needs(process: Process) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names and the conditions, side by side."""
    return tuple(process.depends_on), tuple(process.depends_on.values())


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads for the work; when the start fails nobody waits for what they are in."""
    pool = ThreadPoolExecutor(max_workers=4)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
