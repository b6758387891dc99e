"""An analysis from its table to its conclusion: a planted signal is found, chance is called chance, no look ahead."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from tests.fakes.analysis import ListFeatures, MemoryModels, feature_rows
from tickertape.analysis.scikit import BoostingLearner, LogisticLearner, boosting_of, learners
from tickertape.domain.analysis.baselines import AlwaysUpLearner, LastDirectionLearner
from tickertape.domain.analysis.folds import walk_forward
from tickertape.domain.analysis.models import (
    AlwaysUp,
    BadModel,
    Inputs,
    Logistic,
    Model,
    forecasts,
    from_document,
    to_document,
)
from tickertape.domain.analysis.observations import Observation, Row, observations
from tickertape.domain.analysis.results import AnalysisResult, HorizonResult
from tickertape.ports.analysis import AnalysisFailed, Learner
from tickertape.usecases.analyse import Analysis, walk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# As many as a conclusion takes, and a few more.
MOMENTS = 210
TALKERS = ("logistic_price_and_talk", "boosting_price_and_talk")


def analysed(rows: Sequence[Row], store: MemoryModels | None = None) -> AnalysisResult:
    return Analysis(
        ListFeatures(rows), learners(), store or MemoryModels(), lambda: NOW, lambda: 0.0, resamples=200
    ).run()


def shuffled(rows: Sequence[Row]) -> list[Row]:
    """The same rows with each other's answers."""
    answers = [row["next_log_return"] for row in rows if row["next_log_return"] is not None]
    # Intervals of few blocks are too narrow and miss 0 after some shuffles, not after this one; p-values never did.
    random.Random(0).shuffle(answers)
    return [row | {"next_log_return": row["next_log_return"] and answers.pop()} for row in map(dict, rows)]


@pytest.fixture(scope="module")
def planted() -> list[Row]:
    """A table whose talk tells half of the next return."""
    return list(feature_rows(MOMENTS, signal=0.5))


@pytest.fixture(scope="module")
def kept() -> MemoryModels:
    return MemoryModels()


@pytest.fixture(scope="module")
def result(planted: list[Row], kept: MemoryModels) -> AnalysisResult:
    return analysed(planted, kept)


@pytest.fixture(scope="module")
def found(result: AnalysisResult) -> HorizonResult:
    return result.horizons[1]


@pytest.fixture(scope="module")
def chance(planted: list[Row]) -> AnalysisResult:
    return analysed(shuffled(planted))


def test_a_planted_signal_is_found(found: HorizonResult) -> None:
    """By the models that see the talk, and by no other; and that it is the talk that adds it."""
    significant = [each.name for each in found.models if each.p_corrected is not None and each.p_corrected < 0.05]
    assert list(TALKERS) == significant
    assert all(each.mcc.low > 0.3 for each in found.models if each.talk)
    assert all(each.difference.low > 0.2 and each.p_corrected < 0.05 for each in found.comparisons)


def test_shuffled_answers_bring_every_model_to_chance(chance: AnalysisResult) -> None:
    """Each interval of the correlation holds 0, and so does each of what talk adds."""
    horizon = chance.horizons[1]
    assert 6 == len(horizon.models)
    assert all(each.mcc.low <= 0 <= each.mcc.high for each in horizon.models)
    assert all(each.difference.low <= 0 <= each.difference.high for each in horizon.comparisons)
    p_values = [each.p for model in horizon.models for each in model.by_ticker]
    p_values += [each.p_corrected for each in horizon.models]
    p_values += [each.p_corrected for each in horizon.comparisons]
    assert all(p is None or p > 0.05 for p in p_values)


def test_the_conclusion_follows_the_figures(result: AnalysisResult, chance: AnalysisResult) -> None:
    """Talk adds something where it does, nothing that could be shown where it does not; no answer without data."""
    talk, models, _, hour = result.conclusion
    assert "Next hour: no answer, there are 0 hours with a known next one, at least 16 are needed." == hour
    first = result.horizons[1].comparisons[0].difference
    assert talk.startswith("Next session: talk adds something") and f"{first.value:+.3f}" in talk
    assert "better than chance" in models and "gradient boosting, price and talk" in models
    assert "talk adds nothing that this data can show" in chance.conclusion[0]
    assert "no model is better than chance" in chance.conclusion[1]


def test_little_data_is_measured_and_concludes_nothing() -> None:
    """Some hours show that the machinery works; a strong signal in them is no finding."""
    result = analysed([*feature_rows(30, signal=0.9, interval="1h"), *feature_rows(5)])
    hour, day = result.horizons
    assert 15 == hour.tested and hour.models and not day.models
    assert "no conclusion from this data: 15 moments could be tested, 100 are needed" in result.conclusion[0]
    assert 2 == len(result.conclusion)


def test_too_little_data_says_what_there_is_and_what_to_do() -> None:
    """For each horizon, and nothing is kept."""
    store = MemoryModels()
    with pytest.raises(AnalysisFailed) as caught:
        analysed(feature_rows(5), store)
    assert "next session: there are 4 sessions with a known next one, at least 16 are needed" in str(caught.value)
    assert "--tape" in str(caught.value)
    assert ([], {}) == (store.results, store.models)


