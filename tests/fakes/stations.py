"""The stations of a pipeline in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tickertape.domain.sightings import KeptReject, LakeLines, Sighting, TableRows, TapeLine


@dataclass
class MemoryStations:
    """The Stations port over what a test puts there; whatever is asked is answered about one tweet."""

    lines: list[TapeLine] = field(default_factory=list)
    kept: list[KeptReject] = field(default_factory=list)
    depth: int = 0
    document: Sighting | None = None
    items: list[Sighting] = field(default_factory=list)
    objects: list[Sighting] = field(default_factory=list)
    began_at: datetime | None = None
    rows: TableRows | None = None
    periods: list[Sighting] = field(default_factory=list)

    def tape_lines(self, tweet_id: str) -> Sequence[TapeLine]:
        return self.lines

    def outbox_depth(self) -> int:
        return self.depth

    def stored(self, tweet_id: str) -> Sighting | None:
        return self.document

    def served(self, tweet_id: str, created_at: datetime, tickers: Sequence[str]) -> Sequence[Sighting]:
        return self.items

    def lake(self, tweet_id: str) -> LakeLines:
        return LakeLines(self.objects, self.kept)

    def batch_began_at(self) -> datetime | None:
        return self.began_at

    def table_rows(self, tweet_id: str, created_at: datetime) -> TableRows | None:
        return self.rows

    def counts(self, created_at: datetime) -> Sequence[Sighting]:
        return self.periods
