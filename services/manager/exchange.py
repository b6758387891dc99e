"""The New York Stock Exchange's sessions: holidays, half days and daylight saving come from exchange_calendars."""

from __future__ import annotations

from datetime import date

import exchange_calendars

from tickertape.domain.market_hours import Calendar, Session

NAME = "XNYS"


class NoCalendar(Exception):
    """The calendar does not reach so far."""


def sessions(since: date, until: date) -> Calendar:
    """All sessions of those dates (New York), both included.

    Raises:
        NoCalendar: the calendar's data does not reach so far back or ahead.
    """
    try:
        schedule = exchange_calendars.get_calendar(NAME, start=since.isoformat(), end=until.isoformat()).schedule
    except (ValueError, exchange_calendars.errors.CalendarError) as error:
        raise NoCalendar(f"{NAME} from {since} to {until}: {error}") from error
    rows = zip(schedule["open"], schedule["close"], strict=True)
    return Calendar(
        tuple(Session(opens.to_pydatetime(), closes.to_pydatetime()) for opens, closes in rows), since, until
    )
