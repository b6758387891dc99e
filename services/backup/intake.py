"""Whether everything that is due in a replay has come into the data store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# The ingest services, and what they say when they have read all that is due.
SERVICES = ("twitter", "stocks")
_CAUGHT_UP = frozenset({"waiting", "done", "held", "listening", "stopped"})
# A service takes up to so long to see that the clock was turned, seconds.
_SURE_S = 1.0
# Then the backup is made all the same, seconds.
_LIMIT_S = 600.0


class Intake:
    """Looks at the ingest services' progress; asked again and again while a backup is due.

    Args:
        read: a service's progress.
        monotonic: seconds.
    """

    def __init__(self, read: Callable[[str], Mapping[str, str]], monotonic: Callable[[], float]) -> None:
        self._read = read
        self._monotonic = monotonic
        self._asked_at: float | None = None
        self._caught_up_at: float | None = None
        self._emptied: set[str] = set()

    def is_in(self) -> bool:
        """Whether it has; once it has said so, it begins anew."""
        now = self._monotonic()
        if self._asked_at is None:
            self._asked_at = now
        found = {service: self._read(service) for service in SERVICES}
        if not all(progress.get("state") in _CAUGHT_UP for progress in found.values()):
            self._caught_up_at = None
            self._emptied.clear()
        else:
            if self._caught_up_at is None:
                self._caught_up_at = now
            # While a fast tape plays, the outboxes of two services are hardly ever empty at the same time.
            if now - self._caught_up_at >= _SURE_S:
                self._emptied |= {name for name, progress in found.items() if progress.get("outbox") == "0"}
        if self._emptied == set(SERVICES) or now - self._asked_at >= _LIMIT_S:
            self._asked_at = self._caught_up_at = None
            self._emptied.clear()
            return True
        return False
