"""Whether the lake may have grown since the last run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import redis

from tickertape.control.progress import read_counts

_SOURCES = ("twitter", "stocks")
# What was counted is in the lake this much later at the latest: Firehose on AWS waits for up to a minute by default.
_DELIVERY_S = 120.0


@dataclass(slots=True)
class Arrivals:
    """Whether the lake may have grown: the sources' counters moved a short while ago, and there are new keys."""

    client: redis.Redis
    interval_s: float
    counts: Mapping[str, dict[str, int]] = field(default_factory=dict)
    moved_at: float = float("-inf")
    looked_at: float = float("-inf")
    seen: frozenset[str] = frozenset()

    def batched(self, keys: frozenset[str]) -> None:
        """A run took these keys; the next run by itself is an interval away."""
        self.seen = keys
        self.looked_at = time.monotonic()

    def due(self) -> bool:
        """Whether it is time to look at the lake's keys."""
        now = time.monotonic()
        counts = {source: read_counts(self.client, source) for source in _SOURCES}
        if counts != self.counts:
            self.counts, self.moved_at = counts, now
        if now - self.moved_at > _DELIVERY_S or now - self.looked_at < self.interval_s:
            return False
        self.looked_at = now
        return True
