"""A live source that fails: when it is tried again, and what is told of it once instead of each time."""

from __future__ import annotations

import random

from tickertape.ports.control import Events
from tickertape.ports.sources import SourceRefused, SourceUnavailable

_FIRST_S, _MOST_S = 1.0, 60.0
# A key that a provider refuses may be put right on its side.
_REFUSED_S = 900.0


class Upstream:
    """One source's failures; an episode of them is one event, and its end another."""

    def __init__(self, source: str, events: Events) -> None:
        self._source = source
        self._events = events
        self._failures = 0
        self._told = ""

    def failed(self, away: SourceUnavailable | SourceRefused) -> float:
        """Tell of it unless it was told before; returns after how many seconds to try again."""
        self._failures += 1
        refused = isinstance(away, SourceRefused)
        name = "source_refused" if isinstance(away, SourceRefused) else away.event
        wait_s = _REFUSED_S if isinstance(away, SourceRefused) else self._wait_s(away.retry_after_s)
        if name != self._told:
            self._told = name
            level = "error" if refused else "warning"
            self._events.emit(name, level=level, source=self._source, why=str(away), retry_in_s=round(wait_s, 1))
        return wait_s

    def gave(self) -> None:
        """The source gives records (again)."""
        if self._failures:
            self._events.emit("source_back", source=self._source, after_attempts=self._failures)
        self._failures, self._told = 0, ""

    def _wait_s(self, asked_s: float | None) -> float:
        if asked_s is not None:
            return asked_s
        return float(min(_MOST_S, _FIRST_S * 2 ** min(self._failures - 1, 10)) * random.uniform(0.5, 1.0))
