"""The periods that counts are made for. A period is named in UTC, as `2014-06-06T14`, `2014-W23` or `2014`.

Days and weeks are UTC's, not the exchange's, so that a day's name is a prefix of its times; a week is ISO 8601's, from
Monday on. What compares talk with prices goes by the exchange's sessions instead (`spark/transforms/features.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache


class Level(StrEnum):
    """How long a period is."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


# A period's start in ISO 8601; names sort as time does.
_FORMATS = {
    Level.HOURLY: "%Y-%m-%dT%H",
    Level.DAILY: "%Y-%m-%d",
    Level.WEEKLY: "%G-W%V",
    Level.MONTHLY: "%Y-%m",
    Level.YEARLY: "%Y",
}
_LONGEST = {
    Level.HOURLY: timedelta(hours=1),
    Level.DAILY: timedelta(days=1),
    Level.WEEKLY: timedelta(days=7),
    Level.MONTHLY: timedelta(days=31),
    Level.YEARLY: timedelta(days=366),
}
_EXAMPLE = datetime(2014, 6, 6, 14, tzinfo=UTC)


def period_name(level: Level, moment: datetime) -> str:
    """The name of the period of that level that an aware time falls into.

    >>> period_name(Level.WEEKLY, datetime(2013, 12, 31, tzinfo=UTC))
    '2014-W01'
    """
    return moment.astimezone(UTC).strftime(_FORMATS[level])


# A page labels some hundreds of the same ones again and again, and reading a time by its form takes 16 µs.
@lru_cache(maxsize=4096)
def period_start(level: Level, name: str) -> datetime:
    """The start of a period, aware UTC.

    >>> period_start(Level.WEEKLY, "2014-W01").isoformat()
    '2013-12-30T00:00:00+00:00'

    Raises:
        ValueError: `name` is no period of that level.
    """
    try:
        # A week has a first day only when that is named.
        text, form = (f"{name}-1", "%G-W%V-%u") if level is Level.WEEKLY else (name, _FORMATS[level])
        start = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as error:
        raise _no_period(level, name) from error
    # strptime takes `2014-6` and `2014-W1` as well.
    if period_name(level, start) != name:
        raise _no_period(level, name)
    return start


def _no_period(level: Level, name: str) -> ValueError:
    return ValueError(f"{name!r} is no period of level {level}; one looks like {period_name(level, _EXAMPLE)}")


def period_end(level: Level, name: str) -> datetime:
    """Where the next period begins, aware UTC.

    >>> period_end(Level.MONTHLY, "2013-12").isoformat()
    '2014-01-01T00:00:00+00:00'

    Raises:
        ValueError: `name` is no period of that level.
    """
    start = period_start(level, name)
    # Longer than any period of its level, and shorter than two.
    within_next = start + _LONGEST[level]
    return period_start(level, period_name(level, within_next))


def is_period(level: Level, name: str) -> bool:
    """Whether `name` is a period of that level."""
    try:
        period_start(level, name)
    except ValueError:
        return False
    return True


def finest_level(first: datetime, last: datetime, most: int) -> Level:
    """The level whose periods are shortest and yet no more than `most` between two times; years if there is none.

    >>> finest_level(_EXAMPLE, _EXAMPLE + timedelta(days=90), 200)
    <Level.DAILY: 'DAILY'>
    """
    return next((level for level, length in _LONGEST.items() if (last - first) / length < most), Level.YEARLY)
