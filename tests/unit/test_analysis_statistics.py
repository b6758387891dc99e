"""The figures of an analysis: against values worked out by hand, by an independent library, and by simulation."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, matthews_corrcoef

from tests.fakes.analysis import feature_rows
from tickertape.domain.analysis.calibration import brier, reliability
from tickertape.domain.analysis.confusion import Counts, accuracy, matthews
from tickertape.domain.analysis.corrections import benjamini_hochberg, holm
from tickertape.domain.analysis.folds import NEEDED, TooFew, walk_forward
from tickertape.domain.analysis.observations import Observation, observations
from tickertape.domain.analysis.permutation import Cell, OutcomePermutations, swapped_p_value
from tickertape.domain.analysis.resampling import BlockBootstrap, block_length, interval, total

NOON = datetime(2014, 1, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("seed", range(5))
def test_the_measures_are_those_of_an_independent_library(seed: int) -> None:
    """Matthews' correlation, accuracy and Brier's score, for random forecasts of random lengths."""
    dice = random.Random(seed)
    came = [dice.random() < 0.6 for _ in range(dice.randrange(2, 60))]
    chances = [dice.random() for _ in came]
    said = [chance >= 0.5 for chance in chances]
    counts = Counts.of(zip(said, came, strict=True))
    assert matthews_corrcoef(came, said) == pytest.approx(matthews(counts))
    assert accuracy_score(came, said) == pytest.approx(accuracy(counts))
    assert brier_score_loss(came, chances) == pytest.approx(brier(chances, came))


def test_one_answer_for_everything_says_nothing() -> None:
    """Its correlation is 0, however often it is right."""
    assert (0.0, 0.9) == (matthews(Counts(9, 1, 0, 0)), accuracy(Counts(9, 1, 0, 0)))


def test_chances_that_are_met_lie_on_the_diagonal() -> None:
    """A bin has the mean chance that was told and the share that came; a chance of 1 is in the last."""
    bins = reliability([0.25, 0.25, 0.25, 0.25, 1.0], [True, False, False, False, True])
    assert [(4, 0.25, 0.25), (1, 1.0, 1.0)] == [(each.n, each.chance, each.came) for each in bins]


def test_corrected_p_values_are_those_of_the_papers() -> None:
    """Worked out by hand, in any order, never above 1; none stay none."""
    assert [0.04, 0.06, 0.06, 1.0] == pytest.approx(holm([0.01, 0.02, 0.03, 1.0]))
    assert [0.06, 0.04] == pytest.approx([holm([0.03, 0.01, 0.02, 1.0])[at] for at in (0, 1)])
    assert [0.04, 0.04, 0.04, 0.9] == pytest.approx(benjamini_hochberg([0.03, 0.01, 0.02, 0.9]))
    assert ([], []) == (holm([]), benjamini_hochberg([]))


def test_a_resample_is_made_of_whole_blocks_and_is_as_long_as_the_data() -> None:
    """Neighbours stay together, and nothing is drawn from beyond the ends."""
    marks = [Counts(1, place, 0, 0) for place in range(30)]
    bootstrap = BlockBootstrap(30, seed=1, resamples=50)
    assert 3 == bootstrap.block == block_length(30)
    assert {30} == {counts.up_up for counts in bootstrap.counts(marks)}
    # A block of three neighbours has three times its middle one.
    assert {0} == {counts.up_down % 3 for counts in bootstrap.counts(marks)}


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 95 % intervals of a correlation that is known, over made-up data, about 95 of 100 hold it."""
    dice = np.random.default_rng(7)
    truth, held, seen_one = 0.2, 0, 0
    for _ in range(100):
        came = dice.random(150) < 0.5
        said = np.where(dice.random(150) < (1 + truth) / 2, came, ~came)
        moments = [Counts.of([(bool(up), bool(is_up))]) for up, is_up in zip(said, came, strict=True)]
        resampled = BlockBootstrap(150, seed=1, resamples=200).counts(moments)
        found = interval(matthews(total(moments)), list(map(matthews, resampled)))
        held += found.low <= truth <= found.high
        seen_one += found.low > 0
    assert 86 <= held <= 100
    assert seen_one > 40


def test_chance_is_found_as_often_as_a_p_value_says() -> None:
    """Of forecasts that know nothing one in ten has a p-value up to 0.1, and one model is as seldom above its like.

    Also where there are few moments, and where three tickers have one answer, as the market gives it.
    """
    dice = random.Random(4)
    cells = [Cell(moment, ticker) for moment in range(30) for ticker in range(3)]
    models = compared = 0
    for _ in range(200):
        market = [dice.random() < 0.55 for _ in range(30)]
        came = [market[cell.moment] for cell in cells]
        one, other = ([dice.random() < 0.5 for _ in cells] for _ in "ab")
        permutations = OutcomePermutations(list(zip(cells, came, strict=True)), 3, 1, 99)
        models += permutations.p_value(list(zip(cells, one, strict=True))) <= 0.1
        first, second = (
            [Counts.of(zip(said[at : at + 3], came[at : at + 3], strict=True)) for at in range(0, 90, 3)]
            for said in (one, other)
        )
        compared += swapped_p_value(first, second, 3, 1, 99) <= 0.1
    assert 8 <= models <= 32
    assert 8 <= compared <= 32


