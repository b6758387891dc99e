"""Bars of five minutes and of days, made from minutes. The one place that says what belongs into them.

- Five minutes: buckets on the clock (10:00, 10:05, ...) at any hour, pre- and post-market included; `ts` is the start.
- Days: the regular hours of one New York date, minutes that start from 09:30 to 15:59. Minutes before and after count
  for five-minute bars only. `ts` is 16:00 in New York as UTC, as a daily tape has it, on half days too; the close is
  that of the last such minute, so the closing auction, where a tape has it in the minute of 16:00, is not in it.
- A half day: the exchange closes at 13:00 and a day's last minute is usually 12:59. Minutes that a tape has from then
  to 15:59 are trades after the close; they count, because which days are half is for the calendar to know.

Prices stay raw: a split lies between two days and so never inside a bar.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import fsum

from tickertape.domain.bar import Bar
from tickertape.domain.market_hours import NEW_YORK

MINUTE = "1m"
FIVE_MINUTES = "5m"
DAY = "1d"
# What minutes are made into.
DERIVED = (FIVE_MINUTES, DAY)
OPENS, CLOSES = time(9, 30), time(16)


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """The minutes that start from `since` to before `until` make the bar at `ts`; aware UTC."""

    ts: datetime
    since: datetime
    until: datetime


def bucket(interval: str, moment: datetime) -> Bucket | None:
    """The bucket of that interval for a minute starting at `moment`; None outside the regular hours for a day.

    Raises:
        ValueError: an interval that minutes are not made into.
    """
    if interval == FIVE_MINUTES:
        # Zones are whole quarters of an hour apart: UTC's clock and New York's agree on these minutes.
        since = moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0)
        return Bucket(since, since, since + timedelta(minutes=5))
    if interval != DAY:
        raise ValueError(f"minutes are made into {', '.join(DERIVED)}, not into {interval!r}")
    local = moment.astimezone(NEW_YORK)
    if not OPENS <= local.time() < CLOSES:
        return None
    opens, closes = (datetime.combine(local.date(), at, NEW_YORK).astimezone(moment.tzinfo) for at in (OPENS, CLOSES))
    return Bucket(closes, opens, closes)


def resample(minutes: Iterable[Bar], interval: str) -> list[Bar]:
    """Bars of that interval out of one symbol's minutes in order of time, none twice.

    A bar is only as complete as the minutes given for its bucket. It names the provider of its last minute.
    """
    buckets: dict[Bucket, list[Bar]] = defaultdict(list)
    for bar in minutes:
        found = bucket(interval, bar.ts)
        if found:
            buckets[found].append(bar)
    return [_joined(bars, interval, found.ts) for found, bars in sorted(buckets.items(), key=lambda pair: pair[0])]


def _joined(bars: list[Bar], interval: str, ts: datetime) -> Bar:
    return replace(
        bars[-1],
        interval=interval,
        ts=ts,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        volume=fsum(bar.volume for bar in bars),
    )
