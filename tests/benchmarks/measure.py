"""What something costs: seconds, processor seconds, and the memory of this process and its children."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
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
            most[0] = max(most[0], _memory_mb())

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


def _memory_mb() -> float:
    # A JVM's child that is about to become `chmod`, which Hadoop calls, still shows the JVM's memory as its own.
    me = psutil.Process()
    return sum(_of_each((me, *me.children()), lambda one: one.memory_info().rss)) / 1e6


def _processor_s() -> float:
    me = psutil.Process()
    return sum(_of_each((me, *me.children(recursive=True)), lambda one: sum(one.cpu_times()[:2])))


def _of_each(processes: Iterable[psutil.Process], what: Callable[[psutil.Process], float]) -> Iterator[float]:
    """Something of each process that has not ended meanwhile."""
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            yield what(one)
