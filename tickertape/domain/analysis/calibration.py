"""Whether chances that were told are met: of all that had a chance of 60 %, 60 % should come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Equal parts of 0..1.
BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts whose chance lies in one part of 0..1.

    Attributes:
        n: how many.
        chance: the mean that was told.
        came: the share that went up.
    """

    n: int
    chance: float
    came: float


def brier(chances: Sequence[float], came: Sequence[bool]) -> float:
    """The mean squared distance of chance and outcome: 0 is perfect, 0.25 what a coin has.

    Brier, G. W. (1950): Verification of forecasts expressed in terms of probability. Monthly Weather Review 78 (1),
    1-3.

    Raises:
        ValueError: there are none, or not as many of the one as of the other.
    """
    if not chances:
        raise ValueError("at least one chance was expected")
    return sum((chance - is_up) ** 2 for chance, is_up in zip(chances, came, strict=True)) / len(chances)


def reliability(chances: Sequence[float], came: Sequence[bool]) -> list[Bin]:
    """The bins that have forecasts, from low chances to high ones."""
    parts: dict[int, list[tuple[float, bool]]] = {}
    for chance, is_up in zip(chances, came, strict=True):
        parts.setdefault(min(int(chance * BINS), BINS - 1), []).append((chance, is_up))
    return [
        Bin(len(part), sum(chance for chance, _ in part) / len(part), sum(is_up for _, is_up in part) / len(part))
        for _, part in sorted(parts.items())
    ]
