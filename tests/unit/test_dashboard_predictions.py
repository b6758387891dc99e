"""The page of predictions: what it asks, what it counts, and what it says where there is nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from dashboard.components.prediction_tables import list_table, now_table, record_table, says
from dashboard.figures.predictions import WORDS, chance_figure
from dashboard.pages.predictions import Predictions
from dashboard.pages.predictions_layout import INTERVALS, LEARNERS
from dashboard.queries.predictions import MAX_SHOWN, newest_predictions, predicted_tickers, total, why_silent
from dashboard.state import INTERVAL_CHOICES, LEARNER_CHOICES, PredictionsState
from dashboard.wording import NOTHING
from tests.e2e.dashboard_world import OPEN, World
from tickertape.analysis.scikit import learners
from tickertape.control.keys import progress
from tickertape.domain.analysis.predictions import Came, Prediction, Record, record
from tickertape.serving.predictions import DynamoPredictions

TALK, PRICE = LEARNERS
HOUR = timedelta(hours=1)


def said(
    ticker: str,
    place: int,
    learner: str = TALK,
    came: Came | None = Came.UP,
    chance: float = 0.6,
    interval: str = "1h",
) -> Prediction:
    at = OPEN + place * (HOUR if interval == "1h" else 24 * HOUR)
    known_at = at + HOUR if came else None
    return Prediction(ticker, interval, learner, at, "1", chance >= 0.5, chance, at, came, known_at)


AAPL = [said("AAPL", 0), said("AAPL", 1, came=Came.DOWN), said("AAPL", 2, came=Came.FLAT), said("AAPL", 3, came=None)]
KO = [said("KO", 0, chance=0.3), said("KO", 1, came=Came.DOWN, chance=0.3)]
PRICED = [said("AAPL", 0, PRICE, chance=0.4), said("AAPL", 3, PRICE, came=None, chance=0.4)]


@pytest.fixture
def world() -> World:
    made = World()
    made.play()
    store = DynamoPredictions(cast(Any, made.dynamodb), "predictions")
    for ticker, predictions in (("AAPL", [*AAPL, *PRICED]), ("KO", KO)):
        store.put(predictions)
        store.summarise(ticker, "1h", predictions)
    made.dynamodb.queries.clear()
    return made


@pytest.fixture
def page(world: World) -> Predictions:
    return Predictions(world.reader(), cast(Any, world.redis))


def text(component: Any) -> str:
    """All the words of a component, one after the other."""
    if component is None or isinstance(component, str):
        return component or ""
    parts = component if isinstance(component, list) else [getattr(component, "children", None)]
    return " ".join(filter(None, map(text, parts)))


def test_all_tickers_cost_one_query_and_one_of_them_another(world: World, page: Predictions) -> None:
    """However many there are; and none within the time that they stay fresh."""
    page.tables("1h", None, None, None)
    page.one_ticker("1h", "AAPL", TALK, None, None, None, None)
    page.one_ticker("1h", "AAPL", PRICE, None, None, None, None)
    assert 2 == len(world.dynamodb.queries)


def test_each_ticker_has_what_every_model_said_last(world: World) -> None:
    """In words and signs, not in colour alone."""
    table = now_table(predicted_tickers(world.reader(), "1h"), LEARNERS)
    assert "AAPL 6 Jun, 13:00:00 ▲ up, 60.0 % ▼ down, 60.0 %" in text(table)
    assert f"KO 6 Jun, 11:00:00 ▼ down, 70.0 % {NOTHING}" in text(table)
    assert "▲ up, 50.0 %" == says(said("KO", 0, chance=0.5))


def test_the_record_is_that_of_all_tickers(world: World) -> None:
    """As counting every prediction gives it, with what always saying up would have got right."""
    series = predicted_tickers(world.reader(), "1h")
    counted = total([each.learners[TALK].record for each in series])
    assert record([*AAPL, *KO]) == pytest.approx(counted)
    assert "Price and talk 6 4 50.0 % 50.0 % 0.275" in text(record_table(series, LEARNERS))
    assert Record(0, 0, 0, 0, None) == total([])


def test_marks_tell_right_from_wrong() -> None:
    """By their shape, and by words on hover; what did not move is neither."""
    figure = chance_figure(AAPL, scheme="light")
    marks = {trace.name: (trace.marker.symbol, list(trace.x)) for trace in figure.data}
    assert {"right": ("circle", [0]), "wrong": ("x", [1]), WORDS[None]: ("circle-open", [2, 3])} == marks
    hovers = [trace.customdata[0] for trace in figure.data]
    assert "Fri 6 Jun 2014, 10:00 New York (2014-06-06 14:00:00 UTC)" == hovers[0][0]
    assert ["went up, right", "went down, wrong", "did not move"] == [hover[1] for hover in hovers]


def test_what_was_said_afterwards_says_so() -> None:
    """A prediction that was written when its answer was known is no prediction."""
    late = Prediction("KO", "1h", TALK, OPEN, "1", True, 0.6, OPEN + 2 * HOUR, Came.UP, OPEN + HOUR)
    assert ["afterwards" in text(list_table([each])) for each in (late, AAPL[0])] == [True, False]


def test_only_the_newest_are_asked_for(world: World) -> None:
    """A ticker that was followed for years is not read from its beginning."""
    store = DynamoPredictions(cast(Any, world.dynamodb), "predictions")
    store.put([said("KO", place) for place in range(MAX_SHOWN + 10)])
    found = newest_predictions(world.reader(), "KO", "1h")
    assert (OPEN + 10 * HOUR, MAX_SHOWN) == (found[0].at, len(found))


def test_where_there_are_only_sessions_they_are_shown_instead_of_hours() -> None:
    """And it is said; their axis names each year once."""
    world = World()
    predictions = [said("KO", place, interval="1d") for place in (0, 200, 400)]
    store = DynamoPredictions(cast(Any, world.dynamodb), "predictions")
    store.put(predictions)
    store.summarise("KO", "1d", predictions)
    page = Predictions(world.reader(), cast(Any, world.redis))
    names, _, _, caption, notice, _ = page.tables("1h", None, None, None)
    assert (["KO"], "does the next session close higher? · 1 tickers") == (names, caption)
    assert "the next session is shown instead" in text(notice)
    figure, *_ = page.one_ticker("1h", None, TALK, None, None, None, None)
    assert ("6 Jun<br>2014", "23 Dec", "11 Jul<br>2015") == figure.layout.xaxis.ticktext


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "COMPOSE_PROFILES=analysis make up"),
        ({"state": "waiting", "problem": "the lake is away"}, "cannot predict: the lake is away"),
        ({"state": "waiting", "unlearnt": "1h: 5, 1d: 2"}, "There are 5 hours"),
        ({"state": "waiting", "unlearnt": "1d: 2"}, "Nothing has been predicted yet"),
    ],
)
def test_an_empty_page_says_why(told: dict[str, str], words: str) -> None:
    """And what to do."""
    world = World()
    if told:
        world.redis.hset(progress("analysis"), told)
    page = Predictions(world.reader(), cast(Any, world.redis))
    names, *_, notice, _version = page.tables("1h", None, None, None)
    assert [] == names
    assert words in text(notice)
    assert words in why_silent(cast(Any, world.redis), "1h").replace("`", "")


def test_choices_are_those_that_there_are() -> None:
    """An address names learners and lengths of candles; what makes no sense falls back."""
    assert set(LEARNERS) <= {learner.name for learner in learners()}
    assert (INTERVAL_CHOICES, LEARNER_CHOICES) == (tuple(INTERVALS), tuple(LEARNERS))
    assert PredictionsState("1d", "KO", PRICE) == PredictionsState.from_search(f"?interval=1d&ticker=ko&by={PRICE}")
    assert PredictionsState() == PredictionsState.from_search("?interval=1y&ticker=%3Cb%3E&by=oracle")
