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
from tickertape.domain.analysis.permutation import Cell, OutcomePermutations, swapped_p_value
from tickertape.domain.analysis.resampling import BlockBootstrap, Interval, interval, total
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
        self._chance = (self._bootstrap.block, seed, resamples)
        self._tickers = sorted({each.ticker for each in tested})
        column = {ticker: number for number, ticker in enumerate(self._tickers)}
        self._cells = [Cell(self._place[each.at], column[each.ticker]) for each in tested]
        self._outcomes = OutcomePermutations(list(zip(self._cells, self._came, strict=True)), *self._chance)

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
        share, correlation = self._intervals(by_moment)
        chances = [forecast.chance for forecast in walk.forecasts]
        lead = [one.right - other.right for one, other in zip(by_moment, self._by_moment(baseline), strict=True)]
        return ModelMeasure(
            name=walk.name,
            title=walk.title,
            talk=walk.talk,
            n=len(walk.forecasts),
            accuracy=share,
            mcc=correlation,
            p=self._p_value(walk, self._tickers),
            p_corrected=None,
            brier=round(brier(chances, self._came), _DIGITS),
            bins=reliability(chances, self._came),
            by_ticker=self._by_ticker(walk),
            lead=list(accumulate(lead)),
        )

    def compare(self, with_talk: Walk, without: Walk) -> Comparison:
        """What talk adds to the Matthews correlation, on the same resamples for both."""
        one, other = (self._by_moment(walk) for walk in (with_talk, without))
        resampled = zip(self._bootstrap.counts(one), self._bootstrap.counts(other), strict=True)
        difference = interval(
            matthews(total(one)) - matthews(total(other)), [matthews(mine) - matthews(its) for mine, its in resampled]
        )
        p = swapped_p_value(one, other, *self._chance)
        return Comparison(with_talk.family, with_talk.name, without.name, _rounded(difference), p, p)

    def _intervals(self, by_moment: Sequence[Counts]) -> tuple[Interval, Interval]:
        """Of the accuracy and the correlation."""
        counts, resampled = total(by_moment), self._bootstrap.counts(by_moment)
        share = interval(accuracy(counts), list(map(accuracy, resampled)))
        return _rounded(share), _rounded(interval(matthews(counts), list(map(matthews, resampled))))

    def _p_value(self, walk: Walk, tickers: Iterable[str]) -> float | None:
        """That the correlation over these tickers is chance; None where the forecast never changes."""
        wanted = {self._tickers.index(ticker) for ticker in tickers}
        said = [
            (cell, forecast.up)
            for cell, forecast in zip(self._cells, walk.forecasts, strict=True)
            if cell.ticker in wanted
        ]
        return self._outcomes.p_value(said) if len({up for _, up in said}) > 1 else None

    def _by_ticker(self, walk: Walk) -> list[TickerMeasure]:
        found = []
        for ticker in self._tickers:
            by_moment = self._by_moment(walk, ticker)
            share, correlation = self._intervals(by_moment)
            found.append(TickerMeasure(ticker, total(by_moment).n, share, correlation, self._p_value(walk, [ticker])))
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
