"""SQL over the lake's tables, read-only, answered by DuckDB in this process."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from tickertape.lake.plain import as_rows
from tickertape.lake.views import Files, LakeTables

# Nothing but the registered tables: no files, no downloads, no variables of this process, and no way back.
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
# Each batch replaces files, and one that ends during each of so many queries in a row is no accident.
_ATTEMPTS = 5


class SqlError(Exception):
    """A query that cannot be answered; the message is one line and names the tables and columns there are."""


class UnreadableLake(Exception):
    """A file of the lake cannot be read as its table, and it is not because it was replaced; one line."""


def run_sql(query: str, tables: LakeTables) -> list[dict[str, Any]]:
    """Answer one query over the tables; the values are plain JSON, times as ISO 8601 UTC.

    The answer is of one state of the lake: when files came, went or changed while it was made, it is made again.

    Raises:
        SqlError: the query is wrong, or asks for anything but these tables.
        UnreadableLake: a file is broken, or its types are not those of its table.
        OSError: the tables cannot be reached.
    """
    named = tables.named_in(query)
    files = tables.files(named)
    for attempt in range(1, _ATTEMPTS + 1):
        failure: Exception | None = None
        rows: list[dict[str, Any]] = []
        try:
            rows = _answer(query, tables, files)
        except (duckdb.InvalidInputException, duckdb.IOException, pa.ArrowInvalid, OSError) as error:
            failure = error
        now = tables.files(named)
        # A failure gets a second chance in any case: S3 tells times by the second, and sizes may agree.
        if now == files and (failure is None or attempt > 1):
            break
        files = now
    if failure is not None:
        raise _named(failure, tables) from failure
    return rows


def _named(failure: Exception, tables: LakeTables) -> Exception:
    """What a failure is: the lake's, or the query's own, as `1/'x'` is."""
    said = _first_line(failure)
    if isinstance(failure, pa.ArrowInvalid) or "reading the stream registered as" in said:
        return UnreadableLake(f"{said}; `tickertape catalogue crawl` names broken files and types that do not fit")
    return SqlError(f"{said}; there are {tables.summary}") if isinstance(failure, duckdb.Error) else failure


def _answer(query: str, tables: LakeTables, files: Files) -> list[dict[str, Any]]:
    with duckdb.connect(":memory:") as connection:
        for table in tables.entries:
            # What the query does not name is there with its columns, for those who ask which there are.
            connection.register(table, tables.dataset(table, files.get(table, ())))
        for lock in _LOCKS:
            connection.execute(lock)
        try:
            answer = connection.sql(query)
            if answer is None:
                raise SqlError(f"the query gives no rows: expected a SELECT, there are {tables.summary}")
            return as_rows(answer.to_arrow_table())
        except (duckdb.InvalidInputException, duckdb.IOException):
            raise
        except duckdb.Error as error:
            raise SqlError(f"{_first_line(error)}; there are {tables.summary}") from error


def _first_line(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
