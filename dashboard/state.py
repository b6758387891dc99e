"""What a viewer looks at, as it stands in the address: `?level=hourly&period=2014-06-06T14&ticker=AAPL`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

from tickertape.domain.periods import Level, is_period

# The period that follows along while a tape plays.
LATEST = "latest"
# Every bar of the newest day, instead of a number of bars.
DAY = "day"
TOP_CHOICES = ("5", "10", "15")
BY_CHOICES = ("count", "share")
TWEET_CHOICES = ("20", "50", "100", "200")
CHART_CHOICES = ("line", "candles")
BAR_CHOICES = (DAY, "390", "1000")
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.^=_-]{0,14}")
_SERIES = re.compile(rf"{_TICKER.pattern}#[a-z0-9]{{1,4}}")


@dataclass(frozen=True, slots=True)
class ViewState:
    """The choices of one viewer.

    Attributes:
        period: a period's name, or `LATEST`.
        ticker: None for all of them.
        series: `AAPL#1m`, or None until one is chosen.
    """

    level: Level = Level.DAILY
    period: str = LATEST
    ticker: str | None = None
    series: str | None = None
    top: str = "10"
    by: str = "count"
    tweets: str = "50"
    chart: str = "line"
    bars: str = "390"

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query; what makes no sense falls back to the default, so that no link breaks the page."""
        given = dict(parse_qsl((search or "").lstrip("?")))
        default = cls()
        level = _level(given.get("level", ""))
        period = given.get("period", LATEST)
        return cls(
            level=level,
            period=period if is_period(level, period) else LATEST,
            ticker=_matching(_TICKER, given.get("ticker", "").upper()),
            series=_matching(_SERIES, given.get("series", "")),
            top=_one_of(given, "top", TOP_CHOICES, default.top),
            by=_one_of(given, "by", BY_CHOICES, default.by),
            tweets=_one_of(given, "tweets", TWEET_CHOICES, default.tweets),
            chart=_one_of(given, "chart", CHART_CHOICES, default.chart),
            bars=_one_of(given, "bars", BAR_CHOICES, default.bars),
        )


def _level(text: str) -> Level:
    return Level(text.upper()) if text.upper() in set(Level) else Level.DAILY


def _matching(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _one_of(given: Mapping[str, str], name: str, choices: Collection[str], default: str) -> str:
    value = given.get(name, default)
    return value if value in choices else default
