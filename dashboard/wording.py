"""How times, periods, numbers and clocks are worded on the page. Times are New York's, with UTC at hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tickertape.domain.periods import Level, period_start
from tickertape.domain.times import format_utc
from tickertape.domain.virtual_clock import ClockState

NEW_YORK = ZoneInfo("America/New_York")
LEVEL_NAMES = {
    Level.YEARLY: "Yearly",
    Level.MONTHLY: "Monthly",
    Level.WEEKLY: "Weekly",
    Level.DAILY: "Daily",
    Level.HOURLY: "Hourly",
}
UNIT = {
    Level.YEARLY: "year",
    Level.MONTHLY: "month",
    Level.WEEKLY: "week",
    Level.DAILY: "day",
    Level.HOURLY: "hour",
}
# Stands where there is no number.
NOTHING = "\N{EN DASH}"
# As wide as a plus, which a hyphen is not.
MINUS = "\N{MINUS SIGN}"


def period_label(level: Level, name: str) -> str:
    """A period for people. Hours are New York's; days and longer ones are UTC's, as they are counted.

    >>> period_label(Level.HOURLY, "2014-06-06T14")
    'Fri 6 Jun 2014, 10:00 ET'
    """
    start = period_start(level, name)
    match level:
        case Level.YEARLY:
            return f"{start:%Y}"
        case Level.MONTHLY:
            return f"{start:%B %Y}"
        case Level.WEEKLY:
            return f"Week of {day_label(start)}"
        case Level.DAILY:
            return day_label(start)
        case Level.HOURLY:
            local = start.astimezone(NEW_YORK)
            return f"{day_label(local)}, {local:%H:%M} ET"


def earlier_label(level: Level, earlier: str, later: str) -> str:
    """A period beside a later one, without what both have in common: `Mon 9 Jun`, `16:00 ET`."""
    label = period_label(level, earlier)
    if level not in (Level.HOURLY, Level.DAILY):
        return label
    day, later_day = (period_label(level, name).split(", ")[0] for name in (earlier, later))
    if level is Level.HOURLY and day == later_day:
        return label.split(", ")[1]
    return label.replace(f" {day[-4:]}", "", 1) if day[-4:] == later_day[-4:] else label


def day_label(moment: datetime) -> str:
    """The day of a time: `Fri 6 Jun 2014`."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def new_york(moment: datetime) -> str:
    """A time in New York, to the second: `Fri 6 Jun 2014, 10:03:20`."""
    local = moment.astimezone(NEW_YORK)
    return f"{day_label(local)}, {local:%H:%M:%S}"


def span_label(start: datetime, end: datetime) -> str:
    """An interval in New York's time; of whole days of UTC, as counts are made for, the days.

    >>> span_label(datetime(2014, 6, 6, 13, tzinfo=UTC), datetime(2014, 6, 6, 14, tzinfo=UTC))
    'Fri 6 Jun 2014, 09:00 to 10:00 ET'
    """
    if all(moment.astimezone(UTC).time() == time() for moment in (start, end)):
        first, last = start.astimezone(UTC), end.astimezone(UTC) - timedelta(days=1)
        return day_label(first) if first == last else f"{day_label(first)} to {day_label(last)}"
    first, last = start.astimezone(NEW_YORK), end.astimezone(NEW_YORK)
    day = "" if first.date() == last.date() else f"{day_label(last)}, "
    return f"{day_label(first)}, {first:%H:%M} to {day}{last:%H:%M} ET"


def utc(moment: datetime) -> str:
    """A time in UTC, to the second: `2014-06-06 14:03:20 UTC`."""
    return format_utc(moment.replace(microsecond=0)).replace("T", " ").replace("Z", " UTC")


def count(number: float) -> str:
    """A count with thousands separated: `47,593`."""
    return f"{number:,.0f}"


def percent(share: float | None) -> str:
    """A share of 1 in percent, a dash when there is nothing to share out."""
    return NOTHING if share is None else f"{share * 100:.1f} %"


def clock_label(state: ClockState, wall: datetime) -> str:
    """What the clock is doing: live, replaying at a speed, paused, or at the end of its tape."""
    if state.virtual is None:
        return "Live"
    if state.end is not None and state.now(wall) >= state.end:
        return "End of the tape"
    if state.paused:
        return "Paused"
    # A replay as fast as possible has no number worth reading.
    return f"Replay \N{MULTIPLICATION SIGN}{state.speed:g}" if state.speed < 1e6 else "Replay at full speed"


def ago(seconds: float) -> str:
    """A duration up to now in one unit: `12 s ago`."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"
