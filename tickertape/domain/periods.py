"""The periods that counts are made for. A period is named in UTC, as `2014-06-06T14` or `2014`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How long a period is."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


# A period's name is its start cut to this many characters of ISO 8601: names sort as time does.
NAME_LENGTH = {Level.HOURLY: 13, Level.DAILY: 10, Level.MONTHLY: 7, Level.YEARLY: 4}


def period_name(level: Level, moment: datetime) -> str:
    """The name of the period of that level that an aware UTC time falls into."""
    return moment.isoformat()[: NAME_LENGTH[level]]
