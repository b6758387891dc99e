"""SQL over the lake's tables, read-only, answered by the warm Spark session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import DataFrame, SparkSession

from tickertape.domain.catalogue import Column
from tickertape.lake.plain import as_rows
from tickertape.lake.views import LakeTables

# They call any method of the JVM, which ends the service or reads its files.
_UNSAFE = ("reflect", "java_method", "try_reflect")
# What the driver is made for is batches, not answers.
_MOST_ROWS = 100_000


class SparkSqlError(Exception):
    """A query that Spark cannot answer; one line."""


class StagedTable(NamedTuple):
    """A table on this disk: its folder, in which the folders of partitions are, and those files of it that count."""

    folder: Path
    files: tuple[str, ...]


def answer(
    spark: SparkSession, query: str, tables: LakeTables, staged: Mapping[str, StagedTable] | None = None
) -> list[dict[str, Any]]:
    """Answer one query over the tables; the values are plain JSON, times as ISO 8601 UTC.

    The query runs in a session of its own: what it sets and which views it sees are nobody else's.

    Args:
        staged: where a table's Parquet is on this disk. The others that the query names are read from the lake.

    Raises:
        SparkSqlError: the query is wrong, asks for anything but these tables, or has too many rows.
        OSError: the lake does not answer.
    """
    session = _session(spark)
    # Spark takes a semicolon for a second query.
    asked = query.strip().rstrip(";")
    named = tables.named_in(query)
    local = {name: table for name, table in (staged or {}).items() if name in named and table.files}
    files = tables.files(named - local.keys())
    for name in named:
        _view(session, name, tables, local.get(name), files)
    try:
        # As a part of another query it can be nothing else: no INSERT, no SET, no CREATE. Only read, not run.
        _parse(session, f"SELECT * FROM ({asked}\n) AS asked")  # noqa: S608  # parsed and thrown away
        found = session.sql(asked).limit(_MOST_ROWS + 1).toArrow()
    except PySparkException as error:
        raise SparkSqlError(f"{_first_line(error)}; there are {tables.summary}") from error
    if found.num_rows > _MOST_ROWS:
        raise SparkSqlError(f"the answer has more than {_MOST_ROWS} rows: add a LIMIT, or use --engine duckdb")
    return as_rows(found)


def _session(spark: SparkSession) -> SparkSession:
    # Who asked is told what is wrong; the JVM's stack in the service's log tells nobody anything.
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True
    session = spark.newSession()
    # SELECT * FROM csv.`/etc/passwd`
    session.conf.set("spark.sql.runSQLOnFiles", "false")
    jvm: Any = session._jvm
    functions = session._jsparkSession.sessionState().functionRegistry()
    some = jvm.scala.Option.apply
    for name in _UNSAFE:
        full_name = jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(name, some("builtin"), some("system"))
        if not functions.dropFunction(full_name):
            raise SparkSqlError(f"Spark's function {name} could not be taken away, and a query must not have it")
    return session


def _view(
    session: SparkSession, name: str, tables: LakeTables, staged: StagedTable | None, files: Mapping[str, Any]
) -> None:
    entry = tables.entries[name]
    if staged is not None:
        reader = session.read.schema(_ddl((*entry.columns, *entry.partition_keys)))
        frame: DataFrame = reader.option("basePath", str(staged.folder)).parquet(*staged.files)
    else:
        frame = session.createDataFrame(tables.dataset(name, files[name]).to_table())
    frame.createOrReplaceTempView(name)


def _ddl(columns: tuple[Column, ...]) -> str:
    """The columns as Spark reads a schema: its types have the names that Hive's have."""
    return ", ".join(f"`{column.name}` {column.type}" for column in columns)


def _parse(session: SparkSession, query: str) -> None:
    session._jsparkSession.sessionState().sqlParser().parsePlan(query)


def _first_line(error: PySparkException) -> str:
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
