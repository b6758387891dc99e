"""Sources, a gate, a clock, a sink, a progress report, events and a bucket in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tickertape.ports.control import Ruling
from tickertape.ports.delivery import Entry, SinkUnavailable
from tickertape.ports.lake import ObjectMissing
from tickertape.ports.sources import Position, RawRecord

NOON = datetime(2025, 11, 25, 12, tzinfo=UTC)


class ListSource:
    """The Source port over a list of lines."""

    name = "list"
    live = False

    def __init__(self, lines: Sequence[bytes], place: str = "tweets.jsonl") -> None:
        self.records = [RawRecord(line, place, number) for number, line in enumerate(lines, start=1)]

    def read(self, after: Position) -> Iterator[RawRecord]:
        return (record for record in self.records if record.number > after.get(record.place, 0))


class LiveSource:
    """A live source that follows a script: bytes are records, None is silence, an exception is raised.

    At the script's end it calls `ended` and is silent. Reading again goes on with the script.
    """

    name = "live"
    live = True

    def __init__(self, script: Sequence[bytes | Exception | None], ended: Callable[[], None]) -> None:
        self._script = list(script)
        self._ended = ended
        self.number = 0
        self.readings: list[Position] = []

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        self.readings.append(after)
        while self._script:
            step = self._script.pop(0)
            if isinstance(step, Exception):
                raise step
            if step is None:
                yield None
                continue
            self.number += 1
            yield RawRecord(step, "stream", self.number)
        self._ended()
        yield None


class ScriptedGate:
    """The Gate port: one ruling after the other, the last one for ever."""

    def __init__(self, *rulings: Ruling) -> None:
        self._rulings = list(rulings or [Ruling.PASS])

    def ruling(self, moment: datetime) -> Ruling:
        return self._rulings.pop(0) if len(self._rulings) > 1 else self._rulings[0]

    def is_open(self) -> bool:
        return self._rulings[0] is Ruling.PASS

    def stance(self) -> str:
        return "scripted"


class MemoryEvents:
    """The Events port."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, str | int | float]]] = []

    def emit(self, event: str, *, level: str = "info", correlation: str = "", **fields: str | int | float) -> None:
        self.told.append((event, fields))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told if name != "gate_followed"]


class MemoryFlags:
    """The Flags port; `off` holds the names of those that are off."""

    def __init__(self, *off: str) -> None:
        self.off = set(off)

    def is_on(self, name: str) -> bool:
        return name not in self.off


class SteppingClock:
    """The Clock port; each look at it moves it on by one step."""

    def __init__(self, start: datetime = NOON, step_s: float = 0.0) -> None:
        self._now = start
        self._step = timedelta(seconds=step_s)

    def set(self, moment: datetime) -> None:
        self._now = moment

    def now(self) -> datetime:
        return self._now

    def seconds_until(self, moment: datetime) -> float:
        self._now += self._step
        # A thousandth, so that waiting for it takes no time in a test.
        return max(0.0, (moment - self._now).total_seconds()) / 1000


class ListSink:
    """The Sink port; refuses the first `failures` deliveries."""

    name = "list"

    def __init__(self, failures: int = 0) -> None:
        self.delivered: list[Entry] = []
        self._failures = failures

    def deliver(self, entries: Sequence[Entry]) -> None:
        if self._failures:
            self._failures -= 1
            raise SinkUnavailable(self.name, "away", retry_after_s=0.001)
        self.delivered += entries


class MemoryProgress:
    """The Progress port."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.by_symbol: Counter[tuple[str, str]] = Counter()
        self.state: dict[str, str | int] = {}

    def count(self, counts: Mapping[str, int], by_symbol: Mapping[tuple[str, str], int] | None = None) -> None:
        self.counts.update(counts)
        self.by_symbol.update(by_symbol or {})

    def report(self, **state: str | int) -> None:
        self.state |= state


class MemoryStore:
    """The ObjectStore port."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise ObjectMissing(key)
        return self.objects[key]

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)
