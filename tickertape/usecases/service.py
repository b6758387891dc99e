"""A whole ingest service: one source, one outbox, several sinks, until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event, Thread
from types import FrameType

import structlog

from tickertape.ports.control import Clock, Events, Gate, Progress
from tickertape.ports.delivery import Outbox, Sink
from tickertape.ports.sources import Source
from tickertape.usecases.classify import Classifier
from tickertape.usecases.ingest import Ingest
from tickertape.usecases.publish import Bell, Publisher

_IDLE_S = 1.0
# Docker kills after ten seconds; what is in flight has this long, seconds.
_STOP_S = 8.0

_log = structlog.get_logger()


def run_ingest_service(
    kind: str,
    source: Source,
    classify: Classifier,
    outbox: Outbox,
    sinks: Sequence[Sink],
    clock: Clock,
    gate: Gate,
    progress: Progress,
    events: Events,
    wall: Callable[[], datetime],
    stop: Event,
) -> int:
    """Read, keep and publish until `stop` is set; returns the exit code.

    At the end of a tape the service stays, so that its state can be read and a supervisor does not start it again.
    """
    bell, errors = Bell(), list[BaseException]()

    def failed(error: BaseException) -> None:
        errors.append(error)
        stop.set()

    names = [sink.name for sink in sinks]
    ingest = Ingest(kind, source, classify, outbox, names, clock, gate, progress, events, wall, bell.ring, stop)
    threads = [Publisher(outbox, sink, bell, events).start(stop, failed) for sink in sinks]
    try:
        ingest.run()
        _log.info("source_ended", kind=kind, stopped=stop.is_set())
        while not stop.wait(_IDLE_S):
            ingest.report("done")
    finally:
        stop.set()
        bell.ring()
        _join(threads)
        outbox.close()
    for error in errors:
        _log.error("publisher_failed", error=repr(error))
    return 1 if errors else 0


def _join(threads: Sequence[Thread]) -> None:
    for thread in threads:
        thread.join(_STOP_S / len(threads))


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stop = Event()

    def handle(number: int, _: FrameType | None) -> None:
        _log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop
