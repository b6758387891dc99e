"""Where the trend's time axis is labelled: whole steps of the calendar, as many as fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dashboard.wording import NEW_YORK
from tickertape.domain.periods import Level, period_end, period_name, period_start

# The widest axis has room for so many labels, and a phone's for half: it shows every other one.
MOST_TICKS = 8
_STEPS = {
    Level.HOURLY: (1, 2, 3, 6, 12, 24, 48),
    Level.DAILY: (1, 2, 7, 14, 28),
    Level.WEEKLY: (1, 2, 4, 8, 13, 26),
    Level.MONTHLY: (1, 3, 6, 12),
    Level.YEARLY: (1, 2, 5, 10),
}


def ticks(begin: datetime, end: datetime, level: Level) -> list[tuple[datetime, str]]:
    """The starts of the labelled periods from `begin` to before `end`, in UTC, and their labels."""
    starts = list(_starts(begin, end, level))
    step = next((step for step in _STEPS[level] if len(starts) / step <= MOST_TICKS), _STEPS[level][-1])
    shown = [start for start in starts if _index(level, start) % step == 0]
    before = [None, *shown[:-1]]
    return [
        (start, _text(level, start, begins=last is None or _longer(level, last) != _longer(level, start)))
        for start, last in zip(shown, before, strict=True)
    ]


def _starts(begin: datetime, end: datetime, level: Level) -> Iterator[datetime]:
    name = period_name(level, begin)
    while (start := period_start(level, name)) < end:
        if start >= begin:
            yield start
        name = period_name(level, period_end(level, name))


def _index(level: Level, start: datetime) -> int:
    """The number of a period in its calendar; hours are counted on New York's clock, weeks from Monday."""
    match level:
        case Level.YEARLY:
            return start.year
        case Level.MONTHLY:
            return start.year * 12 + start.month - 1
        case Level.WEEKLY:
            return start.toordinal() // 7
        case Level.DAILY:
            return start.toordinal() - 1
        case Level.HOURLY:
            local = start.astimezone(NEW_YORK)
            return local.toordinal() * 24 + local.hour


def _longer(level: Level, start: datetime) -> object:
    """What is said once for all its labels: an hour's day, the year of others."""
    return start.astimezone(NEW_YORK).date() if level is Level.HOURLY else start.year


def _text(level: Level, start: datetime, *, begins: bool) -> str:
    match level:
        case Level.YEARLY:
            return f"{start:%Y}"
        case Level.MONTHLY:
            return f"{start:%b}<br>{start:%Y}" if begins else f"{start:%b}"
        case Level.DAILY | Level.WEEKLY:
            return f"{start.day} {start:%b}<br>{start:%Y}" if begins else f"{start.day} {start:%b}"
        case Level.HOURLY:
            local = start.astimezone(NEW_YORK)
            day = f"{local.day} {local:%b}"
            return f"{local:%H:%M}<br>{day}" if begins else f"{local:%H:%M}"
