"""No source at all, for a stack whose other service is the one that is wanted."""

from __future__ import annotations

from collections.abc import Iterator

from tickertape.ports.sources import Position, RawRecord


class Nothing:
    """The Source that has ended before it began."""

    name = "none"
    live = False

    def read(self, after: Position) -> Iterator[RawRecord]:
        """Nothing."""
        return iter(())
