"""SQL over the curated tables, read-only, answered by DuckDB in this process."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from tickertape.domain.times import format_utc

# Nothing but the registered tables: no files, no downloads, no variables of this process, and no way back.
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class BadQuery(Exception):
    """A query that cannot be answered; the message is one line and names the tables and columns there are."""


def run_sql(query: str, tables: Mapping[str, ds.Dataset]) -> list[dict[str, Any]]:
    """Answer one query over the tables; the values are plain JSON, times as ISO 8601 UTC.

    >>> run_sql("SELECT 1 AS one, TIMESTAMP '2014-06-06 14:00' AS at", {})
    [{'one': 1, 'at': '2014-06-06T14:00:00Z'}]

    Raises:
        BadQuery: the query is wrong, or asks for anything but these tables.
    """
    with duckdb.connect(":memory:") as connection:
        for name, table in tables.items():
            connection.register(name, table)
        for lock in _LOCKS:
            connection.execute(lock)
        try:
            answer = connection.sql(query)
            if answer is None:
                raise BadQuery(f"the query gives no rows: expected a SELECT, {_there_are(tables)}")
            return _rows(answer.to_arrow_table())
        except duckdb.Error as error:
            said = str(error).strip().splitlines()
            raise BadQuery(f"{said[0] if said else type(error).__name__}; {_there_are(tables)}") from error


def _there_are(tables: Mapping[str, ds.Dataset]) -> str:
    return "there are " + ", ".join(f"{name} ({', '.join(table.schema.names)})" for name, table in tables.items())


def _rows(answer: pa.Table) -> list[dict[str, Any]]:
    names = list(_distinct(answer.column_names))
    columns = [[_plain(value) for value in column.to_pylist()] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _distinct(names: Iterable[str]) -> Iterable[str]:
    """Names of columns, `count_1` for the second `count`: an object has each name once."""
    seen: dict[str, int] = {}
    for name in names:
        number = seen.get(name, 0)
        seen[name] = number + 1
        yield f"{name}_{number}" if number else name


def _plain(value: Any) -> Any:
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
