"""The slices of a table: a month of it, or a day in months too large to be made again for every late tweet.

A slice is one file. Which months are kept by day depends on how many rows they have and on nothing else, so the layout
too is a function of what is in the lake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

# Rows that are read, joined and written again in well under a second.
MOST_ROWS_A_MONTH = 100_000
_MONTH = len("2014-06")


@dataclass(frozen=True, slots=True)
class Affected:
    """What new events touch of a table: the slices to read again, and the days they have rows of."""

    slices: tuple[str, ...]
    days: frozenset[str]

    @property
    def months(self) -> frozenset[str]:
        """The months of those days."""
        return frozenset(map(month_of, self.days))


def month_of(name: str) -> str:
    """The month of a day or of a slice."""
    return name[:_MONTH]


def affected(days: Iterable[str], known: Iterable[str]) -> Affected:
    """The known slices that hold any of the days; all of a month's where it is one slice."""
    touched = frozenset(days)
    months = set(map(month_of, touched))
    return Affected(tuple(sorted(name for name in known if name in touched or name in months)), touched)


def kept_by_day(rows_by_day: Mapping[str, int], untouched: Mapping[str, int]) -> frozenset[str]:
    """The months among those days that are too large for one slice.

    Args:
        rows_by_day: how many rows each day has that is written now.
        untouched: the other slices and their rows.
    """
    rows = Counter[str]()
    for day, count in rows_by_day.items():
        rows[month_of(day)] += count
    for name, count in untouched.items():
        if month_of(name) in rows:
            rows[month_of(name)] += count
    return frozenset(month for month, count in rows.items() if count > MOST_ROWS_A_MONTH)


def near(names: Iterable[str], others: Iterable[str], *, before: int = 0, after: int = 0) -> frozenset[str]:
    """Those slices that have a day at most so many days before or after a day of the others."""
    days: set[int] = set()
    for first, last in map(_span, others):
        days.update(range(first - before, last + after + 1))
    spans = {name: _span(name) for name in names}
    return frozenset(name for name, (first, last) in spans.items() if not days.isdisjoint(range(first, last + 1)))


def _span(name: str) -> tuple[int, int]:
    """The first and the last day of a slice, counted from the year 1."""
    if name != month_of(name):
        day = date.fromisoformat(name).toordinal()
        return day, day
    first = date.fromisoformat(f"{name}-01")
    return first.toordinal(), (first + timedelta(days=31)).replace(day=1).toordinal() - 1
