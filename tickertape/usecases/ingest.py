"""From a source into the outbox: classify, hold back until the clock shows the event's time, take in batches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from tickertape.domain.rejects import Reject
from tickertape.ports import Clock, NewEntry, Outbox, Progress, RawRecord, Source
from tickertape.usecases.classify import Accepted, Classifier, duplicate

BATCH_RECORDS = 500
# While a tape plays at its own pace, an event waits at most this long for company, seconds.
BATCH_AGE_S = 0.25
# A change of the clock (pause, speed, seek) is taken up within this many seconds.
_CLOCK_POLL_S = 0.2


@dataclass
class _Batch:
    entries: list[tuple[RawRecord, Accepted | Reject]] = field(default_factory=list)
    began: float = 0.0

    def add(self, record: RawRecord, decided: Accepted | Reject) -> None:
        if not self.entries:
            self.began = time.monotonic()
        self.entries.append((record, decided))

    def is_ripe(self) -> bool:
        return len(self.entries) >= BATCH_RECORDS or (
            bool(self.entries) and time.monotonic() - self.began >= BATCH_AGE_S
        )


class Ingest:
    """Reads one source to its end, or until told to stop; everything read is in the outbox before it moves on.

    Args:
        kind: `tweets` or `bars`.
        depth: how many entries wait in the outbox, for the progress report.
        appended: called after each batch, so that publishers wake up.
    """

    def __init__(
        self,
        kind: str,
        source: Source,
        classify: Classifier,
        outbox: Outbox,
        clock: Clock,
        progress: Progress,
        wall: Callable[[], datetime],
        appended: Callable[[], None],
        depth: Callable[[], int],
    ) -> None:
        self._kind = kind
        self._source = source
        self._classify = classify
        self._outbox = outbox
        self._clock = clock
        self._progress = progress
        self._wall = wall
        self._appended = appended
        self._depth = depth
        self._position: dict[str, int] = {}
        self._batch = _Batch()

    def run(self, stop: Event) -> None:
        """Read until the source ends or `stop` is set; an unfinished batch is taken in either case."""
        self._position = dict(self._outbox.position(self._source.name))
        self.report("reading")
        for record in self._source.read(self._position):
            decided = self._classify(record)
            if isinstance(decided, Accepted):
                self._hold_back(decided.moment, stop)
            if stop.is_set():
                break  # `record` was not taken: the next start reads it again
            self._batch.add(record, decided)
            if self._batch.is_ripe():
                self._take_in()
                self.report("reading")
        self._take_in()
        self.report("stopped" if stop.is_set() else "done")

    def report(self, state: str) -> None:
        """Tell how far this is; also the heartbeat."""
        self._progress.report(
            state=state,
            read=sum(self._position.values()),
            outbox=self._depth(),
            **{f"position:{place}": number for place, number in self._position.items()},
        )

    def _hold_back(self, moment: datetime, stop: Event) -> None:
        """Wait until the clock shows `moment`; what was read before goes out meanwhile."""
        while (wait_s := self._clock.seconds_until(moment)) > 0 and not stop.is_set():
            if self._batch.is_ripe() or (self._batch.entries and wait_s > BATCH_AGE_S):
                self._take_in()
            self.report("waiting")
            stop.wait(min(wait_s, _CLOCK_POLL_S))

    def _take_in(self) -> None:
        decided, self._batch = self._batch.entries, _Batch()
        if not decided:
            return
        entries, counts = self._without_duplicates(decided)
        for record, _ in decided:
            self._position[record.place] = record.number
        self._outbox.append(self._source.name, entries, self._position)
        self._progress.count(counts)
        self._appended()

    def _without_duplicates(
        self, decided: list[tuple[RawRecord, Accepted | Reject]]
    ) -> tuple[list[NewEntry], Counter[str]]:
        ids = [outcome.event_id for _, outcome in decided if isinstance(outcome, Accepted)]
        known = dict(self._outbox.digests(ids))
        entries: list[NewEntry] = []
        counts: Counter[str] = Counter(read=len(decided))
        for record, decision in decided:
            outcome = decision
            if isinstance(outcome, Accepted):
                before = known.setdefault(outcome.event_id, outcome.digest)
                if before is not outcome.digest:
                    outcome = duplicate(record, self._kind, outcome, same=before == outcome.digest, at=self._wall())
            if isinstance(outcome, Accepted):
                counts["accepted"] += 1
                entries.append(NewEntry(False, outcome.event_id, outcome.key, outcome.line, outcome.digest))
            else:
                counts[f"{outcome.outcome}:{outcome.reason}"] += 1
                entries.append(NewEntry(True, outcome.event_id or "", "", outcome.to_line(), b""))
        return entries, counts
