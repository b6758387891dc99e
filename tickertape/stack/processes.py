"""The stack's processes by the mark in their environment, whoever started them and whether or not he still lives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

# Every process of a stack carries the root of its state here, and its children inherit it.
STACK_MARK = "TICKERTAPE_STACK"
SERVICE_MARK = "TICKERTAPE_SERVICE"
_POLL_S = 0.05
_KILLED_S = 5.0


def find(home: Path) -> dict[psutil.Process, str]:
    """This user's processes that belong to the stack in `home`, each with the name of its service."""
    found: dict[psutil.Process, str] = {}
    user = os.getuid()
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            if process.pid in ourselves or process.uids().real != user:
                continue
            service = _service_of(process, home)
        except psutil.Error:
            continue  # gone meanwhile, a zombie, or not ours to look into
        if service is not None:
            found[process] = service
    return found


def _service_of(process: psutil.Process, home: Path) -> str | None:
    environ = process.environ()
    if environ.get(STACK_MARK) == str(home):
        return environ.get(SERVICE_MARK, "supervisord")
    # Redis writes its title over its environment; it works in its data folder.
    if process.name() == "redis-server" and Path(process.cwd()).is_relative_to(home):
        return "redis"
    return None


def leaders(found: dict[psutil.Process, str]) -> dict[psutil.Process, str]:
    """Those whose parent is of another service or of none: the services themselves, without their helpers."""
    names = {process.pid: service for process, service in found.items()}
    return {process: service for process, service in found.items() if names.get(_parent_pid(process)) != service}


def stop(processes: Sequence[psutil.Process], grace_s: float) -> None:
    """End processes by their pid: SIGTERM, and SIGKILL to those that live after `grace_s` seconds."""
    for process in processes:
        _signal(process.terminate)
    left = wait_gone(processes, grace_s)
    for process in left:
        _signal(process.kill)
    wait_gone(left, _KILLED_S)


def wait_gone(processes: Sequence[psutil.Process], limit_s: float) -> list[psutil.Process]:
    """Wait for processes to end; returns those that have not after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = [process for process in left if is_alive(process)]
    return left


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; a zombie, which its parent may never collect, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _parent_pid(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.Error:
        pass  # it ended by itself
