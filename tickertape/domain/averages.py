"""Moving averages of closing prices in one share basis: simple and exponential ones, one close at a time.

At every bar the earlier closes are expressed in shares of that bar: each split divides what came before it by its
ratio. So an average after a 7:1 split is that of the back-adjusted series, and none mixes prices of two kinds of
shares.

The exponential average with `alpha = 2 / (n + 1)` follows the close by `ema += alpha * (close - ema)`; it starts at the
n-th close as the simple average of the first n. Formula and start are those of StockCharts' ChartSchool ("Moving
Averages - Simple and Exponential") and of TA-Lib's EMA in its default ("classic") mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Self

# Bars, not minutes: a minute without a trade has no bar and does not count.
WINDOWS = (5, 20, 60)
_SHORTEST, _LONGEST = 2, 500


def parse_windows(text: str) -> tuple[int, ...]:
    """Read windows as `5,20,60`, in bars; returned in ascending order.

    Raises:
        ValueError: nothing, the same number twice, or something that is no whole number from 2 to 500.
    """
    parts = [part.strip() for part in text.split(",")]
    windows = sorted(int(part) for part in parts if part.isascii() and part.isdigit())
    inside = windows and all(_SHORTEST <= window <= _LONGEST for window in windows)
    if not inside or len(windows) != len(parts) or len(set(windows)) != len(windows):
        raise ValueError(
            f"windows of averages must be different whole numbers from {_SHORTEST} to {_LONGEST}, as 5,20,60; "
            f"{text[:80]!r} came"
        )
    return tuple(windows)


@dataclass(frozen=True, slots=True)
class Averages:
    """The averages at one bar in USD a share of that bar, by window, for each window that is full by then."""

    simple: Mapping[int, float]
    exponential: Mapping[int, float]


NONE = Averages({}, {})


class MovingAverages:
    """Averages over a series whose closes are given one by one."""

    def __init__(self, windows: Sequence[int] = WINDOWS) -> None:
        self._windows = tuple(windows)
        self._longest = max(windows)
        # All in the share basis of the newest.
        self._closes: list[float] = []
        self._exponential: dict[int, float] = {}

    @classmethod
    def resumed(
        cls, windows: Sequence[int], history: Iterable[tuple[float, float]], exponential: Mapping[int, float]
    ) -> Self:
        """Go on behind a part of a series that was averaged before.

        Args:
            history: the last `max(windows) - 1` bars, or all there are: close, and ratio of the split before it.
            exponential: the exponential averages at the last of them. One that is missing although its window was full
                (the setting changed) starts anew.
        """
        made = cls(windows)
        for close, ratio in history:
            made._rebase(ratio)
            made._closes.append(close)
        made._exponential = {window: exponential[window] for window in made._windows if window in exponential}
        return made

    def push(self, close: float, ratio: float = 1.0) -> Averages:
        """The averages at the next bar.

        Args:
            ratio: of the split between the bar before and this one; 1.0 without one.
        """
        self._rebase(ratio)
        closes = self._closes
        closes.append(close)
        del closes[: -self._longest]
        # fsum is exact: the same window gives the same average wherever the computation began.
        means = {window: fsum(closes[-window:]) / window for window in self._windows if window <= len(closes)}
        for window, mean in means.items():
            before = self._exponential.get(window)
            # Not rounded: the next one is made from it.
            self._exponential[window] = mean if before is None else before + 2 / (window + 1) * (close - before)
        return Averages({window: round(mean, 6) for window, mean in means.items()}, dict(self._exponential))

    def _rebase(self, ratio: float) -> None:
        if ratio != 1.0:
            self._closes = [close / ratio for close in self._closes]
            self._exponential = {window: value / ratio for window, value in self._exponential.items()}


def moving_averages(
    closes: Sequence[float], ratios: Mapping[int, float] | None = None, windows: Sequence[int] = WINDOWS
) -> list[Averages]:
    """The averages at each close of a whole series.

    Args:
        ratios: the ratio of the split before the close at that index, where there was one.

    >>> [each.simple for each in moving_averages([1.0, 2.0, 3.0], windows=[2])]
    [{}, {2: 1.5}, {2: 2.5}]
    >>> moving_averages([700.0, 100.0], {1: 7.0}, [2])[1].simple
    {2: 100.0}
    """
    averages = MovingAverages(windows)
    return [averages.push(close, (ratios or {}).get(index, 1.0)) for index, close in enumerate(closes)]
