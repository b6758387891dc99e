"""A cache over time, so that many viewers cost what one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

# An answer that took long is kept this many times as long, so that views which are refreshed do not ask all the time.
_KEPT_TIMES = 5


@dataclass(slots=True)
class _Entry:
    value: Any = None
    # An entry is not dropped before its first value is there.
    expires_at: float = float("inf")
    filled: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class TimedCache:
    """Values kept for some seconds. Viewers who ask for one key at once wait for a single answer."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._entries: dict[Hashable, _Entry] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable, fresh_s: float, make: Callable[[], Any]) -> Any:
        """The value of `key`, made anew when it is older than `fresh_s` seconds, or `_KEPT_TIMES` what making it took.

        What `make` raises is not kept.
        """
        with self._guard:
            self._drop_expired()
            entry = self._entries.setdefault(key, _Entry())
        with entry.lock:
            if not entry.filled:
                began = self._monotonic()
                try:
                    entry.value = make()
                    entry.filled = True
                finally:
                    now = self._monotonic()
                    entry.expires_at = now + (max(fresh_s, _KEPT_TIMES * (now - began)) if entry.filled else 0)
            return entry.value

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._entries.clear()

    def _drop_expired(self) -> None:
        # Keys come from addresses, so without this a crawler would fill the memory.
        now = self._monotonic()
        self._entries = {key: entry for key, entry in self._entries.items() if entry.expires_at > now}
