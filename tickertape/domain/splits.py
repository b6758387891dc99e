"""Share splits: told ones, and ones that are seen in the prices themselves.

A price is that of one share: after a 7:1 split there are seven for each, at a seventh of the price. Raw prices stay
raw; what compares prices of different days (an average) has to know the splits between them.

Where nobody tells of splits, one is inferred between two adjacent bars of different New York trading dates, from the
close before and the open or the close after: splits take effect between two sessions. The choice of what counts:

- Whole ratios of 2 to 20 that are in use, and their reverses. Not 3:2: a share that falls by a third overnight is news
  more often than a split, so splits like it must be told.
- Within 5 %. Of 5,660 moves overnight of ten large US shares (StockNet's daily prices, 2014 to 2016) 99.2 % are
  smaller, so a real split is seen even though the share moves as well; the nearest two ratios, 7 and 8, are 14 % apart.
- The close after counts as well as the open: a first bar may still open with a late print of the old price, as AAPL's
  did on 2014-06-09 (open 645.57, low 92.23, close 92.42).
- At most a week between the two bars: over longer gaps a share may double by itself.

What remains is a share that loses 47.4 to 52.4 % overnight on news, which looks like 2:1. Told splits win over inferred
ones, and one that is told with the ratio 1 denies that there was any.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from tickertape.domain.market_hours import NEW_YORK
from tickertape.domain.rejects import BadRecord, Reason

_USUAL = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0)
_RATIOS = (*_USUAL, *(1 / ratio for ratio in _USUAL))
# Of logarithms, so that a ratio and its reverse are treated alike.
_TOLERANCE = 0.05
# The longest closing of the exchange in living memory: 2001-09-10 to 2001-09-17.
_MAX_DAYS_APART = 7
# Of logarithms of prices: what moves by less between two bars is no split that could be seen.
SMALLEST_JUMP = math.log(min(_USUAL)) - _TOLERANCE


@dataclass(frozen=True, slots=True)
class Split:
    """A share became `ratio` shares before the session of `ex_date` (a date in New York).

    Attributes:
        ratio: 7.0 for 7:1, 0.1 for a reverse split of 1:10; 1.0 says that there was no split on that date.

    Raises:
        ValueError: the ratio is not a finite number above 0.
    """

    symbol: str
    ex_date: date
    ratio: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.ratio) and self.ratio > 0):
            raise ValueError(f"a split's ratio must be above 0, as 7 for 7:1 or 0.1 for 1:10; {self.ratio!r} came")

    def to_event(self) -> dict[str, Any]:
        """The split as a bar carries it, keys as on the wire."""
        return {"ex_date": self.ex_date.isoformat(), "ratio": self.ratio}

    @classmethod
    def from_event(cls, symbol: str, event: Any) -> Split | None:
        """Read what `to_event` wrote; None stays None.

        Raises:
            BadRecord: it is no split.
        """
        if event is None:
            return None
        if not isinstance(event, Mapping):
            raise BadRecord(Reason.WRONG_TYPE, f"split {str(event)[:40]!r}")
        try:
            return cls(symbol, date.fromisoformat(str(event["ex_date"])), float(event["ratio"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(Reason.WRONG_TYPE, f"split {str(event)[:80]}: {error!r}") from error


# What a source of bars knows: a symbol's latest split on or before a date, or None.
SplitLookup = Callable[[str, date], Split | None]


class KnownSplits:
    """A `SplitLookup` over a list of splits; of two for one symbol and date the later in the list wins."""

    def __init__(self, splits: Iterable[Split]) -> None:
        by_day: dict[str, dict[date, Split]] = defaultdict(dict)
        for split in splits:
            by_day[split.symbol][split.ex_date] = split
        self._splits = {symbol: [days[day] for day in sorted(days)] for symbol, days in by_day.items()}

    def add(self, split: Split) -> None:
        """Know of one more, which wins over what was known for that date."""
        others = [known for known in self._splits.get(split.symbol, []) if known.ex_date != split.ex_date]
        self._splits[split.symbol] = sorted([*others, split], key=lambda known: known.ex_date)

    def __call__(self, symbol: str, day: date) -> Split | None:
        """The symbol's latest split on or before `day`."""
        splits = self._splits.get(symbol, [])
        reached = bisect_right(splits, day, key=lambda split: split.ex_date)
        return splits[reached - 1] if reached else None


class Priced(Protocol):
    """What splits are seen in: a bar. `split` is the symbol's latest split that its source knew of by then."""

    @property
    def symbol(self) -> str:
        """Upper case."""

    @property
    def ts(self) -> datetime:
        """Aware UTC."""

    @property
    def open(self) -> float:
        """USD."""

    @property
    def close(self) -> float:
        """USD."""

    @property
    def split(self) -> Split | None:
        """The latest known one by then."""


@lru_cache(maxsize=4096)
def trading_date(moment: datetime) -> date:
    """The date in New York of an aware time. No session of the exchange, pre- and post-market included, spans two."""
    return moment.astimezone(NEW_YORK).date()


def split_ratio(before: Priced, after: Priced) -> float:
    """How many shares one of `before` has become by `after`, the next bar of the series; 1.0 without a split.

    Only these two bars count, so that any part of a series is judged as the whole of it is.
    """
    day_before, day_after = trading_date(before.ts), trading_date(after.ts)
    if day_before == day_after:
        return 1.0
    told = after.split
    if told and day_before < told.ex_date <= day_after:
        return told.ratio
    if (day_after - day_before).days > _MAX_DAYS_APART:
        return 1.0
    return _inferred(before.close, (after.open, after.close))


def _inferred(before: float, after: Sequence[float]) -> float:
    jumps = [math.log(before / price) for price in after]
    if max(map(abs, jumps)) < SMALLEST_JUMP:
        return 1.0  # nearly every night
    distance, ratio = min((abs(jump - math.log(ratio)), ratio) for jump in jumps for ratio in _RATIOS)
    return ratio if distance <= _TOLERANCE else 1.0


def splits_in(bars: Sequence[Priced]) -> list[Split]:
    """The splits between the bars of one series in order of time, told and inferred.

    `ex_date` is the date of the first bar after it.
    """
    ratios = [(after, split_ratio(before, after)) for before, after in pairwise(bars)]
    return [Split(bar.symbol, trading_date(bar.ts), ratio) for bar, ratio in ratios if ratio != 1.0]
