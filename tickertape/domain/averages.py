"""Moving averages of closing prices, as a pure function of a symbol's bars in order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

# Bars, not minutes: a minute without a trade has no bar and does not count.
WINDOWS = (5, 20, 60)


def simple_moving_averages(closes: Sequence[float], windows: Sequence[int] = WINDOWS) -> list[Mapping[int, float]]:
    """For each close the mean of it and the `w - 1` before it, for each window `w` that is full by then.

    >>> simple_moving_averages([1.0, 2.0, 3.0], windows=[2])
    [{}, {2: 1.5}, {2: 2.5}]
    """
    sums = [0.0, *accumulate(closes)]
    return [
        {window: round((sums[end] - sums[end - window]) / window, 6) for window in windows if end >= window}
        for end in range(1, len(closes) + 1)
    ]
