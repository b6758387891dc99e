"""How providers write bars, and what their answers mean: Alpaca and Alpha Vantage, read into the columns of a bar."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from tickertape.domain.bar import COLUMNS
from tickertape.domain.market_hours import NEW_YORK
from tickertape.domain.times import format_utc, parse_utc

# A quota of a day is renewed at a time nobody documents, so its end is tried this often, seconds.
_DAILY_QUOTA_RETRY_S = 3600.0
_MINUTE_QUOTA_RETRY_S = 60.0
_BURST_RETRY_S = 5.0
_SERIES = "Time Series (1min)"


class QuotaSpent(Exception):
    """The provider answers no more for now.

    Attributes:
        retry_after_s: seconds until asking may help.
    """

    def __init__(self, why: str, retry_after_s: float) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class AccessRefused(Exception):
    """The provider does not take the key, or the key's plan lacks what was asked."""


class UnknownSymbol(Exception):
    """The provider has no such symbol."""


class BadAnswer(Exception):
    """An answer of no form that the provider documents."""


@dataclass(frozen=True, slots=True)
class ProviderBar:
    """One bar as a provider wrote it, not checked yet.

    Attributes:
        begins: aware UTC; None where the provider's time cannot be read.
        fields: the columns of a bar; None or missing where the provider gave none.
        raw: the bar's own JSON.
    """

    symbol: str
    begins: datetime | None
    fields: Mapping[str, Any]
    raw: bytes

    @classmethod
    def of(cls, symbol: str, begins: datetime | str | None, prices: Sequence[Any], raw: Any) -> Self:
        """A bar from open, high, low, close and volume, in that order, and the JSON value it came as."""
        if isinstance(begins, str):
            text, begins = begins, _moment(begins)
        else:
            text = None
        ts = format_utc(begins) if begins else text
        fields = dict(zip(COLUMNS, (symbol, ts, *prices), strict=True))
        return cls(symbol, begins, fields, json.dumps(raw, separators=(",", ":")).encode())


def _moment(text: str) -> datetime | None:
    try:
        return parse_utc(text)
    except (ValueError, OverflowError):
        return None  # the classifier says what is wrong with it


def alpaca_bar(bar: Any, symbol: str) -> ProviderBar:
    """Read a bar of Alpaca's stream or of its REST API, which have the same short names."""
    values = bar if isinstance(bar, Mapping) else {}
    begins = values.get("t")
    prices = [values.get(name) for name in "ohlcv"]
    return ProviderBar.of(symbol, str(begins) if begins is not None else None, prices, bar)


def alphavantage_bars(answer: Any, symbol: str) -> list[ProviderBar]:
    """Read an answer to TIME_SERIES_INTRADAY with `interval=1min`, oldest first.

    Raises:
        QuotaSpent, AccessRefused, UnknownSymbol: what Alpha Vantage tells instead of bars, with HTTP 200.
        BadAnswer: anything else.
    """
    if not isinstance(answer, dict):
        raise BadAnswer(f"an object was expected, {type(answer).__name__} came")
    _check_told(answer, symbol)
    if not answer:
        return []  # seen for symbols without trades
    series, about = answer.get(_SERIES), answer.get("Meta Data")
    if not isinstance(series, dict) or not isinstance(about, dict):
        raise BadAnswer(f"{_SERIES!r} and 'Meta Data' were expected, {', '.join(sorted(answer))[:200]} came")
    zone = _zone(str(about.get("6. Time Zone")))
    return [
        ProviderBar.of(symbol, _local(text, zone) or text, _prices(values), {text: values})
        for text, values in sorted(series.items())
    ]


def _check_told(answer: Mapping[str, Any], symbol: str) -> None:
    if error := answer.get("Error Message"):
        if "apikey" in str(error):
            raise AccessRefused(str(error))
        raise UnknownSymbol(f"{symbol}: {error}")
    told = str(answer.get("Information") or answer.get("Note") or "")
    if not told:
        return
    text = told.lower()
    # The burst limit's answer names the daily limit and premium plans as well, so it is looked for first.
    if "sparingly" in text:
        raise QuotaSpent(told, _BURST_RETRY_S)
    if "premium endpoint" in text or "premium feature" in text or "demo** api key" in text:
        raise AccessRefused(told)
    if "per day" in text and "per minute" not in text:
        raise QuotaSpent(told, _DAILY_QUOTA_RETRY_S)
    raise QuotaSpent(told, _MINUTE_QUOTA_RETRY_S)


def _zone(name: str) -> ZoneInfo:
    if name == "US/Eastern":
        return NEW_YORK  # a name that not every time zone database carries any more
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise BadAnswer(f"time zone {name[:40]!r}") from error


def _local(text: str, zone: ZoneInfo) -> datetime | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None


def _prices(values: Any) -> list[Any]:
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    return [values.get(name) if isinstance(values, dict) else None for name in names]
