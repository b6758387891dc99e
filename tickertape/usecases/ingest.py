"""From a source into the outbox: classify, hold back until clock and gate let it, take in batches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from tickertape.domain.rejects import Reject
from tickertape.ports.control import Clock, Events, Gate, Progress, Ruling
from tickertape.ports.delivery import NewEntry, NoRoom, Outbox
from tickertape.ports.sources import RawRecord, Source, SourceRefused, SourceUnavailable
from tickertape.usecases.classify import Accepted, Classifier, duplicate, outside_hours
from tickertape.usecases.shortage import Shortage
from tickertape.usecases.upstream import Upstream

# Each batch is one transaction and most often one call to each sink, whose price hardly depends on its size.
BATCH_RECORDS = 2000
# While a tape plays at its own pace, an event waits at most this long for company, seconds.
BATCH_AGE_S = 0.25
# A change of the clock (pause, speed, seek) or of the gate is taken up within this many seconds.
_POLL_S = 0.2
# What every sink has is forgotten this often, seconds.
_PRUNE_S = 2.0


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
        sinks: whose acknowledgement an entry needs before it is forgotten.
        appended: called after each batch, so that publishers wake up.
        stop: ends it.
    """

    def __init__(
        self,
        kind: str,
        source: Source,
        classify: Classifier,
        outbox: Outbox,
        sinks: Sequence[str],
        clock: Clock,
        gate: Gate,
        progress: Progress,
        events: Events,
        wall: Callable[[], datetime],
        appended: Callable[[], None],
        stop: Event,
    ) -> None:
        self._kind = kind
        self._source = source
        self._classify = classify
        self._outbox = outbox
        self._sinks = sinks
        self._clock = clock
        self._gate = gate
        self._progress = progress
        self._wall = wall
        self._appended = appended
        self._stop = stop
        self._events = events
        self._upstream = Upstream(source.name, events)
        self._shortage = Shortage(source, events)
        self._stance = ""
        self._position: dict[str, int] = {}
        self._batch = _Batch()
        self._pruned_at = time.monotonic()

    def run(self) -> None:
        """Read until the source ends or `stop` is set; an unfinished batch is taken in either case."""
        self._position = dict(self._outbox.position(self._source.name))
        self.report("reading")
        ended = False
        while not (ended or self._stop.is_set()):
            try:
                ended = self._read()
            except (SourceUnavailable, SourceRefused) as away:
                self._take_in()
                self._rest("away", self._upstream.failed(away))
        self._take_in()
        self.report("stopped" if self._stop.is_set() else "done")

    def report(self, state: str) -> None:
        """Tell how far this is; also the heartbeat, when the gate is watched, and what every sink has is forgotten."""
        self._follow_gate()
        if time.monotonic() - self._pruned_at >= _PRUNE_S:
            self._outbox.prune(self._sinks)
            self._pruned_at = time.monotonic()
        # A live source's positions are times or cursors: how far it is of what, nobody knows.
        read = {} if self._source.live else {"read": sum(self._position.values())}
        depths = {sink: self._outbox.depth(sink) for sink in self._sinks}
        self._progress.report(
            state=state,
            source=self._source.name,
            **read,
            outbox=max(depths.values()),
            **{f"outbox:{sink}": depth for sink, depth in depths.items()},
            **{f"position:{place}": number for place, number in self._position.items()},
        )

    def _read(self) -> bool:
        """Read from the position on; returns whether the source has ended, and not only this reading of it."""
        if self._source.live and not self._gate_lets_in():
            return False
        records = self._source.read(dict(self._position))
        try:
            for record in records:
                if self._stop.is_set():
                    return False  # `record` was not taken: the next start reads it again
                if record is None:
                    self._take_in()
                    self.report("listening")
                    if not self._gate_lets_in():
                        return False
                    continue
                self._upstream.gave()
                decided = self._admitted(record, self._classify(record))
                if decided is None:
                    return False
                self._batch.add(record, decided)
                if self._batch.is_ripe():
                    self._take_in()
                    self.report("reading")
        finally:
            if isinstance(records, Generator):
                records.close()  # a live source's connection must not wait for the garbage collector
        return True

    def _admitted(self, record: RawRecord, decided: Accepted | Reject) -> Accepted | Reject | None:
        """What becomes of the record once clock and gate let it; None when it has to be read again later."""
        if isinstance(decided, Reject):
            return decided
        if not self._source.live:
            self._hold_back(decided.moment)
        while not self._stop.is_set():
            ruling = self._gate.ruling(decided.moment)
            if ruling is Ruling.PASS or (ruling is Ruling.REFUSE and not decided.in_market_hours):
                return decided
            if ruling is Ruling.REFUSE:
                return outside_hours(record, self._kind, decided, self._wall())
            self._take_in()
            if self._source.live:
                break
            self._rest("held", _POLL_S)
        return None

    def _gate_lets_in(self) -> bool:
        """Whether a live source may be read; while somebody holds the gate closed it waits a moment."""
        held = self._gate.ruling(self._clock.now()) is Ruling.HOLD
        if held:
            self._rest("held", _POLL_S)
        return not held

    def _follow_gate(self) -> None:
        """Say what the gate makes this service do, whenever that changes."""
        stance = self._gate.stance()
        if stance != self._stance:
            self._stance = stance
            self._events.emit("gate_followed", source=self._source.name, does=stance)

    def _hold_back(self, moment: datetime) -> None:
        """Wait until the clock shows `moment`; what was read before goes out meanwhile."""
        while (wait_s := self._clock.seconds_until(moment)) > 0 and not self._stop.is_set():
            if self._batch.is_ripe() or (self._batch.entries and wait_s > BATCH_AGE_S):
                self._take_in()
            self.report("waiting")
            self._stop.wait(min(wait_s, _POLL_S))

    def _rest(self, state: str, wait_s: float) -> None:
        """Do nothing for so long but show that the loop turns."""
        until = time.monotonic() + wait_s
        while (left_s := until - time.monotonic()) > 0 and not self._stop.is_set():
            self.report(state)
            self._stop.wait(min(left_s, 1.0))

    def _take_in(self) -> None:
        decided, self._batch = self._batch.entries, _Batch()
        if not decided:
            return
        position = dict(self._position)
        for record, _ in decided:
            position[record.place] = record.number
        entries, counts, by_symbol = self._without_duplicates(decided)
        while not self._appended_with_room(entries, position):
            if self._source.live:
                self._shortage.shed(len(decided))
                self._progress.count({"shed:outbox_full": len(decided)})
                self._position = position
                return
            if self._stop.is_set():
                return  # nothing was taken: the next start reads it again
            self._rest("full", _POLL_S)
        self._position = position
        self._progress.count(counts, by_symbol)
        self._appended()

    def _appended_with_room(self, entries: Sequence[NewEntry], position: dict[str, int]) -> bool:
        try:
            self._outbox.append(self._source.name, entries, position)
        except NoRoom as full:
            self._outbox.prune(self._sinks)
            self._shortage.began(full)
            return False
        self._shortage.ended()
        return True

    def _without_duplicates(
        self, decided: list[tuple[RawRecord, Accepted | Reject]]
    ) -> tuple[list[NewEntry], Counter[str], Counter[tuple[str, str]]]:
        ids = [outcome.event_id for _, outcome in decided if isinstance(outcome, Accepted)]
        known = dict(self._outbox.digests(ids))
        entries: list[NewEntry] = []
        counts: Counter[str] = Counter(read=len(decided))
        by_symbol: Counter[tuple[str, str]] = Counter()
        for record, decision in decided:
            outcome, symbols = decision, decision.symbols if isinstance(decision, Accepted) else ()
            if isinstance(outcome, Accepted):
                before = known.setdefault(outcome.event_id, outcome.digest)
                if before is not outcome.digest:
                    outcome = duplicate(record, self._kind, outcome, same=before == outcome.digest, at=self._wall())
            if isinstance(outcome, Accepted):
                name = "accepted"
                entries.append(NewEntry(False, outcome.event_id, outcome.key, outcome.line, outcome.digest))
            else:
                name = f"{outcome.outcome}:{outcome.reason}"
                entries.append(NewEntry(True, outcome.event_id or "", "", outcome.to_line(), b""))
            counts[name] += 1
            for symbol in symbols or ("",):
                by_symbol[symbol, name] += 1
        return entries, counts, by_symbol
