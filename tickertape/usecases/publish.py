"""From the outbox to one sink: in order, with back-off while the sink is away, acknowledged only when delivered."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Condition, Event, Thread

import structlog

from tickertape.ports.control import Events
from tickertape.ports.delivery import Outbox, Sink, SinkUnavailable

# Four full Firehose records; enough to fill several Kinesis calls.
_BATCH_ENTRIES = 2000
_IDLE_S = 0.5
_BACKOFF_FIRST_S, _BACKOFF_MOST_S = 0.2, 10.0

_log = structlog.get_logger()


class Bell:
    """Wakes every publisher when the outbox has grown."""

    def __init__(self) -> None:
        self._condition = Condition()

    def ring(self) -> None:
        """Wake all who wait."""
        with self._condition:
            self._condition.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Sleep until the bell rings, `timeout_s` seconds at most."""
        with self._condition:
            self._condition.wait(timeout_s)


class Publisher:
    """Drains an outbox into one sink on a thread of its own."""

    def __init__(self, outbox: Outbox, sink: Sink, bell: Bell, events: Events) -> None:
        self.sink = sink
        self._events = events
        self._outbox = outbox
        self._bell = bell
        self._failures = 0

    def start(self, stop: Event, failed: Callable[[BaseException], None]) -> Thread:
        """Run until `stop` is set; an error that is not the sink being away ends it and is told to `failed`."""

        def run() -> None:
            try:
                self.run(stop)
            except BaseException as error:
                failed(error)
                raise

        thread = Thread(target=run, name=f"publish-{self.sink.name}", daemon=True)
        thread.start()
        return thread

    def run(self, stop: Event) -> None:
        """Deliver what waits, then what comes, until `stop` is set."""
        while not stop.is_set():
            try:
                delivered = self.drain_once()
            except SinkUnavailable as away:
                self._back_off(away, stop)
                continue
            if delivered == 0:
                self._bell.wait(_IDLE_S)

    def drain_once(self) -> int:
        """Deliver and acknowledge one batch; returns how many entries it had.

        Raises:
            SinkUnavailable: nothing of the batch was acknowledged.
        """
        entries = self._outbox.pending(self.sink.name, _BATCH_ENTRIES)
        if entries:
            self.sink.deliver(entries)
            self._outbox.acknowledge(self.sink.name, entries[-1].sequence)
            if self._failures:
                self._events.emit("sink_back", sink=self.sink.name, after_attempts=self._failures)
            self._failures = 0
        return len(entries)

    def _back_off(self, away: SinkUnavailable, stop: Event) -> None:
        self._failures += 1
        wait_s = min(_BACKOFF_MOST_S, _BACKOFF_FIRST_S * 2 ** min(self._failures, 10))
        wait_s = away.retry_after_s or wait_s * random.uniform(0.5, 1.0)
        if self._failures == 1:
            self._events.emit("sink_unavailable", level="warning", sink=self.sink.name, why=str(away)[:500])
        _log.warning("sink_tried_again", sink=self.sink.name, why=str(away)[:500], retry_in_s=round(wait_s, 1))
        stop.wait(wait_s)
