"""Whether a measure could be chance: permutation tests, which are as exact for little data as for much.

Blocks of moments are moved, with all their tickers, for the same reason as in `resampling`. A p-value counts the data
itself as one of the permutations, so that it is never 0: Phipson, B. and Smyth, G. K. (2010): Permutation p-values
should never be zero. Statistical Applications in Genetics and Molecular Biology 9 (1), 39.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tickertape.domain.analysis.confusion import Counts, matthews
from tickertape.domain.analysis.resampling import total


class Cell(NamedTuple):
    """Where a forecast stands: its moment and its ticker, both as numbers from 0."""

    moment: int
    ticker: int


class OutcomePermutations:
    """The outcomes, their blocks of moments in other orders: what came at another time is held against a forecast.

    A table of moments and tickers is one large number here, a bit a cell, so that a permutation is counted at once.

    Args:
        outcomes: what came in each cell, True for up; cells that are not there have no outcome.
    """

    def __init__(self, outcomes: Sequence[tuple[Cell, bool]], block: int, seed: int, permutations: int) -> None:
        self._moments = 1 + max(cell.moment for cell, _ in outcomes)
        self._tickers = 1 + max(cell.ticker for cell, _ in outcomes)
        self._present = self._bits(cell for cell, _ in outcomes)
        self._up = self._bits(cell for cell, is_up in outcomes if is_up)
        starts = range(0, self._moments, block)
        dice = random.Random(seed)
        orders = (dice.sample(starts, len(starts)) for _ in range(permutations))
        self._permuted = [
            tuple(self._moved(bits, order, block) for bits in (self._present, self._up)) for order in orders
        ]

    def p_value(self, forecasts: Sequence[tuple[Cell, bool]]) -> float:
        """How often outcomes in another order meet forecasts at least as well as they do in their own, one-sided.

        Args:
            forecasts: all of them, or those of some tickers; True for up.
        """
        here = int(self._bits(cell for cell, _ in forecasts), 2)
        said_up = int(self._bits(cell for cell, says_up in forecasts if says_up), 2)
        measured = _matthews(here & int(self._present, 2), said_up, int(self._up, 2))
        as_good = sum(_matthews(here & present, said_up, up) >= measured for present, up in self._permuted)
        return (1 + as_good) / (1 + len(self._permuted))

    def _bits(self, cells: Iterable[Cell]) -> str:
        """A table with 1 in these cells, moment by moment."""
        bits = ["0"] * (self._moments * self._tickers)
        for cell in cells:
            bits[cell.moment * self._tickers + cell.ticker] = "1"
        return "".join(bits)

    def _moved(self, bits: str, order: Iterable[int], block: int) -> int:
        width = self._tickers
        return int("".join(bits[start * width : (start + block) * width] for start in order), 2)


def swapped_p_value(one: Sequence[Counts], other: Sequence[Counts], block: int, seed: int, permutations: int) -> float:
    """How often `one` is better than `other` by as much as it is, if each block's forecasts could be either's.

    Args:
        one, other: the counts of both at each moment.
    """
    starts = range(0, len(one), block)
    mine, its = ([total(counts[start : start + block]) for start in starts] for counts in (one, other))
    both = total([*mine, *its])
    measured = _difference(total(mine), both)
    dice = random.Random(seed)
    as_good = 0
    for _ in range(permutations):
        drawn = [pair[dice.random() < 0.5] for pair in zip(mine, its, strict=True)]
        as_good += _difference(total(drawn), both) >= measured
    return (1 + as_good) / (1 + permutations)


def _difference(one: Counts, both: Counts) -> float:
    other = Counts(*(whole - part for whole, part in zip(both, one, strict=True)))
    # Rounded, so that what is the same but for the order of its sums counts as the same.
    return round(matthews(one) - matthews(other), 12)


def _matthews(here: int, said_up: int, up: int) -> float:
    """Of the cells in `here`."""
    ups, came = said_up & here, up & here
    up_up = (ups & came).bit_count()
    up_down, down_up = ups.bit_count() - up_up, came.bit_count() - up_up
    counts = Counts(up_up, up_down, down_up, here.bit_count() - up_up - up_down - down_up)
    return round(matthews(counts), 12)
