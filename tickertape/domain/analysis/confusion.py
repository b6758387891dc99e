"""How forecasts of a direction meet what came: the counts, and what is measured with them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Counts(NamedTuple):
    """How often what was forecast came, and how often not.

    Attributes:
        up_up: forecast up, and it went up.
        up_down: forecast up, and it went down; and so on.
    """

    up_up: int = 0
    up_down: int = 0
    down_up: int = 0
    down_down: int = 0

    @classmethod
    def of(cls, forecasts: Iterable[tuple[bool, bool]]) -> Counts:
        """Count pairs of what was forecast and what came, True for up."""
        counts = [0, 0, 0, 0]
        for forecast, came in forecasts:
            counts[2 * (not forecast) + (not came)] += 1
        return cls(*counts)

    @property
    def n(self) -> int:
        """How many forecasts there were."""
        return sum(self)

    @property
    def right(self) -> int:
        """How many were right."""
        return self.up_up + self.down_down


def accuracy(counts: Counts) -> float:
    """The share of forecasts that were right; 0 of none."""
    return counts.right / counts.n if counts.n else 0.0


def matthews(counts: Counts) -> float:
    """Matthews' correlation of forecast and outcome, from -1 to 1; 0 is what chance gives, whatever the shares of up.

    A forecast that is always the same says nothing, and has 0. Matthews, B. W. (1975): Comparison of the predicted and
    observed secondary structure of T4 phage lysozyme. Biochimica et Biophysica Acta 405 (2), 442-451.

    >>> matthews(Counts(up_up=4, up_down=0, down_up=0, down_down=4))
    1.0
    """
    tp, fp, fn, tn = counts
    spread = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / math.sqrt(spread) if spread else 0.0