def test_what_is_no_chance_has_the_least_p_value() -> None:
    """That of the data alone among its permutations; cells without an outcome stand in nobody's way."""
    dice = random.Random(2)
    cells = [Cell(moment, ticker) for moment in range(60) for ticker in range(2) if moment % 7 or ticker]
    came = [(cell, dice.random() < 0.5) for cell in cells]
    permutations = OutcomePermutations(came, 4, 1, 199)
    assert 1 / 200 == permutations.p_value(came)
    assert 1.0 == permutations.p_value([(cell, not up) for cell, up in came])
    right, wrong = [Counts(1, 0, 0, 1)] * 60, [Counts(0, 1, 1, 0)] * 60
    assert (1 / 200, 1.0) == (swapped_p_value(right, wrong, 4, 1, 199), swapped_p_value(wrong, right, 4, 1, 199))


def seen(place: int, known_after: int = 1, ticker: str = "KO", is_up: bool | None = True) -> Observation:
    at = NOON + place * DAY
    return Observation(ticker, at, (), (), None, is_up, at + known_after * DAY)


def test_what_is_tested_lies_after_what_was_known_before() -> None:
    """A candle lies between the last answer that is learnt from and the first forecast; each moment is tested once."""
    rows = [seen(place, ticker=ticker) for place in range(60) for ticker in ("AAPL", "KO")]
    folds = list(walk_forward(rows, step=7))
    for fold in folds:
        start = min(each.at for each in fold.test)
        assert max(each.known_at or NOON for each in fold.train) == start - DAY
        assert {(each.at, each.ticker) for each in fold.train} == {
            (each.at, each.ticker) for each in rows if each.at < start - DAY
        }
    tested = [(each.at, each.ticker) for fold in folds for each in fold.test]
    assert [(each.at, each.ticker) for each in rows[60:]] == tested


def test_an_answer_that_came_late_is_not_learnt_from() -> None:
    """A ticker without candles for a while has its answer when they come back."""
    rows = sorted(
        [*(seen(place) for place in range(60)), seen(20, known_after=15, ticker="GAP")], key=lambda row: row.at
    )
    learnt = [min(each.at for each in fold.test) for fold in walk_forward(rows, 1) if rows[21] in fold.train]
    assert "GAP" == rows[21].ticker
    assert NOON + 36 * DAY == min(learnt)


def test_too_little_data_is_named() -> None:
    """How many moments there are and how many it takes; those without an answer do not count."""
    rows = [*(seen(place) for place in range(NEEDED - 1)), seen(NEEDED, is_up=None)]
    with pytest.raises(TooFew, match=f"{NEEDED - 1} moments with a known next one, {NEEDED} are needed"):
        list(walk_forward(rows, 5))
    assert list(walk_forward([*rows, seen(NEEDED + 1)], 5))


def test_no_observation_knows_what_came_after_it() -> None:
    """Rows after a time are changed, and what was seen before is the same."""
    rows = feature_rows(60)
    middle = sorted({row["ends_at"] for row in rows})[30]
    later = [
        row if row["ends_at"] <= middle else row | {"mentions": 999, "polarity": 1.0, "log_return": 9.0} for row in rows
    ]
    one, other = (
        [each for each in observations(table) if each.at.isoformat() <= middle.replace("Z", "+00:00")]
        for table in (rows, later)
    )
    assert 62 == len(one) and one == other


def test_values_are_in_units_of_the_ticker_itself() -> None:
    """Returns by its volatility, volume and talk against what is usual; none where there is nothing to divide by."""
    first, *_, last = observations(feature_rows(40, ["KO"]))
    row, before = feature_rows(40, ["KO"])[-1], feature_rows(40, ["KO"])[-21:-1]
    assert row["log_return"] / 0.01 == pytest.approx(last.price[0])
    assert math.log(row["volume"] / 1.5e6) == pytest.approx(last.price[4])
    usual = sum(math.log1p(each["mentions"]) for each in before) / 20
    assert math.log1p(row["mentions"]) - usual == pytest.approx(last.talk[1])
    assert (None, None, None) == (first.price[0], first.price[4], first.talk[1])
    assert (None, None) == (last.is_up, last.known_at)
