"""Bars of five minutes and days, made from minutes."""

from datetime import timedelta

from tests.fakes.bars import flat, minutes, utc
from tickertape.domain.resample import resample
from tickertape.domain.times import format_utc


def test_five_minutes_on_the_clock() -> None:
    """Buckets start at whole five minutes, with the first open, the last close, the extremes and all the volume."""
    made = resample(minutes("2025-11-25T14:33", [3.0, 5.0, 4.0, 2.0]), "5m")
    rows = [(format_utc(bar.ts), bar.interval, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in made]
    assert [
        ("2025-11-25T14:30:00Z", "5m", 3.0, 5.0, 3.0, 5.0, 2.0),
        ("2025-11-25T14:35:00Z", "5m", 4.0, 4.0, 2.0, 2.0, 2.0),
    ] == rows


def test_a_day_has_regular_hours_only() -> None:
    """A day is made of the minutes from 09:30 to 15:59 in New York, and stands at 16:00, summer and winter."""
    for opens, closes in (("2025-11-25T14:30", "2025-11-25T21:00:00Z"), ("2014-06-09T13:30", "2014-06-09T20:00:00Z")):
        start = utc(opens)
        at = [-1, 0, 389, 390]
        made = resample([flat(start + timedelta(minutes=minute), 10.0 + minute) for minute in at], "1d")
        assert [(closes, 10.0, 399.0, 2.0)] == [(format_utc(bar.ts), bar.open, bar.close, bar.volume) for bar in made]


def test_pre_and_post_market_have_five_minutes_but_no_day() -> None:
    """Minutes outside the regular hours make five-minute bars of their own and no day."""
    around = [flat(utc("2014-06-09T08:00"), 92.0), flat(utc("2014-06-09T23:59"), 93.0)]
    assert [] == resample(around, "1d")
    assert [92.0, 93.0] == [bar.close for bar in resample(around, "5m")]


def test_a_half_day_stands_at_the_usual_time() -> None:
    """A half day's bar stands at 16:00 too, as in daily files; minutes after 13:00 count where a tape has them."""
    half = minutes("2025-11-28T17:58", [1.0, 2.0])
    late = [flat(utc("2025-11-28T18:30"), 3.0)]
    assert [("2025-11-28T21:00:00Z", 2.0)] == [(format_utc(bar.ts), bar.close) for bar in resample(half, "1d")]
    assert [3.0] == [bar.close for bar in resample([*half, *late], "1d")]


def test_a_split_lies_between_two_days() -> None:
    """Prices of days on both sides of a split stay as they were paid."""
    both = [flat(utc("2014-06-06T19:59"), 645.0), flat(utc("2014-06-09T13:30"), 92.0)]
    assert [645.0, 92.0] == [bar.close for bar in resample(both, "1d")]
