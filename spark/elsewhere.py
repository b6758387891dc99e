"""A run at another master: a JVM has one session, so such a run gets a process, with a session, of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence

import redis
import structlog

from tickertape.control.batch import outcome, report_run, steps_begun

_LOOK_S = 1.0
_STOP_S = 5.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


def run_elsewhere(control: redis.Redis, run_id: str, master: str, on_step: Callable[[], None]) -> bool:
    """Have another process make a run, which takes the lock and records it itself; whether it succeeded.

    Args:
        master: as Spark writes it.
        on_step: called as each step of it begins.
    """
    words = ("-m", "spark.workflow", "run", "--id", run_id, "--master", master)
    return watch(control, run_id, [sys.executable, *words], on_step)


def watch(control: redis.Redis, run_id: str, command: Sequence[str], on_step: Callable[[], None]) -> bool:
    """Start the process of a run and wait for its end; one that ends without a word has failed."""
    with subprocess.Popen(command) as child:
        try:
            begun = -1
            while _runs(child):
                begun, before = _steps(control, run_id, begun), begun
                if begun != before:
                    on_step()
        finally:
            _end(child)
    state = outcome(control, run_id)
    if state is None:
        why = f"the process of the run ended with {child.returncode}: `tickertape logs spark` says more"
        report_run(control, run_id, "failed", error=why)
    return state == "done"


def _runs(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _steps(control: redis.Redis, run_id: str, known: int) -> int:
    try:
        return steps_begun(control, run_id)
    except redis.RedisError as error:
        _log.warning("redis_unavailable", error=str(error))
        return known


def _end(child: subprocess.Popen[bytes]) -> None:
    """Only when this process stops in between: the run says itself that it was stopped."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