@pytest.mark.parametrize("learner", learners(), ids=lambda each: each.name)
def test_what_comes_later_changes_no_forecast(learner: Learner) -> None:
    """Everything after a time is changed, answers and all: what was forecast up to then is the same."""
    rows = feature_rows(80, signal=0.5)
    times = sorted({row["ends_at"] for row in rows})
    cut = times[65]
    flipped = dict.fromkeys(("log_return", "polarity", "volume", "volatility", "past_log_return"), 3.0)
    # The answer of the moment itself is a later one.
    later = [
        row | (flipped if row["ends_at"] > cut else {}) | ({"next_log_return": -0.5} if row["ends_at"] >= cut else {})
        for row in rows
    ]
    one, other = (_forecasts_until(table, cut, learner) for table in (rows, later))
    assert len(one) > 40 and one == other


def _forecasts_until(rows: Sequence[Row], cut: str, learner: Learner) -> list[tuple[Any, ...]]:
    folds = list(walk_forward(observations(rows), step=14))
    tested = [seen for fold in folds for seen in fold.test]
    until = datetime.fromisoformat(cut)
    pairs = zip(tested, walk(learner, folds).forecasts, strict=True)
    return [(seen.ticker, seen.at, forecast) for seen, forecast in pairs if seen.at <= until]


def test_the_scale_is_learnt_from_the_training_part() -> None:
    """A model's means are those of what it was shown, and no others."""
    rows = observations(feature_rows(80))
    model = LogisticLearner(talk=True).fit([each for each in rows[:100] if each.is_labelled])
    assert isinstance(model, Logistic)
    expected = np.mean([each.talk[0] for each in rows[:100]])
    assert expected == pytest.approx(model.mean[5])


def test_the_same_data_gives_the_same_figures() -> None:
    """In whatever order its rows come."""
    rows = feature_rows(40)
    again = random.Random(3).sample(rows, len(rows))
    assert analysed(rows) == analysed(again)


def test_every_run_keeps_a_version_of_every_model(found: HorizonResult, kept: MemoryModels) -> None:
    """Each with its window, inputs and measures beside it; the newest result names the version."""
    newest = kept.newest_result()
    assert newest is not None
    assert {(f"1d-{each.name}", "20260101T000000000000Z") for each in learners()} == kept.models.keys()
    card = kept.cards["1d-logistic_price_and_talk", newest.version]
    assert {"AAPL", "KO"} == set(card["fitted_to"]["tickers"])
    assert list(Inputs(talk=True).names) == card["inputs"]
    assert found.models[3].mcc == card["measured"]["mcc"]
    assert [] == kept.cards["1d-always_up", newest.version]["inputs"]


@pytest.mark.parametrize("talk", [False, True])
def test_stored_trees_forecast_what_the_library_does(talk: bool) -> None:
    """Also where values are missing, and in every place of every value."""
    dice = np.random.default_rng(2)
    width = len(Inputs(talk).names)
    values = dice.normal(size=(400, width))
    values[dice.random(values.shape) < 0.2] = np.nan
    ups = np.nan_to_num(values[:, 0]) + dice.normal(size=400) > 0
    with threadpool_limits(1):
        library = HistGradientBoostingClassifier(max_iter=20).fit(values, ups)
    model = from_document(json.loads(json.dumps(to_document(boosting_of(library, talk)))))
    chances = [each.chance for each in forecasts(model, [_observed(row, talk) for row in values])]
    assert library.predict_proba(values)[:, 1] == pytest.approx(chances)


def _observed(values: Any, talk: bool) -> Observation:
    known = tuple(None if np.isnan(value) else float(value) for value in values)
    return Observation("KO", NOW, known[:5], known[5:] if talk else (), None, None, None)


@pytest.mark.parametrize("learner", learners(), ids=lambda each: each.name)
def test_a_model_comes_back_as_it_was_kept(learner: Learner, planted: list[Row]) -> None:
    """As JSON, with the same forecasts to the last digit."""
    rows = observations(planted)
    model = learner.fit([each for each in rows if each.is_labelled])
    again = from_document(json.loads(json.dumps(to_document(model))))
    assert forecasts(model, rows) == forecasts(again, rows)


def test_a_model_of_another_program_is_refused() -> None:
    """A newer format, an unknown kind, other inputs: one line that says what to do."""
    document = to_document(Logistic(False, [0.0] * 5, [0.0] * 5, [1.0] * 5, [0.0] * 5, 0.0))
    for change in ({"format": 2}, {"kind": "oracle"}, {"inputs": ["return"]}, {"bias2": 1}):
        with pytest.raises(BadModel, match="run the analysis again"):
            from_document(document | change)


@pytest.mark.parametrize("make", [LogisticLearner, BoostingLearner])
def test_answers_that_are_all_the_same_give_a_model_too(make: Any) -> None:
    """A market that only rose teaches nothing but that."""
    rows = [replace(each, is_up=True) for each in observations(feature_rows(40)) if each.is_labelled]
    assert AlwaysUp(79 / 80) == make(talk=True).fit(rows)


def test_the_baselines_say_up_and_the_same_again() -> None:
    """With the shares that they learnt as their chances."""
    rows = [each for each in observations(feature_rows(40)) if each.is_labelled]
    ups: list[Model] = [AlwaysUpLearner().fit(rows), LastDirectionLearner().fit(rows)]
    up, last = (forecasts(model, rows) for model in ups)
    assert {True} == {each.up for each in up} and 1 == len({each.chance for each in up})
    assert [each.was_up is not False for each in rows] == [each.up for each in last]
