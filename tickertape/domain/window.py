"""The part of a tape that is replayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a tape that is replayed, both ends included; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether that time is in the window."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment <= self.until)
