"""Averages: their numbers, and that they are the same however the bars come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.bars import flat, minutes, utc
from tickertape.domain.averages import moving_averages, parse_windows
from tickertape.domain.bar import Bar
from tickertape.domain.price_series import Point, history_length, one_a_time, update
from tickertape.domain.splits import split_ratio

WINDOWS = (2, 5, 9)
START = utc("2014-06-02T13:30")
BARS_A_DAY = 7


def test_exponential_average_by_hand() -> None:
    """It starts as the mean of the first n closes and goes on by 2 / (n + 1) of the distance."""
    found = [each.exponential for each in moving_averages([1.0, 2.0, 6.0, 3.0], windows=[3])]
    assert [{}, {}, {3: 3.0}, {3: 3.0}] == found
    assert {3: pytest.approx(4.5)} == moving_averages([1.0, 2.0, 6.0, 6.0], windows=[3])[-1].exponential


@pytest.mark.parametrize("text", ["", "5,5", "1", "501", "5;20", "5,x", "5,,20", "-5", "5.0", "²"])
def test_wrong_windows_are_refused(text: str) -> None:
    """Windows are different whole numbers from 2 to 500."""
    with pytest.raises(ValueError, match=r"from 2 to 500"):
        parse_windows(text)


def test_windows_are_read_in_order() -> None:
    """Windows may be written in any order and with spaces."""
    assert (5, 20, 200) == parse_windows(" 200, 5,20")


class Table:
    """The points of one series in memory, updated as the Lambda updates DynamoDB."""

    def __init__(self) -> None:
        self.points: dict[datetime, Point] = {}

    def take(self, bars: Sequence[Bar], *, derived: bool = False, cut_off_after: int | None = None) -> None:
        """Bring in a batch; of what lies behind it only `cut_off_after` points are written, and none of its own."""
        new = one_a_time(Point(bar, derived) for bar in bars)
        first = next(iter(new))
        known = [self.points[ts] for ts in sorted(self.points)]
        before = [point for point in known if point.bar.ts < first]
        stored = (point for point in known if point.bar.ts >= first)
        found = update(before[-history_length(WINDOWS) :], stored, new, WINDOWS)
        written = [*reversed(found.later), *found.within]
        if cut_off_after is not None:
            written = written[: min(cut_off_after, len(found.later))]
        self.points |= {point.bar.ts: point for point in written}


def in_one_pass(bars: Sequence[Bar]) -> list[Point]:
    """The points of a whole series in order, made without `update`."""
    ratios = {at: split_ratio(bars[at - 1], bars[at]) for at in range(1, len(bars))}
    averages = moving_averages([bar.close for bar in bars], ratios, WINDOWS)
    return [Point(bar, ratio=ratios.get(at, 1.0), averages=averages[at]) for at, bar in enumerate(bars)]


def assert_same(expected: Sequence[Point], found: Mapping[datetime, Point]) -> None:
    assert [point.bar for point in expected] == [found[ts].bar for ts in sorted(found)]
    for point in expected:
        made = found[point.bar.ts]
        assert point.ratio == made.ratio
        assert dict(point.averages.simple) == pytest.approx(dict(made.averages.simple), rel=1e-9)
        # Each late bar may leave a billionth behind.
        assert dict(point.averages.exponential) == pytest.approx(dict(made.averages.exponential), rel=1e-7)


def a_series(moves: Sequence[float], ratios: Mapping[int, float]) -> list[Bar]:
    """Bars on consecutive days, whose price is cut by the ratio before the first bar of a day."""
    price, bars = 100.0, []
    for number, move in enumerate(moves):
        day, minute = divmod(number, BARS_A_DAY)
        if minute == 0:
            price /= ratios.get(day, 1.0)
        price *= 1 + move
        bars.append(flat(START + timedelta(days=day, minutes=minute), price))
    return bars


serieses = st.builds(
    a_series,
    st.lists(st.floats(-0.02, 0.02), min_size=1, max_size=150),
    st.dictionaries(st.integers(1, 20), st.sampled_from([2.0, 7.0, 0.1]), max_size=3),
)


@settings(deadline=None, max_examples=150)
@given(serieses, st.data())
def test_any_order_comes_to_the_same_table(bars: list[Bar], data: st.DataObject) -> None:
    """Late, repeated, shuffled and cut bars, in batches of any size, end at the table of one pass in order."""
    order = data.draw(st.permutations(bars))
    repeats = data.draw(st.lists(st.sampled_from(bars), max_size=20))
    coming = [*order, *repeats]
    table = Table()
    while coming:
        size = data.draw(st.integers(1, max(1, len(coming) // 2)))
        batch, coming = coming[:size], coming[size:]
        if data.draw(st.booleans()):
            table.take(batch, cut_off_after=data.draw(st.integers(0, 100)))
        table.take(batch)
    assert_same(in_one_pass(bars), table.points)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-0.02, 0.02), min_size=30, max_size=60), st.sampled_from([2.0, 7.0, 0.1]))
def test_averages_after_a_split_are_those_of_the_back_adjusted_series(moves: list[float], ratio: float) -> None:
    """Whoever divides all earlier closes by the ratio himself gets the same averages after the split."""
    bars = a_series(moves, {2: ratio})
    split_at = 2 * BARS_A_DAY
    adjusted = [bar.close / (ratio if at < split_at else 1) for at, bar in enumerate(bars)]
    expected = moving_averages(adjusted, windows=WINDOWS)[split_at:]
    found = [point.averages for point in in_one_pass(bars)[split_at:]]
    for ours, theirs in zip(found, expected, strict=True):
        assert dict(theirs.simple) == pytest.approx(dict(ours.simple), abs=1e-6)
        assert dict(theirs.exponential) == pytest.approx(dict(ours.exponential), rel=1e-9)


def test_a_late_bar_deep_in_a_long_series() -> None:
    """Behind a late bar as much is computed again as it changes, and no more."""
    bars = a_series([0.01 * (-1) ** number for number in range(1500)], {100: 7.0})
    table = Table()
    late = bars.pop(10)
    table.take(bars)
    table.take([late])
    whole = sorted([*bars, late], key=lambda bar: bar.ts)
    assert_same(in_one_pass(whole), table.points)
    new = one_a_time([Point(late)])
    known = [table.points[ts] for ts in sorted(table.points)]
    read = iter(known[10:])
    found = update(known[2:10], read, new, WINDOWS)
    assert ([], None) == (found.changed, found.newest)
    assert len(list(read)) > 1000


def test_apples_split() -> None:
    """No average lies between the prices before and after 7:1."""
    bars = [*minutes("2014-06-06T19:30", [645.0] * 30), *minutes("2014-06-09T13:30", [92.0] * 30)]
    points = in_one_pass(bars)
    assert [7.0] == [point.ratio for point in points if point.ratio != 1.0]
    values = [v for point in points for v in (*point.averages.simple.values(), *point.averages.exponential.values())]
    assert all(90 < value < 95 or 640 < value < 650 for value in values)
    assert {2: 92.0, 5: 92.0, 9: 92.0} == points[-1].averages.simple


def test_of_unlike_copies_the_same_one_counts() -> None:
    """A minute that grows: the largest volume counts, in whichever order they come, and so do the averages."""
    first, grown = flat(START, 1.0), replace(flat(START, 1.5), volume=2.0)
    for batches in ([[first], [grown]], [[grown], [first]], [[first, grown]], [[grown, first]]):
        table = Table()
        for batch in batches:
            table.take(batch)
        assert [1.5] == [point.bar.close for point in table.points.values()]


def test_a_providers_bar_replaces_a_derived_one_for_good() -> None:
    """What a provider gave is never overwritten by what was made from minutes, whatever came first."""
    given_bar, made = flat(START, 2.0), replace(flat(START, 1.0), volume=9.0)
    for batches in ([True, False], [False, True], [True, False, True]):
        table = Table()
        for derived in batches:
            table.take([made if derived else given_bar], derived=derived)
        assert [(2.0, False)] == [(point.bar.close, point.derived) for point in table.points.values()]


def test_several_splits_multiply() -> None:
    """A close before two splits is divided by both ratios."""
    assert {3: 100.0} == moving_averages([600.0, 300.0, 100.0], {1: 2.0, 2: 3.0}, [3])[-1].simple
