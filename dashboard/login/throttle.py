"""How often somebody may fail: so many times in a while, and then not before the oldest failure is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping

WINDOW_S = 300.0


class Throttle:
    """Counts failures by whatever a limit is set for. An attempt counts as one until it has succeeded.

    Args:
        monotonic: seconds that only rise.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: dict[Hashable, list[float]] = {}
        self._guard = threading.Lock()

    def begin(self, limits: Mapping[Hashable, int]) -> float:
        """Begin an attempt; returns 0, or the seconds to wait if it may not be made now.

        It counts before it is known to fail: else many at once would all be the last one allowed.

        Args:
            limits: the failures that each key may have.
        """
        now = self._monotonic()
        with self._guard:
            self._forget(now - WINDOW_S)
            waits = [
                self._failures[key][-limit] + WINDOW_S - now
                for key, limit in limits.items()
                if len(self._failures.get(key, ())) >= limit
            ]
            if waits:
                return max(waits)
            for key in limits:
                self._failures.setdefault(key, []).append(now)
            return 0.0

    def succeed(self, limits: Mapping[Hashable, int]) -> None:
        """Take an attempt back that succeeded."""
        with self._guard:
            for key in limits:
                if self._failures.get(key):
                    self._failures[key].pop()

    def _forget(self, before: float) -> None:
        kept = {key: [at for at in failures if at > before] for key, failures in self._failures.items()}
        self._failures = {key: failures for key, failures in kept.items() if failures}
