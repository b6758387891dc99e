"""When the market is open: the sessions as plain times, and what they say about a moment. The calendar is elsewhere."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tickertape.domain.times import format_utc

NEW_YORK = ZoneInfo("America/New_York")
# A regular session ends at this time in New York; one that ends earlier is a half day.
_REGULAR_CLOSE = time(16)
_SATURDAY = 5


class GateMode(StrEnum):
    """Who decides: the calendar, or somebody."""

    AUTO = "auto"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, order=True)
class Session:
    """One session of the exchange, aware UTC; the closing minute is outside."""

    opens: datetime
    closes: datetime

    @property
    def is_half_day(self) -> bool:
        """Whether it ends early."""
        return self.closes.astimezone(NEW_YORK).time() < _REGULAR_CLOSE


@dataclass(frozen=True, slots=True)
class MarketState:
    """The market at one moment.

    Attributes:
        reason: `regular session`, `half day`, `before the opening`, `after the close`, `weekend`, `holiday`,
            or `outside the calendar`.
        until: when that changes; None when the calendar does not say.
    """

    is_open: bool
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """The market opened or closed."""

    at: datetime
    state: MarketState


@dataclass(frozen=True, slots=True)
class Calendar:
    """Sessions in order of time, and the stretch of time for which they are all of them.

    Attributes:
        since, until: the first and the last date (New York) that the sessions were asked for.
    """

    sessions: Sequence[Session]
    since: date
    until: date

    def state(self, moment: datetime) -> MarketState:
        """The market at `moment`: open from the opening minute on, closed from the closing minute on."""
        index = bisect_right(self.sessions, moment, key=lambda session: session.opens) - 1
        current = self.sessions[index] if index >= 0 else None
        if current and moment < current.closes:
            return MarketState(True, "half day" if current.is_half_day else "regular session", current.closes)
        after = self.sessions[index + 1] if index + 1 < len(self.sessions) else None
        return MarketState(False, self._why_closed(moment, current, after), after.opens if after else None)

    def changes(self, after: datetime, until: datetime) -> Iterator[Change]:
        """Every opening and closing later than `after`, up to and including `until`, in order."""
        begin = bisect_right(self.sessions, after, key=lambda session: session.closes)
        for session in self.sessions[begin:]:
            if session.opens > until:
                return
            for moment in (session.opens, session.closes):
                if after < moment <= until:
                    yield Change(moment, self.state(moment))

    def holds(self, moment: datetime) -> bool:
        """Whether the calendar knows this time."""
        return self.since <= moment.astimezone(NEW_YORK).date() <= self.until

    def _why_closed(self, moment: datetime, before: Session | None, after: Session | None) -> str:
        if not self.holds(moment):
            return "outside the calendar"
        today = moment.astimezone(NEW_YORK).date()
        if before and before.opens.astimezone(NEW_YORK).date() == today:
            return "after the close"
        if after and after.opens.astimezone(NEW_YORK).date() == today:
            return "before the opening"
        return "weekend" if today.weekday() >= _SATURDAY else "holiday"


def margin(first: datetime, last: datetime, days: int = 10) -> tuple[date, date]:
    """The dates to ask a calendar for, so that it also says when the market opens next."""
    wide = timedelta(days=days)
    return (first - wide).astimezone(NEW_YORK).date(), (last + wide).astimezone(NEW_YORK).date()


def describe(state: MarketState) -> str:
    """The state for a person: `open (regular session) until 2014-06-06T20:00:00Z`."""
    word = "open" if state.is_open else "closed"
    return f"{word} ({state.reason})" + (f" until {format_utc(state.until)}" if state.until else "")
