"""Which backups stay: the newest of each of the last days, weeks and months, by New York's dates as the market's."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tickertape.domain.market_hours import NEW_YORK


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of the last days, weeks and months that have a backup keep one."""

    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A backup as far as it matters here.

    Attributes:
        id: sorts by when it was made.
        stands_for: the time on the shared clock whose state it holds.
        by_hand: somebody asked for it.
    """

    id: str
    stands_for: datetime
    by_hand: bool


def kept(candidates: Sequence[Candidate], rule: Kept) -> set[str]:
    """The ids of the backups that stay.

    Of each period the newest stays, a scheduled one before one that was asked for by hand. Those by hand stay as long
    as their day is among the days kept, and the newest of all always does.
    """
    ordered = sorted(candidates, key=lambda one: (one.stands_for, one.id))
    days = _newest(ordered, _day, rule.daily)
    stay = {one.id for one in days.values()}
    for period, count in ((_week, rule.weekly), (_month, rule.monthly)):
        stay |= {one.id for one in _newest(ordered, period, count).values()}
    stay |= {one.id for one in ordered if one.by_hand and _day(one) in days}
    return stay | {max((one.id for one in ordered), default="")} - {""}


def _newest(
    ordered: Iterable[Candidate], period: Callable[[Candidate], Hashable], count: int
) -> dict[Hashable, Candidate]:
    newest: dict[Hashable, Candidate] = {}
    for one in ordered:
        before = newest.get(period(one))
        # Else a scheduled one would go for one that was made by hand later that day, and be missed.
        if before is None or before.by_hand or not one.by_hand:
            newest[period(one)] = one
    return dict(list(newest.items())[-count:]) if count else {}


def _date(one: Candidate) -> date:
    return one.stands_for.astimezone(NEW_YORK).date()


def _day(one: Candidate) -> Hashable:
    return _date(one)


def _week(one: Candidate) -> Hashable:
    return _date(one).isocalendar()[:2]


def _month(one: Candidate) -> Hashable:
    return _date(one).year, _date(one).month
