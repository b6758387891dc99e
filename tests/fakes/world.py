"""A source, a clock, a sink, a progress report and a bucket in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tickertape.ports import Entry, Position, RawRecord, SinkUnavailable

NOON = datetime(2025, 11, 25, 12, tzinfo=UTC)


class ListSource:
    """The Source port over a list of lines."""

    name = "list"

    def __init__(self, lines: Sequence[bytes], place: str = "tweets.jsonl") -> None:
        self._records = [RawRecord(line, place, number) for number, line in enumerate(lines, start=1)]

    def read(self, after: Position) -> Iterator[RawRecord]:
        return (record for record in self._records if record.number > after.get(record.place, 0))


class SteppingClock:
    """The Clock port; each look at it moves it on by one step."""

    def __init__(self, start: datetime = NOON, step_s: float = 0.0) -> None:
        self._now = start
        self._step = timedelta(seconds=step_s)

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
        self.state: dict[str, str | int] = {}

    def count(self, counts: Mapping[str, int]) -> None:
        self.counts.update(counts)

    def report(self, **state: str | int) -> None:
        self.state |= state


class MemoryStore:
    """The ObjectStore port."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def get(self, key: str) -> bytes:
        return self.objects[key]

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)
