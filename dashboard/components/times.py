"""A moment in New York, with UTC on hover and for machines."""

from __future__ import annotations

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.wording import NEW_YORK, new_york, utc
from tickertape.domain.times import format_utc


def moment(at: datetime, *, year: bool = False) -> Component:
    """A time to the second: `28 Nov, 13:38:44`; the year, where it is not shown, and UTC on hover."""
    local = at.astimezone(NEW_YORK)
    return html.Time(
        f"{local.day} {local:%b %Y, %H:%M:%S}" if year else f"{local.day} {local:%b, %H:%M:%S}",
        dateTime=format_utc(at),
        title=f"{new_york(at)} New York ({utc(at)})",
        className="moment",
    )
