"""SQL over the curated tables, read-only, answered by DuckDB in this process."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tickertape.domain.times import format_utc
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS, CuratedTables

# Nothing but the registered tables: no files, no downloads, no variables of this process, and no way back.
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


_THERE_ARE = "there are " + ", ".join(f"{table} ({', '.join(schema.names)})" for table, schema in SCHEMAS.items())


class SqlError(Exception):
    """A query that cannot be answered; the message is one line and names the tables and columns there are."""


def run_sql(query: str, tables: CuratedTables) -> list[dict[str, Any]]:
    """Answer one query over the tables; the values are plain JSON, times as ISO 8601 UTC.

    Raises:
        SqlError: the query is wrong, or asks for anything but these tables.
        OSError: the tables cannot be reached.
    """
    with duckdb.connect(":memory:") as connection:
        for table in Table:
            connection.register(table, tables.dataset(table))
        for lock in _LOCKS:
            connection.execute(lock)
        try:
            answer = connection.sql(query)
            if answer is None:
                raise SqlError(f"the query gives no rows: expected a SELECT, {_THERE_ARE}")
            return _rows(answer.to_arrow_table())
        except duckdb.Error as error:
            said = str(error).strip().splitlines()
            raise SqlError(f"{said[0] if said else type(error).__name__}; {_THERE_ARE}") from error


def _rows(answer: pa.Table) -> list[dict[str, Any]]:
    names = list(_distinct(answer.column_names))
    columns = [[_plain(value) for value in column.to_pylist()] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _distinct(names: Iterable[str]) -> Iterable[str]:
    """Names of columns, `n_2` for the second `n`: an object has each name once."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield f"{name}_{seen[name]}" if seen[name] > 1 else name


def _plain(value: Any) -> Any:  # noqa: PLR0911  # one return a type is the clearest form
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
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return str(value)
