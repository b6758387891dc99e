"""From forecasts of a walk to measures with their intervals, and the correction for how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from tickertape.domain.analysis.calibration import brier, reliability
from tickertape.domain.analysis.confusion import Counts, accuracy, matthews
from tickertape.domain.analysis.corrections import benjamini_hochberg, holm
from tickertape.domain.analysis.models import Forecast
from tickertape.domain.analysis.observations import Observation
from tickertape.domain.analysis.resampling import BlockBootstrap, Interval, estimate, total
from tickertape.domain.analysis.results import Comparison, HorizonResult, ModelMeasure, TickerMeasure

# Digits that are kept of a measure; more are noise of the resamples.
_DIGITS = 6


class Walk(NamedTuple):
    """What a learner's models forecast over all folds, fold by fold, and what came."""

    name: str
    family: str
    title: str
    talk: bool
    forecasts: Sequence[Forecast]


class Measurer:
    """Measures the walks over the same observations.

    Args:
        tested: what was forecast, in the order of the walks, all with an answer.
    """

    def __init__(self, tested: Sequence[Observation], seed: int, resamples: int) -> None:
        self._tested = tested
        self._came = [bool(each.is_up) for each in tested]
        self.moments: list[datetime] = sorted({each.at for each in tested})
        self._place = {moment: place for place, moment in enumerate(self.moments)}
        self._bootstrap = BlockBootstrap(len(self.moments), seed, resamples)

    @property
    def block(self) -> int:
        """How many moments are drawn together."""
        return self._bootstrap.block

    def measure(self, walk: Walk, baseline: Walk) -> ModelMeasure:
        """One model.

        Args:
            baseline: what its right forecasts are counted against.
        """
        by_moment = self._by_moment(walk)
        share, correlation, p = self._estimates(by_moment)
        chances = [forecast.chance for forecast in walk.forecasts]
        lead = [one.right - other.right for one, other in zip(by_moment, self._by_moment(baseline), strict=True)]
        return ModelMeasure(
            name=walk.name,
            title=walk.title,
            talk=walk.talk,
            n=len(walk.forecasts),
            accuracy=share,
            mcc=correlation,
            p=p,
            p_corrected=None,
            brier=round(brier(chances, self._came), _DIGITS),
            bins=reliability(chances, self._came),
            by_ticker=self._by_ticker(walk),
            lead=list(accumulate(lead)),
        )

    def compare(self, with_talk: Walk, without: Walk) -> Comparison:
        """What talk adds to the Matthews correlation, on the same resamples for both."""
        one, other = (self._by_moment(walk) for walk in (with_talk, without))
        pairs = zip(self._bootstrap.counts(one), self._bootstrap.counts(other), strict=True)
        found = estimate(
            matthews(total(one)) - matthews(total(other)), [matthews(mine) - matthews(its) for mine, its in pairs]
        )
        return Comparison(with_talk.family, with_talk.name, without.name, _rounded(found.interval), found.p, found.p)

    def _estimates(self, by_moment: Sequence[Counts]) -> tuple[Interval, Interval, float | None]:
        """Accuracy, correlation, and the p-value of that; None where the forecast never changes."""
        counts, resampled = total(by_moment), self._bootstrap.counts(by_moment)
        share = estimate(accuracy(counts), list(map(accuracy, resampled)))
        correlation = estimate(matthews(counts), list(map(matthews, resampled)))
        says_one = not (counts.up_up + counts.up_down) or not (counts.down_up + counts.down_down)
        return _rounded(share.interval), _rounded(correlation.interval), None if says_one else correlation.p

    def _by_ticker(self, walk: Walk) -> list[TickerMeasure]:
        found = []
        for ticker in sorted({each.ticker for each in self._tested}):
            by_moment = self._by_moment(walk, ticker)
            share, correlation, p = self._estimates(by_moment)
            found.append(TickerMeasure(ticker, total(by_moment).n, share, correlation, p))
        corrected = iter(benjamini_hochberg([each.p for each in found if each.p is not None]))
        return [each if each.p is None else replace(each, p=next(corrected)) for each in found]

    def _by_moment(self, walk: Walk, ticker: str | None = None) -> list[Counts]:
        pairs: list[list[tuple[bool, bool]]] = [[] for _ in self.moments]
        for seen, forecast, came in zip(self._tested, walk.forecasts, self._came, strict=True):
            if ticker in {None, seen.ticker}:
                pairs[self._place[seen.at]].append((forecast.up, came))
        return [Counts.of(of_moment) for of_moment in pairs]


def corrected(horizons: Iterable[HorizonResult]) -> list[HorizonResult]:
    """The same with `p_corrected`: Holm's, over every model and comparison of all of them."""
    found = list(horizons)
    made = iter(holm([p for horizon in found for p in horizon.p_values]))
    return [
        replace(
            horizon,
            models=[each if each.p is None else replace(each, p_corrected=next(made)) for each in horizon.models],
            comparisons=[replace(each, p_corrected=next(made)) for each in horizon.comparisons],
        )
        for horizon in found
    ]


def _rounded(interval: Interval) -> Interval:
    return Interval(*(round(value, _DIGITS) for value in (interval.value, interval.low, interval.high)))
