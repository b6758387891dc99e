"""What something costs: seconds, processor seconds, and the memory of this process and its children."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of doing something.

    Attributes:
        processor_s: of all processors together; what else runs on the machine changes it less than the seconds.
        memory_mb: the most of Python and the JVM together meanwhile.
        tweets: how many it was given; 0 for all of the lake.
    """

    name: str
    seconds: float
    processor_s: float
    memory_mb: float
    tweets: int = 0


def measured(name: str, run: Callable[[], None], tweets: int = 0) -> Measured:
    """Run it, and look every tenth of a second how much memory this process and its children have."""
    most, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            most[0] = max(most[0], sum(one.memory_info().rss for one in _family()) / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, used = time.perf_counter(), _processor_s()
    try:
        run()
    finally:
        seconds, processor_s = time.perf_counter() - began, _processor_s() - used
        done.set()
        watcher.join()
    return Measured(name, seconds, processor_s, most[0], tweets)


def _family() -> list[psutil.Process]:
    me = psutil.Process()
    return [one for one in (me, *me.children(recursive=True)) if one.is_running()]


def _processor_s() -> float:
    return sum(times.user + times.system for times in (one.cpu_times() for one in _family()))
