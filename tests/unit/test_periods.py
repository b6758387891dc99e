"""The periods that counts are made for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.domain.periods import Level, is_period, period_end, period_name, period_start

TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis


@given(st.sampled_from(Level), TIMES)
def test_a_time_is_within_the_period_it_is_named_into(level: Level, moment: datetime) -> None:
    """A period begins at or before each of its times and ends behind it."""
    name = period_name(level, moment)
    assert period_start(level, name) <= moment < period_end(level, name)


@given(st.sampled_from(Level), TIMES)
def test_periods_follow_each_other_and_sort_as_time_does(level: Level, moment: datetime) -> None:
    """Where one ends the next begins, and its name is the greater one."""
    name = period_name(level, moment)
    following = period_name(level, period_end(level, name))
    assert period_end(level, name) == period_start(level, following)
    assert name < following


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    """ISO 8601: the last days of December may be in the next year's first week."""
    assert "2015-W01" == period_name(Level.WEEKLY, datetime(2014, 12, 29, tzinfo=UTC))
    assert timedelta(days=7) == period_end(Level.WEEKLY, "2020-W53") - period_start(Level.WEEKLY, "2020-W53")


@pytest.mark.parametrize("name", ["", "2014", "2014-06", "2014-13-01", "2014-06-06T14", "latest", "2014-6-006"])
def test_not_a_day(name: str) -> None:
    """Only a day that exists, in full, is a period of the daily level."""
    assert not is_period(Level.DAILY, name)


@pytest.mark.parametrize("name", ["2014-W1", "2014-W00", "2014-W53", "2014-23", "2014-W23-1"])
def test_not_a_week(name: str) -> None:
    """Only a week that the year has, in full, is a period of the weekly level."""
    assert not is_period(Level.WEEKLY, name)


def test_a_wrong_name_is_answered_with_a_right_one() -> None:
    """The error says what a period looks like."""
    with pytest.raises(ValueError, match="one looks like 2014-06-06T14"):
        period_start(Level.HOURLY, "2014")
