"""When backups are due on the shared clock: after each session of the exchange, at a time of day, or never."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self

from tickertape.domain.market_hours import NEW_YORK, Calendar

_AFTER_CLOSE = re.compile(r"close(?:\+(\d{1,3}))?")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class BackupSchedule:
    """What `TICKERTAPE_BACKUP_SCHEDULE` says.

    Attributes:
        after_close: so long after each close; None for another way.
        time_of_day: each day at this time in New York; None for another way.
    """

    after_close: timedelta | None
    time_of_day: time | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `close`, `close+15` (minutes), `17:30` (New York) or `off`.

        >>> BackupSchedule.parse("close+15").after_close
        datetime.timedelta(seconds=900)

        Raises:
            ValueError: it is none of these.
        """
        if text == "off":
            return cls(None, None)
        if found := _AFTER_CLOSE.fullmatch(text):
            return cls(timedelta(minutes=int(found[1] or 0)), None)
        if found := _TIME_OF_DAY.fullmatch(text):
            return cls(None, time(int(found[1]), int(found[2])))
        raise ValueError(f"close, close+15 (minutes), 17:30 (New York) or off was expected, {text!r} came")

    def due(self, calendar: Calendar | None, after: datetime, until: datetime) -> Iterator[datetime]:
        """Every moment later than `after`, up to and including `until`, at which a backup is due, in order.

        Args:
            calendar: the exchange's sessions; None as long as they are unknown.
        """
        for moment in self._moments(calendar, after, until):
            if after < moment <= until:
                yield moment

    def _moments(self, calendar: Calendar | None, after: datetime, until: datetime) -> Iterator[datetime]:
        if self.after_close is not None and calendar is not None:
            for session in calendar.sessions:
                yield session.closes + self.after_close
        if self.time_of_day is not None:
            day = after.astimezone(NEW_YORK).date()
            while day <= until.astimezone(NEW_YORK).date():
                yield datetime.combine(day, self.time_of_day, NEW_YORK).astimezone(after.tzinfo)
                day += timedelta(days=1)
