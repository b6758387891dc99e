"""Predictions as time goes on: says what comes next at the end of each candle, and later whether that was right.

A model forecasts for one era (a session of hours, a week of sessions) and has learnt only what was known before it
began. So what is said of a ticker follows from the table of features, not from when this runs; what was said once
stays. Nothing is remembered between two looks but models: what the store forgot is said again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from tickertape.domain.analysis.folds import LEAST_TRAINED
from tickertape.domain.analysis.models import Model
from tickertape.domain.analysis.observations import Observation, observations
from tickertape.domain.analysis.predictions import Prediction, era, scored
from tickertape.domain.times import format_utc, parse_utc
from tickertape.ports.analysis import AnalysisFailed, FeatureTable, Learner, ModelStore
from tickertape.ports.predictions import PredictionStore
from tickertape.usecases.analyse import STEPS, model_name, version_of

# Candles back from the newest that are told of: what a page shows, and what a start has to catch up with at most.
KEPT = 120
# Models of this service, beside those of an analysis.
_SERVED = "served"

# A prediction of a series by when its candle ended, and the learner.
_Kept = dict[tuple[datetime, str], Prediction]


class Turn(NamedTuple):
    """What one look came to.

    Attributes:
        made: new predictions.
        scored: earlier ones of which it is known by now what came.
        unlearnt: by length of candle, how many there are with a known next one, where those are too few to learn from.
    """

    made: int
    scored: int
    unlearnt: Mapping[str, int]


@dataclass(slots=True)
class Predictor:
    """Looks at the features now and then.

    Args:
        learners: what is shown side by side.
    """

    features: FeatureTable
    learners: Sequence[Learner]
    models: ModelStore
    store: PredictionStore
    _fitted: dict[tuple[str, str], Model] = field(default_factory=dict)

    def turn(self, until: datetime, now: datetime) -> Turn:
        """Say what can be said, and score what is known now.

        Args:
            until: candles that ended by then are whole in the table; later ones are left out.
            now: on the shared clock.

        Raises:
            AnalysisFailed: the features or the models do not answer.
            PredictionsAway: the predictions do not.
        """
        rows = [row for row in self.features.rows() if parse_utc(row["ends_at"]) <= until]
        turns = [
            self._interval(interval, observations(row for row in rows if row["interval"] == interval), now)
            for interval in STEPS
        ]
        unlearnt = {interval: few for each in turns for interval, few in each.unlearnt.items()}
        return Turn(sum(each.made for each in turns), sum(each.scored for each in turns), unlearnt)

    def _interval(self, interval: str, seen: Sequence[Observation], now: datetime) -> Turn:
        said = {ticker: self._of(ticker, interval) for ticker in sorted({each.ticker for each in seen})}
        new = list(self._new(interval, seen, said, now))
        known = [
            after
            for each in seen
            for learner in self.learners
            if (before := said[each.ticker].get((each.at, learner.name))) and (after := scored(before, each)) != before
        ]
        for ticker, changed in _by_ticker([*known, *new]):
            kept = said[ticker] | {(each.at, each.learner): each for each in changed}
            self.store.put(changed)
            self.store.summarise(ticker, interval, [kept[place] for place in sorted(kept)])
        is_silent = bool(seen) and not new and not any(said.values())
        unlearnt = {interval: len({each.at for each in seen if each.is_labelled})} if is_silent else {}
        return Turn(len(new), len(known), unlearnt)

    def _of(self, ticker: str, interval: str) -> _Kept:
        return {(each.at, each.learner): each for each in self.store.of(ticker, interval)}

    def _new(
        self, interval: str, seen: Sequence[Observation], said: Mapping[str, _Kept], now: datetime
    ) -> Iterator[Prediction]:
        """What is said of the newest candles for the first time, an era after the other."""
        newest = set(sorted({each.at for each in seen})[-KEPT:])
        for _, part in groupby(seen, key=lambda each: era(interval, each.at)):
            told = list(part)
            for learner in self.learners:
                untold = [
                    each for each in told if each.at in newest and (each.at, learner.name) not in said[each.ticker]
                ]
                model = self._model(interval, learner, told[0].at, seen) if untold else None
                if model is None:
                    continue
                version = version_of(told[0].at)
                for each in untold:
                    up, chance = model.forecast(each)
                    prediction = Prediction(each.ticker, interval, learner.name, each.at, version, up, chance, now)
                    yield scored(prediction, each)

    def _model(self, interval: str, learner: Learner, begins: datetime, seen: Sequence[Observation]) -> Model | None:
        """The model of the era that begins then: kept, or fitted now; None where there is too little to learn from."""
        place = f"{_SERVED}-{model_name(interval, learner.name)}", version_of(begins)
        if place not in self._fitted:
            learnt = [each for each in seen if each.is_labelled and each.known_at and each.known_at < begins]
            if len({each.at for each in learnt}) < LEAST_TRAINED:
                return None
            self._fitted[place] = self._stored(*place) or self._fit(*place, interval, learner, learnt)
        return self._fitted[place]

    def _stored(self, name: str, version: str) -> Model | None:
        try:
            return self.models.model(name, version)
        except AnalysisFailed:
            # None yet, or one of another program: a new one takes its place, or says why it cannot.
            return None

    def _fit(self, name: str, version: str, interval: str, learner: Learner, learnt: Sequence[Observation]) -> Model:
        model = learner.fit(learnt)
        self.models.put_model(name, version, model, _card(version, interval, learner, learnt))
        return model


def _card(version: str, interval: str, learner: Learner, learnt: Sequence[Observation]) -> dict[str, Any]:
    return {
        "version": version,
        "learner": learner.name,
        "interval": interval,
        "fitted_to": {
            "from": format_utc(learnt[0].at),
            "to": format_utc(learnt[-1].at),
            "observations": len(learnt),
            "tickers": sorted({each.ticker for each in learnt}),
        },
    }


def _by_ticker(predictions: Sequence[Prediction]) -> Iterator[tuple[str, list[Prediction]]]:
    ordered = sorted(predictions, key=lambda each: each.ticker)
    return ((ticker, list(part)) for ticker, part in groupby(ordered, key=lambda each: each.ticker))
