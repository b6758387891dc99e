"""One ticker's counts in one period as an item of `ticker_rollups`: its keys, and the counts as one JSON text.

Six numbers cost an emulator as much as the rest of an item: 6,400 items a second as a text, 3,200 as numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tickertape.domain.periods import Level
from tickertape.serving.keys import rollup_key

COUNTS = ("mentions", "positive", "neutral", "negative", "polarity", "authors", "spam")
# The attribute that holds them.
ATTRIBUTE = "counts"


def rollup_item(level: Level, period: str, ticker: str, counts: Mapping[str, Any]) -> dict[str, str]:
    """The item of one ticker in one period; `counts` has the names of `COUNTS`, polarity from -1 to 1 or None."""
    return rollup_key(level, period, ticker) | {ATTRIBUTE: json.dumps({name: counts[name] for name in COUNTS})}


def shown_counts(item: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of an item, by the names of `COUNTS`."""
    return dict(json.loads(item[ATTRIBUTE]))
