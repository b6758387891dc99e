"""One ticker's counts in one period as an item of `ticker_rollups`: its keys, and the counts as one JSON text.

Six numbers cost an emulator as much as the rest of an item: 6,400 items a second as a text, 3,200 as numbers.

A period has as many items as tickers, and no call writes them all. So an item tells which version of its period it was
written for, and what its ticker had before; the period's total names the version that holds. Whoever reads by it sees
the counts as before a rewrite until the total is written, and as after it from then on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tickertape.domain.periods import Level
from tickertape.serving.keys import rollup_key

COUNTS = ("mentions", "positive", "neutral", "negative", "polarity", "authors", "spam")
# The attribute of an item that holds them.
ATTRIBUTE = "counts"
# The attribute of a total that names the version of its period that holds.
VERSION = "version"
Counts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rollup:
    """What an item tells of its ticker.

    Attributes:
        version: of its period, the one that it was written for; items of before there were versions have 0.
        counts: from that version on, by the names of `COUNTS`; None when the ticker has none any more.
        before: until then; None when it had none.
    """

    version: int
    counts: Counts | None
    before: Counts | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read what `rollup_item` wrote."""
        told = json.loads(item[ATTRIBUTE])
        version, before = told.pop(VERSION, 0), told.pop("before", None)
        return cls(version, told or None, before)

    def as_of(self, version: int | None) -> Counts | None:
        """The counts while that version of the period holds; None for none. A period without a total has no version."""
        if version is None:
            return None
        return self.counts if self.version <= version else self.before


def rollup_item(
    level: Level, period: str, ticker: str, counts: Counts | None, version: int = 0, before: Counts | None = None
) -> dict[str, str]:
    """The item of one ticker in one period; `counts` has the names of `COUNTS`, polarity from -1 to 1 or None."""
    told: dict[str, Any] = {name: counts[name] for name in COUNTS} if counts else {}
    if version:
        told[VERSION] = version
    if before:
        told["before"] = {name: before[name] for name in COUNTS}
    return rollup_key(level, period, ticker) | {ATTRIBUTE: json.dumps(told)}


def version_of(total: Mapping[str, Any]) -> int:
    """The version of its period that a total names."""
    return int(total.get(VERSION, 0))
