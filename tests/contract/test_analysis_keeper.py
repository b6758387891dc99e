"""When the analysis service looks, on a real Redis: at the market's pace while it is open, then when there is news."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import redis

from services.analysis.keeper import EVERY, Keeper
from tests.fakes.analysis import FIRST, ListFeatures, MemoryModels, feature_rows
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.world import MemoryEvents, SteppingClock
from tickertape.analysis.scikit import LogisticLearner
from tickertape.control.batch import new_run, report_run
from tickertape.control.gate import write_gate
from tickertape.control.progress import RedisProgress, read_progress
from tickertape.domain.market_hours import MarketState
from tickertape.domain.times import format_utc
from tickertape.ports.analysis import AnalysisFailed
from tickertape.serving.predictions import DynamoPredictions
from tickertape.usecases.predict import Predictor

HOURS = 60


class Away(ListFeatures):
    """Features that do not answer as long as `why` says so."""

    why = ""

    def rows(self) -> Any:
        if self.why:
            raise AnalysisFailed(self.why)
        return super().rows()


class Bench:
    """A keeper with everything around it; its own clock of seconds goes on by sixty a turn."""

    def __init__(self, control: redis.Redis) -> None:
        self.control, self.events, self.seconds = control, MemoryEvents(), 0.0
        self.features = Away(feature_rows(HOURS, interval="1h"))
        dynamodb: Any = MemoryDynamoDB({"predictions": ("series", "at_learner")})
        store = DynamoPredictions(dynamodb, "predictions")
        predictor = Predictor(self.features, [LogisticLearner(talk=True)], MemoryModels(), store)
        self.clock = SteppingClock(FIRST)
        progress = RedisProgress(control, "analysis")
        self.keeper = Keeper(control, predictor, self.clock, self.events, progress, lambda: self.seconds)

    def turn(self, at: datetime, *, opened: bool, as_of: datetime | None = None) -> int:
        """A turn at that market time, after a run of the batch; returns how many predictions it made."""
        self.batch(as_of or at)
        self.clock.set(at)
        write_gate(self.control, MarketState(opened, "as the test says", None), at)
        before = len(self.made())
        self.seconds += 60
        self.keeper.turn()
        return sum(self.made()[before:])

    def batch(self, as_of: datetime) -> None:
        run = new_run(self.control, rebuild=False, master="")
        report_run(self.control, run, "running")
        report_run(self.control, run, "done", as_of=format_utc(as_of))

    def made(self) -> list[int]:
        return [int(fields["predictions"]) for name, fields in self.events.told if name == "predictions_made"]

    def progress(self) -> dict[str, str]:
        return read_progress(self.control, "analysis")


@pytest.fixture
def bench(control: redis.Redis) -> Bench:
    return Bench(control)


def hour(number: float) -> datetime:
    return FIRST + timedelta(hours=number)


def test_an_open_market_is_looked_at_every_20_minutes(bench: Bench) -> None:
    """Of its own time, however often the batch runs."""
    assert bench.turn(hour(39.9), opened=True) > 0
    # Each hour ends for two tickers.
    assert [0, 0, 2] == [bench.turn(hour(39.9) + timedelta(minutes=late), opened=True) for late in (10, 19, 20)]
    assert timedelta(minutes=20) == EVERY


def test_a_closed_market_is_looked_at_when_there_is_news(bench: Bench) -> None:
    """The last candle ends with the session, and a batch may come after that."""
    bench.turn(hour(40), opened=True)
    assert 2 == bench.turn(hour(41), opened=False)
    bench.seconds += 60
    bench.keeper.turn()
    assert 2 == len(bench.made())


def test_a_clock_that_is_set_back_is_followed(bench: Bench) -> None:
    """What it says then is at once what there is to say; here nothing new."""
    bench.turn(hour(40), opened=True)
    assert 0 == bench.turn(hour(20), opened=True)
    assert 2 == bench.turn(hour(20) + EVERY, opened=True, as_of=hour(41))


def test_candles_that_the_batch_had_not_seen_the_end_of_wait(bench: Bench) -> None:
    """The clock is further on than what the batch had read."""
    bench.turn(hour(40), opened=False)
    assert 0 == bench.turn(hour(45), opened=False, as_of=hour(40.9))
    assert 10 == bench.turn(hour(45), opened=False)


def test_without_a_batch_it_waits(bench: Bench) -> None:
    """And its heart beats."""
    bench.keeper.turn()
    assert ("waiting_for_batch", []) == (bench.progress()["state"], bench.events.told)


def test_what_does_not_answer_is_told_once_and_asked_again(bench: Bench) -> None:
    """Half a minute later each time; then all goes on."""
    bench.features.why = "the lake does not answer"
    for _ in range(3):
        bench.turn(hour(40), opened=True)
    assert [("predictions_failed", {"why": "the lake does not answer"})] == bench.events.told
    assert "the lake does not answer" == bench.progress()["problem"]
    bench.features.why = ""
    assert bench.turn(hour(40), opened=True) > 0
    bench.keeper.turn()
    assert "" == bench.progress()["problem"]


def test_too_little_to_learn_from_is_in_its_progress(bench: Bench) -> None:
    """With how many candles there are."""
    bench.turn(hour(4), opened=True)
    bench.keeper.turn()
    assert "1h: 4" == bench.progress()["unlearnt"]
