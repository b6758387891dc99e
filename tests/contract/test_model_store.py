"""Models in a bucket and the fake that stands for them, under the same tests; and what only a bucket can hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.fakes.analysis import MemoryModels
from tests.fakes.world import MemoryStore
from tickertape.analysis.lake_models import LakeModels
from tickertape.domain.analysis.calibration import Bin
from tickertape.domain.analysis.models import AlwaysUp, Logistic
from tickertape.domain.analysis.resampling import Interval
from tickertape.domain.analysis.results import (
    AnalysisResult,
    Comparison,
    HorizonResult,
    ModelMeasure,
    TickerMeasure,
)
from tickertape.lake.keys import analysis_key, model_card_key, model_key
from tickertape.ports.analysis import AnalysisFailed, ModelStore

NOON = datetime(2025, 11, 25, 12, tzinfo=UTC)
ABOUT_0 = Interval(0.0, -0.1, 0.1)
MODEL = Logistic(False, [0.0] * 5, [0.1] * 5, [1.0] * 5, [0.2] * 5, 0.3)
TICKER = TickerMeasure("AAPL", 2, ABOUT_0, ABOUT_0, None)
MEASURE = ModelMeasure("up", "up", True, 2, ABOUT_0, ABOUT_0, 0.5, 1.0, 0.25, [Bin(2, 0.5, 0.5)], [TICKER], [1])
HORIZON = HorizonResult(
    "1d", 5, ["AAPL"], 4, 3, 2, NOON, NOON, 1, 1, [NOON], [MEASURE], [Comparison("a", "b", "c", ABOUT_0, 0.5, 1.0)], ""
)
NOTHING = replace(HORIZON, interval="1h", since=None, until=None, tested_at=[], models=[], comparisons=[], shortage="!")
RESULT = AnalysisResult("1", NOON, "0.1.0", 1.5, 2000, 8, [NOTHING, HORIZON], ["no."])


@pytest.fixture
def bucket() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=["fake", "lake"])
def store(request: pytest.FixtureRequest, bucket: MemoryStore) -> ModelStore:
    return MemoryModels() if request.param == "fake" else LakeModels(bucket)


def test_a_model_comes_back_as_it_was(store: ModelStore) -> None:
    """Each version of each name is there, whatever comes after it."""
    store.put_model("1d-logistic", "1", MODEL, {"inputs": []})
    store.put_model("1d-logistic", "2", AlwaysUp(0.5), {})
    assert (MODEL, AlwaysUp(0.5)) == (store.model("1d-logistic", "1"), store.model("1d-logistic", "2"))


def test_a_model_that_is_not_there_is_named(store: ModelStore) -> None:
    """One line for a person."""
    with pytest.raises(AnalysisFailed, match="there is no model 1d-oracle of version 1"):
        store.model("1d-oracle", "1")


def test_the_newest_result_is_that_of_the_highest_version(store: ModelStore) -> None:
    """As it was, none before the first."""
    assert store.newest_result() is None
    for version in ("1", "3", "2"):
        store.put_result(replace(RESULT, version=version))
    assert replace(RESULT, version="3") == store.newest_result()


def test_a_model_lies_in_a_folder_of_its_version_with_its_card(bucket: MemoryStore) -> None:
    """Both are JSON that anybody can read; the result is not below the models."""
    store = LakeModels(bucket)
    store.put_model("1d-logistic", "1", MODEL, {"measured": ABOUT_0})
    store.put_result(RESULT)
    assert {
        "models/1d-logistic/1/model.json",
        "models/1d-logistic/1/card.json",
        "analyses/1.json",
    } == bucket.objects.keys()
    assert b'"low": -0.1' in bucket.objects[model_card_key("1d-logistic", "1")]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"format": 1, "kind": "oracle"}', b'{"format": 99}'])
def test_what_is_no_model_is_refused(bucket: MemoryStore, body: bytes) -> None:
    """Which one, why, and what to do, in one line."""
    bucket.put(model_key("1d-logistic", "1"), body)
    with pytest.raises(AnalysisFailed, match=r"1d-logistic of version 1: .*tickertape analysis run") as caught:
        LakeModels(bucket).model("1d-logistic", "1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b'{"schema_version": 1}', b'{"schema_version": 2}', b"[]"])
def test_a_result_that_cannot_be_read_is_refused(bucket: MemoryStore, body: bytes) -> None:
    """Which one, why, and what to do, in one line."""
    bucket.put(analysis_key("7"), body)
    with pytest.raises(AnalysisFailed, match=r"analyses/7.json.*tickertape analysis run") as caught:
        LakeModels(bucket).newest_result()
    assert "\n" not in str(caught.value)
