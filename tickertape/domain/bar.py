"""The Bar event: one symbol's prices over one interval, and its one form on the wire."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from tickertape.domain.rejects import BadRecord, Reason
from tickertape.domain.splits import Split
from tickertape.domain.times import format_utc, parse_utc
from tickertape.domain.tweet import check_schema

SCHEMA_VERSION = 1
COLUMNS = ("symbol", "ts", "open", "high", "low", "close", "volume")
# Electronic records of US daily prices do not go further back; an epoch of 0 does.
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
# Far beyond any price in USD and any volume in shares, and inside what DynamoDB's numbers hold (1e-130 to 9.9e125).
_SMALLEST_PRICE, _LARGEST_PRICE, _LARGEST_VOLUME = 1e-12, 1e12, 1e18
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.^=_-]{0,14}")


@dataclass(frozen=True, slots=True)
class Bar:
    """Open, high, low and close in USD and the volume in shares, over `interval` from `ts` on.

    Attributes:
        symbol: upper case.
        interval: `1m` for minutes, `1d` for days (whose `ts` is the close).
        ts: aware UTC.
        split: the symbol's latest split by then, where the source knew of one; prices are never changed by it.
    """

    symbol: str
    interval: str
    ts: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    provider: str
    split: Split | None = None

    @property
    def id(self) -> str:
        """The bar's key everywhere: symbol, interval and time."""
        return f"{self.symbol}#{self.interval}#{format_utc(self.ts)}"

    def to_event(self) -> dict[str, Any]:
        """The bar as plain JSON values, keys as on the wire."""
        event: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "symbol": self.symbol,
            "interval": self.interval,
            "ts": format_utc(self.ts),
            "open": self.open,
            "high": self.high,
            "low": self.low,
            "close": self.close,
            "volume": self.volume,
            "provider": self.provider,
        }
        # Absent without one: readers of schema 1 know no such key, and do not miss it.
        return event | {"split": self.split.to_event()} if self.split else event

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read what `to_event` wrote.

        Raises:
            BadRecord: a later schema, or what `parse_bar` refuses.
        """
        check_schema(event, SCHEMA_VERSION)
        checked = _checked(event, str(event.get("interval", "1m")), str(event.get("provider", "")))
        return cls(**checked, split=Split.from_event(checked["symbol"], event.get("split")))


def parse_bar(row: Mapping[str, Any], *, interval: str, provider: str, latest: datetime) -> Bar:
    """Read one row of a bar file.

    Args:
        row: the columns of `COLUMNS`, as text or numbers.
        latest: no bar is younger than this.

    Raises:
        BadRecord: a column is missing or wrong, or the prices contradict each other.
    """
    bar = Bar(**_checked(row, interval, provider))
    if not EARLIEST <= bar.ts <= latest:
        raise BadRecord(
            Reason.TIME_OUT_OF_RANGE,
            f"ts {format_utc(bar.ts)} is outside {format_utc(EARLIEST)} to {format_utc(latest)}",
        )
    return bar


def _checked(row: Mapping[str, Any], interval: str, provider: str) -> dict[str, Any]:
    missing = [column for column in COLUMNS if row.get(column) in (None, "")]
    if missing:
        raise BadRecord(Reason.MISSING_FIELD, f"no {', '.join(missing)}")
    symbol = str(row["symbol"]).strip().upper()
    if not _SYMBOL.fullmatch(symbol):
        raise BadRecord(Reason.BAD_SYMBOL, f"symbol {symbol[:40]!r}")
    try:
        ts = parse_utc(str(row["ts"]).strip())
    except (ValueError, OverflowError) as error:
        raise BadRecord(Reason.BAD_TIME, f"ts: {error}") from error
    numbers = {column: _number(row, column) for column in COLUMNS[2:]}
    _check_prices(numbers)
    return {"symbol": symbol, "interval": interval, "ts": ts, "provider": provider, **numbers}


def _number(row: Mapping[str, Any], column: str) -> float:
    try:
        value = float(row[column])
        if "_" in str(row[column]):
            raise ValueError("Python's way to group digits")
    except (TypeError, ValueError, OverflowError) as error:
        raise BadRecord(Reason.NOT_A_NUMBER, f"{column} {str(row[column])[:40]!r}") from error
    if not math.isfinite(value):
        raise BadRecord(Reason.NOT_A_NUMBER, f"{column} {row[column]!r}")
    return value


def _check_prices(numbers: Mapping[str, float]) -> None:
    low, high = numbers["low"], numbers["high"]
    for column in ("open", "high", "low", "close"):
        if numbers[column] <= 0:
            raise BadRecord(Reason.BAD_PRICE, f"{column} {numbers[column]} is not above 0")
        if not _SMALLEST_PRICE <= numbers[column] <= _LARGEST_PRICE:
            raise BadRecord(
                Reason.BAD_PRICE, f"{column} {numbers[column]} is outside {_SMALLEST_PRICE} to {_LARGEST_PRICE}"
            )
    if high < low:
        raise BadRecord(Reason.HIGH_BELOW_LOW, f"high {high} is below low {low}")
    # Adjusted prices carry six decimals and are rounded one by one, so they may cross by the last of them.
    tolerance = 2e-6 * high
    for column in ("open", "close"):
        if not low - tolerance <= numbers[column] <= high + tolerance:
            raise BadRecord(Reason.PRICE_OUTSIDE_RANGE, f"{column} {numbers[column]} is outside {low} to {high}")
    if numbers["volume"] < 0:
        raise BadRecord(Reason.BAD_VOLUME, f"volume {numbers['volume']} is below 0")
    if numbers["volume"] > _LARGEST_VOLUME:
        raise BadRecord(Reason.BAD_VOLUME, f"volume {numbers['volume']} is above {_LARGEST_VOLUME}")
