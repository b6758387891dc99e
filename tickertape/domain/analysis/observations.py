"""What an analysis sees of a ticker at the end of a candle, and what it is asked: does the next one close higher?

Made from rows of the table `features`. Nothing in `price` and `talk` knows of a time after `at`: the columns do not,
and what is compared with the usual is compared with earlier rows of the same ticker only.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from tickertape.domain.times import parse_utc

# The columns of `features` that are read.
COLUMNS = (
    "ticker",
    "interval",
    "ends_at",
    "mentions",
    "authors",
    "positive",
    "negative",
    "polarity",
    "spam_share",
    "volume",
    "log_return",
    "volatility",
    "past_log_return",
    "past_log_return_5",
    "past_volume",
    "next_log_return",
)
# Returns are in units of the ticker's own volatility, so that one model serves calm tickers and wild ones.
PRICE = ("return", "past_return", "past_return_5", "log_volatility", "volume_against_usual")
TALK = (
    "log_mentions",
    "mentions_against_usual",
    "authors_a_mention",
    "net_sentiment",
    "polarity",
    "polarity_against_usual",
    "spam_share",
)
# What is usual is the mean of so many candles before.
_USUAL = 20

Row = Mapping[str, Any]
Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """A ticker at the end of a candle.

    Attributes:
        at: when the candle ended, UTC; a forecast is made then.
        price, talk: the values named in `PRICE` and `TALK`; None where there is none.
        was_up: whether this candle closed above the one before; None if it did not move, or nobody knows.
        is_up: whether the next one does; None if it does not move, or is not over yet.
        known_at: when that is known: the end of the next candle.
    """

    ticker: str
    at: datetime
    price: Values
    talk: Values
    was_up: bool | None
    is_up: bool | None
    known_at: datetime | None

    @property
    def is_labelled(self) -> bool:
        """Whether the answer is known."""
        return self.is_up is not None and self.known_at is not None


def observations(rows: Iterable[Row]) -> list[Observation]:
    """The observations of one interval, by time and ticker.

    Args:
        rows: with `COLUMNS`, of one interval, in any order; times as ISO 8601 UTC.
    """
    ordered = sorted(rows, key=lambda row: (row["ticker"], row["ends_at"]))
    found = [seen for _, series in groupby(ordered, key=lambda row: row["ticker"]) for seen in _series(list(series))]
    return sorted(found, key=lambda seen: (seen.at, seen.ticker))


def _series(rows: Sequence[Row]) -> Iterable[Observation]:
    usual_mentions, usual_polarity = _Usual(), _Usual()
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) else None
        yield Observation(
            ticker=row["ticker"],
            at=parse_utc(row["ends_at"]),
            price=_price(row),
            talk=_talk(row, usual_mentions, usual_polarity),
            was_up=_direction(row["log_return"]),
            is_up=_direction(row["next_log_return"]),
            known_at=parse_utc(following["ends_at"]) if following else None,
        )


def _price(row: Row) -> Values:
    volatility = row["volatility"] or None
    return (
        _ratio(row["log_return"], volatility),
        _ratio(row["past_log_return"], volatility),
        _ratio(row["past_log_return_5"], volatility and volatility * math.sqrt(5)),
        _log(volatility),
        _difference(_log(row["volume"]), _log(row["past_volume"])),
    )


def _talk(row: Row, usual_mentions: _Usual, usual_polarity: _Usual) -> Values:
    mentions = row["mentions"]
    log_mentions = math.log1p(mentions)
    return (
        log_mentions,
        usual_mentions.compare(log_mentions),
        _ratio(row["authors"], mentions),
        _ratio(row["positive"] - row["negative"], mentions),
        row["polarity"],
        usual_polarity.compare(row["polarity"]),
        row["spam_share"],
    )


@dataclass(slots=True)
class _Usual:
    """The mean of the values before."""

    _values: deque[float] = field(default_factory=lambda: deque(maxlen=_USUAL))

    def compare(self, value: float | None) -> float | None:
        """How far a value is above the mean of those before it; it is one of those from then on."""
        if value is None:
            return None
        difference = value - sum(self._values) / len(self._values) if self._values else None
        self._values.append(value)
        return difference


def _direction(change: float | None) -> bool | None:
    return change > 0 if change else None


def _ratio(value: float | None, by: float | None) -> float | None:
    return value / by if value is not None and by else None


def _difference(one: float | None, other: float | None) -> float | None:
    return one - other if one is not None and other is not None else None


def _log(value: float | None) -> float | None:
    return math.log(value) if value else None
