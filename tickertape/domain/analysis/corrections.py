"""P-values of many tests at once: one in twenty of them is below 0.05 by chance, so they are made larger."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected so that the chance of any false finding among all is below the level, however the tests hang together.

    Holm, S. (1979): A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6 (2),
    65-70.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(p_values)
    worst = 0.0
    for rank, place in enumerate(_rising(p_values)):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = worst
    return corrected


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Corrected so that of the findings at a level that share is expected to be false.

    Benjamini, Y. and Hochberg, Y. (1995): Controlling the false discovery rate. Journal of the Royal Statistical
    Society B 57 (1), 289-300.

    >>> benjamini_hochberg([0.01, 0.04, 0.02])
    [0.03, 0.04, 0.03]
    """
    corrected = [0.0] * len(p_values)
    best = 1.0
    for rank, place in reversed(list(enumerate(_rising(p_values), start=1))):
        best = min(best, p_values[place] * len(p_values) / rank)
        corrected[place] = best
    return corrected


def _rising(values: Sequence[float]) -> list[int]:
    return sorted(range(len(values)), key=values.__getitem__)
