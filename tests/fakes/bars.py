"""Bars in a line, for tests that care about their closes only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tickertape.domain.bar import Bar


def flat(ts: datetime, close: float, **others: Any) -> Bar:
    """A minute of AAPL in which nothing moved."""
    return Bar(
        **{
            "symbol": "AAPL",
            "interval": "1m",
            "ts": ts,
            **dict.fromkeys(("open", "high", "low", "close"), close),
            "volume": 1.0,
            "provider": "tape",
            **others,
        }
    )


def utc(text: str) -> datetime:
    """A time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(start: str, closes: list[float]) -> list[Bar]:
    """A minute for each close, from that time of UTC on."""
    return [flat(utc(start) + timedelta(minutes=number), close) for number, close in enumerate(closes)]
