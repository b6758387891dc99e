"""What `up` did and how long each stage took, in `.tickertape/logs/up.log`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tickertape.control.clock import wall_time
from tickertape.domain.times import format_utc


class Journal:
    """A log of events with fields, one a line."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def event(self, name: str, **fields: object) -> None:
        """Write one event down."""
        words = [format_utc(wall_time()), name, *(f"{key}={value}" for key, value in fields.items())]
        with self._path.open("a", encoding="utf-8") as log:
            log.write(" ".join(words) + "\n")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage; how it ended is written down too."""
        began = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            self.event("stage_ended", stage=name, outcome=outcome, seconds=f"{time.monotonic() - began:.2f}")
