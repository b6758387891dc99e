"""What the live sources of bars share: which bars are closed and new, a bar as a record, and waiting with a pulse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from tickertape.domain.bar_formats import ProviderBar
from tickertape.ports.sources import Position, RawRecord

MINUTE = timedelta(minutes=1)
_PULSE_S = 0.25
# A position within a symbol is the epoch second that its newest bar began at.
_NEVER = 0


def pulses(seconds: float) -> Iterator[None]:
    """None at once, and then several times a second until `seconds` have passed."""
    until = time.monotonic() + seconds
    yield None
    while (left_s := until - time.monotonic()) > 0:
        time.sleep(min(left_s, _PULSE_S))
        yield None


class NewBars:
    """Turns closed bars that were not given out before into records, whose place is the symbol.

    Args:
        after: the newest bar of each symbol that was taken, as epoch seconds of its beginning.
        wall: decides which minutes are over; None where the provider sends only those (our clock may be behind its).
        settle: how long after its minute a bar is still left alone, because the provider corrects it.
    """

    def __init__(self, after: Position, wall: Callable[[], datetime] | None, settle: timedelta = timedelta(0)) -> None:
        self._newest = dict(after)
        self._wall = wall
        self._settle = settle

    def newest(self, symbol: str) -> int | None:
        """When the symbol's newest bar began, epoch seconds, or None before its first."""
        return self._newest.get(symbol)

    def records(self, bars: Iterable[ProviderBar]) -> Iterator[RawRecord]:
        """The closed and new ones among `bars`, which come oldest first within a symbol.

        A bar without a readable time is given out too, at the position before it: the classifier turns it away, and
        its bytes are kept.
        """
        latest = self._wall() - MINUTE - self._settle if self._wall else None
        for bar in bars:
            if bar.begins is not None:
                is_known = int(bar.begins.timestamp()) <= self._newest.get(bar.symbol, _NEVER)
                if is_known or (latest and bar.begins > latest):
                    continue
                self._newest[bar.symbol] = int(bar.begins.timestamp())
            yield RawRecord(bar.raw, bar.symbol, self._newest.get(bar.symbol, _NEVER), bar.fields)
