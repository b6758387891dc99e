"""Does talk predict price? Walks each horizon forward with every learner, measures, concludes, and keeps the models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from tickertape import __version__
from tickertape.domain.analysis.folds import Fold, TooFew, walk_forward
from tickertape.domain.analysis.measures import Measurer, Walk, corrected
from tickertape.domain.analysis.models import Inputs, forecasts
from tickertape.domain.analysis.observations import Observation, Row, observations
from tickertape.domain.analysis.resampling import RESAMPLES
from tickertape.domain.analysis.results import SCHEMA_VERSION, AnalysisResult, HorizonResult, ModelMeasure
from tickertape.domain.analysis.verdict import conclusion
from tickertape.domain.times import format_utc
from tickertape.ports.analysis import AnalysisFailed, FeatureTable, Learner, ModelStore

# How many moments are forecast before a model is fitted again: about a week of hours, a month of sessions.
STEPS = {"1h": 35, "1d": 20}
# Of the resamples, so that the same data gives the same figures.
_SEED = 8
_MORE_DATA = "Play a longer tape (`tickertape up --tape FOLDER --wait`), or let this one go on and run it again"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis of the table of features.

    Args:
        learners: the first is the baseline that the others' right forecasts are counted against.
        wall: the wall clock, aware UTC.
        seconds: a clock that runs on.
        tell: called with what goes on right now.
    """

    features: FeatureTable
    learners: Sequence[Learner]
    store: ModelStore
    wall: Callable[[], datetime]
    seconds: Callable[[], float]
    tell: Tell = lambda text: None
    resamples: int = RESAMPLES

    def run(self) -> AnalysisResult:
        """Analyse, and keep a new version of every model and, last, the result.

        Raises:
            AnalysisFailed: there is too little data for every horizon, or something does not answer.
        """
        self.tell("reading the features")
        rows = self.features.rows()
        result = self.measured(rows)
        by_interval = _by_interval(rows)
        for horizon in result.horizons:
            if not horizon.shortage:
                self._keep(result, horizon, observations(by_interval[horizon.interval]))
        self.store.put_result(result)
        return result

    def measured(self, rows: Sequence[Row]) -> AnalysisResult:
        """The same without keeping anything.

        Raises:
            AnalysisFailed: there is too little data for every horizon.
        """
        began, made_at = self.seconds(), self.wall()
        by_interval = _by_interval(rows)
        walked = [self._horizon(interval, by_interval.get(interval, [])) for interval in STEPS]
        if all(each.shortage for each in walked):
            why = "; ".join(f"{each.horizon}: {each.shortage}" for each in walked)
            raise AnalysisFailed(f"too little data in the table features: {why}. {_MORE_DATA}")
        horizons = corrected(walked)
        return AnalysisResult(
            version=version_of(made_at),
            made_at=made_at,
            code=__version__,
            seconds=round(self.seconds() - began, 1),
            resamples=self.resamples,
            seed=_SEED,
            horizons=horizons,
            conclusion=conclusion(horizons),
        )

    def _horizon(self, interval: str, rows: Sequence[Row]) -> HorizonResult:
        seen = observations(rows)
        labelled = [each for each in seen if each.is_labelled]
        nothing = HorizonResult(
            interval=interval,
            rows=len(rows),
            tickers=sorted({each.ticker for each in seen}),
            observations=len(labelled),
            # The first value of the talk is the logarithm of one more than there are.
            with_talk=sum(bool(each.talk[0]) for each in labelled),
            moments=len({each.at for each in labelled}),
            since=min((each.at for each in seen), default=None),
            until=max((each.at for each in seen), default=None),
            block=0,
            folds=0,
            tested_at=[],
            models=[],
            comparisons=[],
            shortage="",
        )
        try:
            folds = list(walk_forward(seen, STEPS[interval]))
        except TooFew as error:
            return replace(nothing, shortage=_shortage(interval, error))
        return self._measured(nothing, folds)

    def _measured(self, so_far: HorizonResult, folds: Sequence[Fold]) -> HorizonResult:
        walks = []
        for learner in self.learners:
            self.tell(f"{so_far.horizon}: {learner.title}, {len(folds)} steps forward")
            walks.append(walk(learner, folds))
        measurer = Measurer([seen for fold in folds for seen in fold.test], _SEED, self.resamples)
        models = []
        for each in walks:
            self.tell(f"{so_far.horizon}: {each.title}, {self.resamples:,} resamples")
            models.append(measurer.measure(each, walks[0]))
        return replace(
            so_far,
            block=measurer.block,
            folds=len(folds),
            tested_at=measurer.moments,
            models=models,
            comparisons=[measurer.compare(one, other) for one, other in _pairs(walks)],
        )

    def _keep(self, result: AnalysisResult, horizon: HorizonResult, seen: Sequence[Observation]) -> None:
        labelled = [each for each in seen if each.is_labelled]
        for learner, measured in zip(self.learners, horizon.models, strict=True):
            self.tell(f"{horizon.horizon}: {learner.title}, fitted to everything and kept")
            model = learner.fit(labelled)
            card = _card(result, horizon, learner, measured, labelled)
            self.store.put_model(model_name(horizon.interval, learner.name), result.version, model, card)


