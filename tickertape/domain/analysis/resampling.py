"""How sure a measure is: the moving-block bootstrap.

Künsch, H. R. (1989): The jackknife and the bootstrap for general stationary observations. Annals of Statistics 17 (3),
1217-1241. Blocks of moments are drawn, not single ones, since neighbouring candles are not independent; and a moment is
drawn with all its tickers, since they move together.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tickertape.domain.analysis.confusion import Counts

Measure = Callable[[Counts], float]
# The middle of so many percent of the resamples is the interval.
LEVEL = 0.95
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A measure and its 95 % confidence interval, of percentiles."""

    value: float
    low: float
    high: float


def block_length(moments: int) -> int:
    """How many moments a block has: the cube root of how many there are, the rate of Künsch's theorem 3.3.

    >>> block_length(316)
    7
    """
    return max(1, round(math.cbrt(moments)))


class BlockBootstrap:
    """Resamples of one row of moments, the same for all that is measured there, so that differences are of pairs.

    Args:
        moments: how many there are, at least one.
        seed: the same gives the same resamples.
    """

    def __init__(self, moments: int, seed: int, resamples: int = RESAMPLES) -> None:
        self.block = block_length(moments)
        dice = random.Random(seed)
        whole, rest = divmod(moments, self.block)
        lengths = [self.block] * whole + [rest] * (rest > 0)
        self._draws = [
            [(start, start + length) for length in lengths for start in (dice.randrange(moments - length + 1),)]
            for _ in range(resamples)
        ]

    def counts(self, by_moment: Sequence[Counts]) -> list[Counts]:
        """The counts of each resample."""
        sums = [list(accumulate(column, initial=0)) for column in zip(*by_moment, strict=True)]
        return [Counts(*(sum(up[end] - up[start] for start, end in draw) for up in sums)) for draw in self._draws]


def total(by_moment: Sequence[Counts]) -> Counts:
    """The sum."""
    return Counts(*map(sum, zip(*by_moment, strict=True)))


def interval(value: float, resampled: Sequence[float]) -> Interval:
    """A measure with the middle 95 % of its resamples."""
    ordered = sorted(resampled)
    tail = (1 - LEVEL) / 2
    last = len(ordered) - 1
    return Interval(value, ordered[round(tail * last)], ordered[round((1 - tail) * last)])
