"""What an engine answers as plain JSON, the same from each of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tickertape.domain.times import format_utc


def as_rows(answer: pa.Table) -> list[dict[str, Any]]:
    """The rows of an answer as plain JSON."""
    names = list(distinct(answer.column_names))
    columns = [[plain(value) for value in column.to_pylist()] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def distinct(names: Iterable[str]) -> Iterable[str]:
    """Names of columns, `n_2` for the second `n`: an object has each name once."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield f"{name}_{seen[name]}" if seen[name] > 1 else name


def plain(value: Any) -> Any:  # noqa: PLR0911  # one return a type is the clearest form
    """A value as plain JSON: times as ISO 8601 UTC, bytes as hexadecimal digits, what JSON has no word for as null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            # JSON has no word for these.
            return value if math.isfinite(value) else None
        case Decimal():
            whole = value.as_tuple().exponent == 0
            return int(value) if whole else float(value)
        case datetime():
            return format_utc(value if value.tzinfo else value.replace(tzinfo=UTC))
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case pa.MonthDayNano():
            return f"P{value.months}M{value.days}DT{value.nanoseconds / 1e9:g}S"
        case bytes():
            return value.hex()
        case dict():
            return {str(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case _:
            return str(value)