def walk(learner: Learner, folds: Iterable[Fold]) -> Walk:
    """Forecasts of each fold's test part by a model that was fitted to its training part."""
    said = [forecast for fold in folds for forecast in forecasts(learner.fit(fold.train), fold.test)]
    return Walk(learner.name, learner.family, learner.title, learner.talk, said)


def version_of(made_at: datetime) -> str:
    """The version of what is made at that time; versions sort by time.

    >>> version_of(datetime(2025, 11, 25, 21, 0, 3, 141592, tzinfo=UTC))
    '20251125T210003141592Z'
    """
    return f"{made_at:%Y%m%dT%H%M%S%f}Z"


def model_name(interval: str, learner: str) -> str:
    """Under which name a model is kept: `1d-logistic_price`."""
    return f"{interval}-{learner}"


def _by_interval(rows: Sequence[Row]) -> dict[str, list[Row]]:
    ordered = sorted(rows, key=lambda row: row["interval"])
    return {interval: list(part) for interval, part in groupby(ordered, key=lambda row: row["interval"])}


def _pairs(walks: Sequence[Walk]) -> Iterable[tuple[Walk, Walk]]:
    """Walks with talk, each with that of the same family without."""
    without = {each.family: each for each in walks if not each.talk}
    return ((each, without[each.family]) for each in walks if each.talk and each.family in without)


def _shortage(interval: str, error: TooFew) -> str:
    unit = {"1h": "hours", "1d": "sessions"}[interval]
    return f"there are {error.moments} {unit} with a known next one, at least {error.needed} are needed"


def _card(
    result: AnalysisResult,
    horizon: HorizonResult,
    learner: Learner,
    measured: ModelMeasure,
    labelled: Sequence[Observation],
) -> dict[str, Any]:
    is_fitted = learner.family != learner.title
    return {
        "schema_version": SCHEMA_VERSION,
        "version": result.version,
        "code": result.code,
        "learner": learner.name,
        "interval": horizon.interval,
        "inputs": list(Inputs(learner.talk).names) if is_fitted else [],
        "fitted_to": {
            "from": format_utc(labelled[0].at),
            "to": format_utc(labelled[-1].at),
            "observations": len(labelled),
            "tickers": list(horizon.tickers),
        },
        "measured": {
            "from": format_utc(horizon.tested_at[0]),
            "to": format_utc(horizon.tested_at[-1]),
            "forecasts": measured.n,
            "mcc": measured.mcc,
            "accuracy": measured.accuracy,
            "p": measured.p,
            "p_holm": measured.p_corrected,
            "brier": measured.brier,
        },
    }
