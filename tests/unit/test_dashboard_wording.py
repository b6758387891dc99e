"""The page's words, and the choices in its address."""

import pytest

from dashboard.state import MAX_ID, OperationsState, ViewState
from dashboard.wording import ago, clock_label, earlier_label, period_label
from tests.e2e.dashboard_world import OPEN
from tickertape.domain.periods import Level
from tickertape.domain.virtual_clock import ClockState


@pytest.mark.parametrize(
    ("level", "name", "label"),
    [
        (Level.YEARLY, "2014", "2014"),
        (Level.MONTHLY, "2014-06", "June 2014"),
        (Level.WEEKLY, "2014-W23", "Week of Mon 2 Jun 2014"),
        (Level.DAILY, "2014-06-06", "Fri 6 Jun 2014"),
        (Level.HOURLY, "2014-06-06T14", "Fri 6 Jun 2014, 10:00 ET"),
        (Level.HOURLY, "2014-01-02T03", "Wed 1 Jan 2014, 22:00 ET"),
    ],
)
def test_period_label(level: Level, name: str, label: str) -> None:
    """Hours are New York's, summer and winter; longer periods are UTC's."""
    assert label == period_label(level, name)


@pytest.mark.parametrize(
    ("level", "earlier", "later", "label"),
    [
        (Level.HOURLY, "2014-06-06T13", "2014-06-06T14", "09:00 ET"),
        (Level.HOURLY, "2014-06-05T14", "2014-06-06T14", "Thu 5 Jun, 10:00 ET"),
        (Level.DAILY, "2014-06-05", "2014-06-06", "Thu 5 Jun"),
        (Level.DAILY, "2013-12-31", "2014-01-01", "Tue 31 Dec 2013"),
        (Level.MONTHLY, "2014-05", "2014-06", "May 2014"),
    ],
)
def test_earlier_label(level: Level, earlier: str, later: str, label: str) -> None:
    """What two periods have in common is not said twice."""
    assert label == earlier_label(level, earlier, later)


@pytest.mark.parametrize(
    ("state", "label"),
    [
        (ClockState(None, OPEN, 1, False), "Live"),
        (ClockState(OPEN, OPEN, 60, False), "Replay \N{MULTIPLICATION SIGN}60"),
        (ClockState(OPEN, OPEN, 60, True), "Paused"),
        (ClockState(OPEN, OPEN, 60, False, end=OPEN), "End of the tape"),
        (ClockState(OPEN, OPEN, float("inf"), True, end=OPEN), "End of the tape"),
    ],
)
def test_clock_label(state: ClockState, label: str) -> None:
    """The header says what the clock is doing."""
    assert label == clock_label(state, OPEN)


@pytest.mark.parametrize(
    ("seconds", "label"), [(-3, "0 s ago"), (59, "59 s ago"), (61, "1 min ago"), (90_000, "1 d ago")]
)
def test_ago(seconds: float, label: str) -> None:
    """A duration is told in one unit; clocks that differ a little do not make it negative."""
    assert label == ago(seconds)


def test_address_is_read() -> None:
    """A shared link opens the same view."""
    search = "?level=hourly&period=2014-06-06T14&ticker=brk.b&series=AAPL%231m&top=5&by=share&chart=candles&bars=day"
    assert ViewState(
        Level.HOURLY, "2014-06-06T14", "BRK.B", "AAPL#1m", top="5", by="share", chart="candles", bars="day"
    ) == ViewState.from_search(search)


def test_address_of_the_operations_is_read() -> None:
    """A tweet's id, cut where no id is longer, and which events."""
    assert OperationsState("123", "problems") == OperationsState.from_search("?tweet=123&events=problems")
    assert OperationsState("9" * MAX_ID) == OperationsState.from_search(f"?tweet={'9' * 999}&events=none")
    assert OperationsState() == OperationsState.from_search(None)


@pytest.mark.parametrize(
    "search",
    [None, "", "?", "?level=moonly&period=x&top=1e9&by=%00", "?period=2014-06&ticker=<script>&series=../..", "?a&&=="],
)
def test_nonsense_in_the_address(search: str | None) -> None:
    """What makes no sense in an address is the default, not an error."""
    assert ViewState() == ViewState.from_search(search)
