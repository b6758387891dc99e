"""Predictions as time goes on: nothing is known before it was, what was said stays, and the record adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.fakes.analysis import FIRST, ListFeatures, MemoryModels, feature_rows
from tests.fakes.dynamodb import MemoryDynamoDB
from tickertape.analysis.scikit import LogisticLearner
from tickertape.domain.analysis.observations import Row
from tickertape.domain.analysis.predictions import Came, Prediction, Record, record
from tickertape.domain.times import parse_utc
from tickertape.ports.predictions import PredictionsAway
from tickertape.serving.keys import predicted_series
from tickertape.serving.predictions import DynamoPredictions, prediction_item, read_prediction, read_summary
from tickertape.serving.store import query
from tickertape.usecases.predict import KEPT, Predictor, Turn

DAYS = 60
LEARNERS = (LogisticLearner(talk=False), LogisticLearner(talk=True))
PRICE, TALK = (learner.name for learner in LEARNERS)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """A predictor over tables in memory."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.dynamodb = MemoryDynamoDB({"predictions": ("series", "at_learner")})
        self.models = MemoryModels()
        self.store = DynamoPredictions(cast(Any, self.dynamodb), "predictions")
        self.rows = rows

    def look(self, until: datetime, now: datetime = NOW) -> Turn:
        return Predictor(ListFeatures(self.rows), LEARNERS, self.models, self.store).turn(until, now)

    def said(self, ticker: str = "AAPL", interval: str = "1d") -> list[Prediction]:
        return list(self.store.of(ticker, interval))


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    """A table whose talk tells half of the next return."""
    return feature_rows(DAYS, signal=0.5)


@pytest.fixture
def bench(rows: list[dict[str, Any]]) -> Bench:
    return Bench(rows)


def test_looking_often_says_what_looking_once_does(bench: Bench, rows: list[dict[str, Any]]) -> None:
    """From a table that ends there each time: so nothing that came later had a part in it."""
    for number in [*range(0, DAYS, 4), DAYS]:
        known = [row if row["ends_at"] < f"{day(number):%FT%T}" else row | {"next_log_return": None} for row in rows]
        bench.rows = [row for row in known if parse_utc(row["ends_at"]) <= day(number)]
        bench.look(day(number))
    once = Bench(rows)
    once.look(day(DAYS))
    assert once.said() == bench.said()
    assert once.said("KO") == bench.said("KO")
    assert len(once.said()) > 2 * 30


def test_rows_that_are_not_whole_yet_are_left_out(bench: Bench) -> None:
    """A candle that ends after what the batch had seen is neither told of nor an answer."""
    bench.look(day(40))
    newest = bench.said()[-1]
    assert (day(40), None, None) == (newest.at, newest.came, newest.known_at)


def test_a_model_has_learnt_what_was_known_before_its_week(bench: Bench) -> None:
    """A week has one model a learner, kept with what it was fitted to."""
    bench.look(day(DAYS))
    for said in bench.said():
        card = bench.models.cards[f"served-1d-{said.learner}", said.model]
        assert parse_utc(card["fitted_to"]["to"]) < said.at
    assert len({(said.learner, said.model) for said in bench.said()}) == len(bench.models.models)


def test_what_came_is_told_later_and_what_was_said_stays(bench: Bench, rows: list[dict[str, Any]]) -> None:
    """Also when the table says something else by then."""
    bench.look(day(40), now=day(40))
    before = bench.said()
    bench.rows = [row | {"polarity": -row["polarity"]} for row in rows]
    turn = bench.look(day(41), now=day(41))
    after = {(said.at, said.learner): said for said in bench.said()}
    assert Turn(made=2 * len(LEARNERS), scored=2 * len(LEARNERS), unlearnt={}) == turn
    for said in before:
        kept = after[said.at, said.learner]
        assert (said.up, said.chance, said.said_at) == (kept.up, kept.chance, kept.said_at)
        assert kept.came is not None


def test_a_second_look_changes_nothing(bench: Bench) -> None:
    """The same table again: nothing is said, nothing is fitted."""
    bench.look(day(DAYS))
    items, models = bench.dynamodb.items("predictions"), dict(bench.models.models)
    assert Turn(0, 0, {}) == bench.look(day(DAYS), now=NOW + timedelta(days=1))
    assert (items, models) == (bench.dynamodb.items("predictions"), bench.models.models)


def test_what_the_store_forgot_is_said_again(bench: Bench) -> None:
    """By the same models."""
    bench.look(day(DAYS))
    before = bench.said()
    bench.dynamodb.clear("predictions")
    bench.look(day(DAYS))
    assert before == bench.said()


def test_too_little_to_learn_from_is_told(bench: Bench) -> None:
    """With how many candles there are, and nothing is said."""
    assert Turn(0, 0, {"1d": 5}) == bench.look(day(5))
    assert [] == bench.said()


def test_only_the_newest_candles_are_told_of() -> None:
    """However long the table is."""
    bench = Bench(feature_rows(KEPT + 100, ["KO"]))
    bench.look(day(1000))
    assert KEPT == len({said.at for said in bench.said("KO")})


def test_talk_that_tells_the_price_is_right_more_often(bench: Bench) -> None:
    """And the price alone is not: the entry of a series says both, as counting its predictions does."""
    bench.look(day(DAYS))
    (aapl, _ko) = query(cast(Any, bench.dynamodb), "predictions", ("series", predicted_series("1d")))
    learners = read_summary(aapl)
    for learner in (PRICE, TALK):
        said = [each for each in bench.said() if each.learner == learner]
        assert (said[-1], record(said)) == (learners[learner].newest, learners[learner].record)
    right = {learner: told.record.right / told.record.scored for learner, told in learners.items()}
    assert right[TALK] > 0.7 > right[PRICE]


def prediction(**fields: Any) -> Prediction:
    return replace(Prediction("KO", "1h", PRICE, FIRST, "1", up=True, chance=0.75, said_at=NOW), **fields)


def test_a_record_counts_what_moved() -> None:
    """A price that stays where it is makes nobody right; the Brier score is the mean squared difference."""
    came = [Came.UP, Came.DOWN, Came.FLAT, None]
    told = [prediction(came=each) for each in came]
    assert Record(made=4, scored=2, right=1, ups=1, brier=(0.25**2 + 0.75**2) / 2) == record(told)
    assert Record(1, 0, 0, 0, None) == record([prediction()])


@pytest.mark.parametrize("said", [prediction(), prediction(came=Came.FLAT, known_at=NOW, ticker="BRK.B")])
def test_an_item_is_read_as_it_was_written(said: Prediction) -> None:
    """With and without what came."""
    item = {name: value for name, value in prediction_item(said).items() if value is not None}
    assert said == read_prediction(item)


def test_a_table_that_is_missing_is_named() -> None:
    """In one line."""

    class Away:
        def query(self, **_how: Any) -> None:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    with pytest.raises(PredictionsAway, match="table of predictions does not answer"):
        DynamoPredictions(Away(), "predictions").of("KO", "1h")  # type: ignore[arg-type]  # one call of the client
