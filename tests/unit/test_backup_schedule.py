"""When backups are due, and which of them stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.domain.backup_schedule import BackupSchedule
from tickertape.domain.market_hours import Calendar, Session
from tickertape.domain.retention import Candidate, Kept, kept

# The Wednesday before Thanksgiving 2025, and the half day after it.
WEDNESDAY = Session(datetime(2025, 11, 26, 14, 30, tzinfo=UTC), datetime(2025, 11, 26, 21, tzinfo=UTC))
FRIDAY = Session(datetime(2025, 11, 28, 14, 30, tzinfo=UTC), datetime(2025, 11, 28, 18, tzinfo=UTC))
CALENDAR = Calendar((WEDNESDAY, FRIDAY), date(2025, 11, 26), date(2025, 11, 28))
BEGIN, END = datetime(2025, 11, 26, tzinfo=UTC), datetime(2025, 11, 29, tzinfo=UTC)


def test_a_backup_is_due_after_each_close() -> None:
    """A holiday has none, and a half day's is earlier."""
    quarter = timedelta(minutes=15)
    expected = [WEDNESDAY.closes + quarter, FRIDAY.closes + quarter]
    assert expected == list(BackupSchedule.parse("close+15").due(CALENDAR, BEGIN, END))
    assert expected[1:] == list(BackupSchedule.parse("close+15").due(CALENDAR, expected[0], expected[1]))
    assert [] == list(BackupSchedule.parse("close").due(None, BEGIN, END))


def test_a_time_of_day_is_new_yorks_through_summer_and_winter() -> None:
    """Five in the afternoon is 21:00 UTC before the clocks change and 22:00 after."""
    begin, end = datetime(2025, 11, 1, 12, tzinfo=UTC), datetime(2025, 11, 3, 23, tzinfo=UTC)
    due = BackupSchedule.parse("17:00").due(None, begin, end)
    assert ["2025-11-01T21", "2025-11-02T22", "2025-11-03T22"] == [f"{moment:%Y-%m-%dT%H}" for moment in due]


def test_off_is_never() -> None:
    assert [] == list(BackupSchedule.parse("off").due(CALENDAR, BEGIN, END))


@pytest.mark.parametrize("text", ["", "closed", "close-5", "25:00", "7:30", "close+9999", "on"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="was expected"):
        BackupSchedule.parse(text)


def candidate(moment: datetime, by_hand: bool = False, name: str = "") -> Candidate:
    return Candidate(name or f"{moment:%Y%m%dT%H%M%S}", moment, by_hand)


def test_the_newest_of_each_day_week_and_month_stays() -> None:
    """Three months of evenings: the last seven days, the last of four weeks, the last of each month."""
    evenings = [candidate(datetime(2025, 9, 1, 21, tzinfo=UTC) + timedelta(days=day)) for day in range(91)]
    stay = kept(evenings, Kept(daily=7, weekly=4, monthly=12))
    assert [
        *("20250930", "20251031", "20251109", "20251116", "20251123"),
        *("20251124", "20251125", "20251126", "20251127", "20251128", "20251129", "20251130"),
    ] == sorted(name[:8] for name in stay)


def test_what_was_made_by_hand_stays_as_long_as_its_day() -> None:
    """Of a day the newest stays and all that were asked for; of an older day what the weeks and months keep."""
    evening = datetime(2025, 11, 24, 21, tzinfo=UTC)
    made = [
        *(candidate(evening - timedelta(hours=hours), by_hand=True, name=f"hand{hours}") for hours in (1, 2, 26)),
        candidate(evening - timedelta(hours=3), name="early"),
        candidate(evening, name="late"),
    ]
    assert {"hand1", "hand2", "late"} == kept(made, Kept(1, 0, 0))


def test_the_newest_always_stays() -> None:
    """Also when nothing is to be kept, and when the clock was set back since."""
    old, new = candidate(END, name="1"), candidate(BEGIN, name="2")
    assert {"2"} == kept([old, new], Kept(0, 0, 0))
    assert set() == kept([], Kept(7, 4, 12))


MOMENTS = st.integers(0, 730 * 24).map(lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours))


@given(st.lists(MOMENTS, unique=True, max_size=60), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_thinning_out_twice_is_thinning_out_once(moments: list[datetime], day: int, week: int, month: int) -> None:
    """What stayed stays, at most one for each period, and more is never kept by asking for less."""
    candidates = [candidate(moment, name=f"{number:03}") for number, moment in enumerate(sorted(moments))]
    stay = kept(candidates, Kept(day, week, month))
    left = [one for one in candidates if one.id in stay]
    assert stay == kept(left, Kept(day, week, month))
    assert len(stay) <= max(1, day + week + month)
    assert stay <= kept(candidates, Kept(day + 1, week + 1, month + 1))
