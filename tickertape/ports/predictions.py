"""Where predictions are kept for the pages that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tickertape.domain.analysis.predictions import Prediction


class PredictionsAway(Exception):
    """The store does not answer; the message is one line for a person."""


class PredictionStore(Protocol):
    """Predictions by series: a ticker and the length of its candles. Every method raises PredictionsAway."""

    def of(self, ticker: str, interval: str) -> Sequence[Prediction]:
        """Every prediction of a series, by time and learner."""
        ...

    def put(self, predictions: Sequence[Prediction]) -> None:
        """Keep predictions; one of the same series, learner and time is replaced."""
        ...

    def summarise(self, ticker: str, interval: str, predictions: Sequence[Prediction]) -> None:
        """Keep how a series fared and what was said last, so that a page need not read all of it.

        Args:
            predictions: every one of the series.
        """
        ...
