"""Times are aware and UTC everywhere; only this module turns text into times and back."""

from __future__ import annotations

from datetime import UTC, datetime

_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)
}


def parse_utc(text: str) -> datetime:
    """Read an ISO 8601 time with a zone as aware UTC.

    >>> parse_utc("2014-06-09T09:30:00-04:00").isoformat()
    '2014-06-09T13:30:00+00:00'

    Raises:
        ValueError: `text` is not ISO 8601, or carries no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r} (write UTC with a Z)")
    return moment.astimezone(UTC)


def parse_v1(text: str) -> datetime:
    """Read Twitter v1.1's `created_at` (`Wed Jun 04 21:58:34 +0000 2014`) as aware UTC.

    Raises:
        ValueError: `text` is not in that format.
    """
    # strptime takes a tenth of the whole ingest of a large tape, and reads month names by the locale.
    try:
        _, month, day, clock, zone, year = text.split()
        return parse_utc(f"{year}-{_MONTHS[month]}-{day}T{clock}{zone}")
    except (KeyError, ValueError) as error:
        raise ValueError(f"not a v1.1 time: {text!r}") from error


def format_utc(moment: datetime) -> str:
    """Write an aware time as ISO 8601 UTC with a `Z`, to the second, or to the millisecond if it has any."""
    utc = moment.astimezone(UTC)
    timespec = "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=timespec).replace("+00:00", "Z")
