"""One series of bars with its averages, kept right whatever comes late, twice or after a restart.

Every stored value is a function of the bars up to it, so new bars change only what lies behind the first of them: it is
computed again from there until the stored values no longer differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickertape.domain.averages import NONE, Averages, MovingAverages
from tickertape.domain.bar import Bar
from tickertape.domain.splits import split_ratio

# Values that differ by less than this part are the same: an exponential average forgets but never quite.
_SAME = 1e-9
# A write that was cut off may leave fresh and stale points mixed over this many, see `Update.later`.
WRITTEN_AT_ONCE = 75


@dataclass(frozen=True, slots=True)
class Point:
    """A bar, its averages and the split before it.

    Attributes:
        derived: made from shorter bars, so that a provider's bar replaces it.
        ratio: of the split between the bar before and this one, 1.0 without one.
    """

    bar: Bar
    derived: bool = False
    ratio: float = 1.0
    averages: Averages = NONE

    def same_as(self, other: Point) -> bool:
        """Whether both say the same, averages up to a billionth."""
        return (
            self.bar == other.bar
            and self.derived == other.derived
            and self.ratio == other.ratio
            and _alike(self.averages.simple, other.averages.simple)
            and _alike(self.averages.exponential, other.averages.exponential)
        )

    def rank(self) -> tuple[object, ...]:
        """Of two points for one time the higher one counts, in whichever order they come.

        A provider's bar before a derived one; then, as a live provider sends a minute again while it grows, the largest
        volume, then the largest by the other fields. The batch chooses in the same way.
        """
        bar = self.bar
        told = str(bar.split.to_event()) if bar.split else ""
        return (not self.derived, bar.volume, bar.open, bar.high, bar.low, bar.close, bar.provider, told)


def _alike(ours: Mapping[int, float], theirs: Mapping[int, float]) -> bool:
    return ours.keys() == theirs.keys() and all(
        math.isclose(value, theirs[window], rel_tol=_SAME, abs_tol=0.0) for window, value in ours.items()
    )


def one_a_time(points: Iterable[Point]) -> dict[datetime, Point]:
    """The point that counts for each time, in order of time."""
    best: dict[datetime, Point] = {}
    for point in points:
        known = best.get(point.bar.ts)
        # A derived bar is made of all its minutes anew: the later one counts.
        if known is None or (known.derived and point.derived) or point.rank() > known.rank():
            best[point.bar.ts] = point
    return dict(sorted(best.items()))


@dataclass(frozen=True, slots=True)
class Update:
    """What new bars change in a series.

    Attributes:
        within: the points that differ from the stored ones, up to the last new bar.
        later: the same behind it. They must be written from the last to the first, at most `WRITTEN_AT_ONCE` at a time:
            if that is cut off and tried again, the first stale point is found before any run of fresh ones.
        newest: the series' last bar; None when the end was not looked at, because nothing changed there.
    """

    within: Sequence[Point]
    later: Sequence[Point]
    newest: Bar | None

    @property
    def changed(self) -> list[Point]:
        """All points that differ, in order of time."""
        return [*self.within, *self.later]


def history_length(windows: Sequence[int]) -> int:
    """How many bars before the first new one `update` needs, if there are so many."""
    return max(windows) - 1


def update(
    history: Sequence[Point], stored: Iterator[Point], new: dict[datetime, Point], windows: Sequence[int]
) -> Update:
    """What `new` points (without averages) change in a series.

    Args:
        history: the last `history_length` stored points before the first new one, or all there are.
        stored: the stored points from the first new one's time on, in order; read only as far as needed.
        new: as `one_a_time` gives them, at least one.
    """
    averages = MovingAverages.resumed(
        windows,
        [(point.bar.close, point.ratio) for point in history],
        history[-1].averages.exponential if history else {},
    )
    # Each later bar's window reaches back over as many bars.
    settled = max(*windows, WRITTEN_AT_ONCE)
    last_new = next(reversed(new))
    before = history[-1].bar if history else None
    within: list[Point] = []
    later: list[Point] = []
    unchanged = 0
    for known, point in _merged(stored, new):
        ratio = split_ratio(before, point.bar) if before else 1.0
        before = point.bar
        made = Point(point.bar, point.derived, ratio, averages.push(point.bar.close, ratio))
        is_same = known is not None and made.same_as(known)
        if not is_same:
            (within if made.bar.ts <= last_new else later).append(made)
        if made.bar.ts > last_new:
            unchanged = unchanged + 1 if is_same else 0
            if unchanged >= settled:
                return Update(within, later, newest=None)
    return Update(within, later, newest=before)


def _merged(stored: Iterator[Point], new: Mapping[datetime, Point]) -> Iterator[tuple[Point | None, Point]]:
    """Stored and new points in order of time: what is stored of each, and what it is now."""
    waiting = iter(new.items())
    ts, coming = next(waiting, (None, None))
    for known in stored:
        while ts is not None and coming is not None and ts < known.bar.ts:
            yield None, coming
            ts, coming = next(waiting, (None, None))
        if coming is not None and ts == known.bar.ts:
            (best,) = one_a_time([known, coming]).values()
            yield known, best
            ts, coming = next(waiting, (None, None))
        else:
            yield known, known
    while coming is not None:
        yield None, coming
        ts, coming = next(waiting, (None, None))
