"""What a model has to be better than: learners that look at nothing, or at the last direction alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tickertape.domain.analysis.models import AlwaysUp, LastDirection
from tickertape.domain.analysis.observations import Observation


class AlwaysUpLearner:
    """Always up: shares rise more often than they fall."""

    name = "always_up"
    title = family = "always up"
    talk = False

    def fit(self, seen: Sequence[Observation]) -> AlwaysUp:
        """Learns the share of ups."""
        return AlwaysUp(_share(seen))


class LastDirectionLearner:
    """The same direction again."""

    name = "last_direction"
    title = family = "last direction"
    talk = False

    def fit(self, seen: Sequence[Observation]) -> LastDirection:
        """Learns the shares of ups after an up and after a down."""
        return LastDirection(
            _share(each for each in seen if each.was_up is not False),
            _share(each for each in seen if each.was_up is False),
        )


def _share(seen: Iterable[Observation]) -> float:
    """The share of ups, as if one up and one down had been seen before (Laplace's rule of succession)."""
    ups = [bool(each.is_up) for each in seen]
    return (sum(ups) + 1) / (len(ups) + 2)
