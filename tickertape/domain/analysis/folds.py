"""Walk-forward validation: what a model is measured on always lies after what it has learnt from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickertape.domain.analysis.observations import Observation

# A year of sessions to learn from before the first forecast, and half of what there is where that is less.
_FIRST = 250
# With fewer moments than these nothing can be fitted, or measured.
LEAST_TRAINED, LEAST_TESTED = 10, 5
# Moments between the end of the last answer that is learnt from and the first forecast: one, the horizon itself.
_EMBARGO = 1
NEEDED = LEAST_TRAINED + _EMBARGO + LEAST_TESTED


@dataclass(frozen=True, slots=True)
class Fold:
    """One step of the walk.

    Attributes:
        train: what is learnt from.
        test: what is forecast then, all of it later.
    """

    train: Sequence[Observation]
    test: Sequence[Observation]


class TooFew(ValueError):
    """There is too little data to learn from and to measure on.

    Attributes:
        moments: how many different ends of candles with an answer there are.
        needed: how many it takes.
    """

    def __init__(self, moments: int, needed: int = NEEDED) -> None:
        super().__init__(f"{moments} moments with a known next one, {needed} are needed")
        self.moments = moments
        self.needed = needed


def walk_forward(seen: Sequence[Observation], step: int) -> Iterator[Fold]:
    """The folds: all before a moment is learnt from, the next `step` moments are forecast, and so on to the end.

    An observation is learnt from only if its answer was known before the first moment that is forecast, and not at that
    moment: so a candle lies between the two, as long as the horizon (the embargo).

    Args:
        seen: observations of one interval, by time; those without an answer are left out.

    Raises:
        TooFew: there are fewer than `NEEDED` moments.
    """
    labelled = [each for each in seen if each.is_labelled]
    moments = sorted({each.at for each in labelled})
    if len(moments) < NEEDED:
        raise TooFew(len(moments))
    first = max(LEAST_TRAINED + _EMBARGO, min(_FIRST, len(moments) // 2))
    times = [each.at for each in labelled]
    for begin in range(first, len(moments), step):
        start = moments[begin]
        until = bisect_left(times, moments[begin + step]) if begin + step < len(moments) else len(labelled)
        here = bisect_left(times, start)
        train = [each for each in labelled[:here] if each.known_at is not None and each.known_at < start]
        yield Fold(train, labelled[here:until])
