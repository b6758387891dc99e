"""The Outbox port in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tickertape.ports.delivery import Entry, NewEntry, NoRoom
from tickertape.ports.sources import Position


class MemoryOutbox:
    """Keeps everything in lists and dicts.

    Args:
        room: how many entries it holds at most.
    """

    def __init__(self, room: float = float("inf")) -> None:
        self.room = room
        self.entries: list[Entry] = []
        self._positions: dict[str, Position] = {}
        self._digests: dict[str, bytes] = {}
        self._acknowledged: dict[str, int] = {}
        self._sequence = 0

    def position(self, source: str) -> Position:
        return self._positions.get(source, {})

    def digests(self, event_ids: Sequence[str]) -> Mapping[str, bytes]:
        return {event_id: self._digests[event_id] for event_id in event_ids if event_id in self._digests}

    def append(self, source: str, entries: Sequence[NewEntry], position: Position) -> None:
        if len(self.entries) >= self.room:
            raise NoRoom(f"{len(self.entries)} entries")
        for entry in entries:
            self._sequence += 1
            self.entries.append(Entry(self._sequence, entry.rejected, entry.event_id, entry.key, entry.line))
            if not entry.rejected:
                self._digests.setdefault(entry.event_id, entry.digest)
        self._positions[source] = dict(position)

    def pending(self, sink: str, limit: int) -> list[Entry]:
        after = self._acknowledged.get(sink, 0)
        return [entry for entry in self.entries if entry.sequence > after][:limit]

    def acknowledge(self, sink: str, sequence: int) -> None:
        self._acknowledged[sink] = sequence

    def depth(self, sink: str) -> int:
        return len(self.pending(sink, len(self.entries)))

    def prune(self, sinks: Sequence[str]) -> int:
        least = min((self._acknowledged.get(sink, 0) for sink in sinks), default=0)
        kept = [entry for entry in self.entries if entry.sequence > least]
        pruned, self.entries = len(self.entries) - len(kept), kept
        return pruned

    def close(self) -> None:
        """Nothing to release."""
