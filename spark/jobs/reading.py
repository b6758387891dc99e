"""Lines and slices into Spark, and what is no event into quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as fn
from pyspark.sql.types import StructType

from spark.schemas import CORRUPT, LINE
from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.lake.keys import RawKind, quarantine_key
from tickertape.ports.lake import ObjectStore

STAGE = "compact"
# Lines of an object in quarantine.
_LINES_AN_OBJECT = 5_000
_SHOWN, _SHOWN_CHARS = 3, 300


def read_events(spark: SparkSession, lines: Path, schema: StructType) -> DataFrame:
    """Each line that is not blank as one row: the columns of the schema, and the line itself."""
    # Not `read.json`, to which a line that is an array is as many rows as it has elements, none if it is empty.
    text = spark.read.text(str(lines), lineSep="\n").filter(fn.trim("value") != "")
    event = fn.from_json("value", schema, {"columnNameOfCorruptRecord": CORRUPT})
    return text.select(fn.col("value").alias(LINE), event.alias("event")).select("event.*", LINE)


def read_slices(spark: SparkSession, paths: Sequence[str], schema: StructType) -> DataFrame:
    """The rows of some slices of a table."""
    if paths:
        return spark.read.schema(schema).parquet(*paths)
    # Not `createDataFrame`: a first row out of Python, or none, costs a second or two.
    return spark.range(0).select(*(fn.lit(None).cast(column.dataType).alias(column.name) for column in schema))


def unreadable_lines(spark: SparkSession, lines: Path, schema: StructType, readable: Column) -> DataFrame:
    """The lines that are no events."""
    # All columns are asked for: Spark does not look at a field that nobody wants.
    rows = read_events(spark, lines, schema).withColumn("_readable", readable)
    return rows.filter(~fn.col("_readable"))


def quarantine_unreadable(store: ObjectStore, kind: RawKind, unreadable: DataFrame) -> tuple[str, ...]:
    """Put the lines that are no events to where such lines are kept; returns a few of them, shortened."""
    samples: list[str] = []
    waiting: list[str] = []
    for row in unreadable.select(LINE).sort(LINE).toLocalIterator():
        waiting.append(str(row[LINE]))
        if len(samples) < _SHOWN:
            samples.append(waiting[-1][:_SHOWN_CHARS])
        if len(waiting) == _LINES_AN_OBJECT:
            _put(store, kind, waiting)
            waiting = []
    if waiting:
        _put(store, kind, waiting)
    return tuple(samples)


def _put(store: ObjectStore, kind: RawKind, lines: Sequence[str]) -> None:
    # Spark has replaced what is no UTF-8; the bytes as they came are in the raw object still.
    raws = [line.encode() for line in lines]
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    rejects = [
        Reject.of(
            raw,
            stage=STAGE,
            kind=kind,
            outcome=Outcome.QUARANTINED,
            reason=Reason.UNKNOWN_SHAPE,
            detail="not an event of a schema that this version reads",
            event_id=None,
            position="",
            at=at,
        ).to_line()
        for raw in raws
    ]
    # Named by what was turned away, not by when: a run that is made again writes the same object.
    store.put(quarantine_key(STAGE, kind, b"\n".join(raws)), b"".join(line + b"\n" for line in rejects))
