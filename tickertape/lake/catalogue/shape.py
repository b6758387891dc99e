"""A catalogue's entries as the dictionaries of Glue's API, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tickertape.domain.catalogue import Column, Format, PartitionEntry, TableEntry
from tickertape.domain.hive_types import parse_type

DATABASE = "tickertape"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
# What Athena reads each format with.
_FORMATS: Mapping[Format, tuple[str, str, str, dict[str, str]]] = {
    Format.PARQUET: (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        {"serialization.format": "1"},
    ),
    Format.JSON: (
        "org.apache.hadoop.mapred.TextInputFormat",
        _TEXT_OUT,
        "org.openx.data.jsonserde.JsonSerDe",
        # A broken line is a row without values, not the end of the query.
        {"ignore.malformed.json": "true"},
    ),
}
_CLASSIFICATION = "classification"


def table_input(table: TableEntry) -> dict[str, Any]:
    """Glue's `TableInput`."""
    return {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", _CLASSIFICATION: str(table.format), **table.parameters},
        "PartitionKeys": _columns(table.partition_keys),
        "StorageDescriptor": _storage(table, table.location),
    }


def table_entry(glue: Mapping[str, Any]) -> TableEntry:
    """The entry of Glue's `Table`.

    Raises:
        UnknownType: a column's type is none that is known here.
        ValueError: its files are neither Parquet nor JSON.
    """
    storage = glue["StorageDescriptor"]
    parameters = dict(glue.get("Parameters") or {})
    parameters.pop("EXTERNAL", None)
    return TableEntry(
        name=glue["Name"],
        location=storage["Location"],
        format=Format(parameters.pop(_CLASSIFICATION, "")),
        columns=_entries(storage["Columns"]),
        partition_keys=_entries(glue.get("PartitionKeys") or ()),
        parameters=parameters,
    )


def partition_input(table: TableEntry, partition: PartitionEntry) -> dict[str, Any]:
    """Glue's `PartitionInput`."""
    return {
        "Values": list(partition.values),
        "Parameters": dict(partition.parameters),
        "StorageDescriptor": _storage(table, partition.location),
    }


def partition_entry(glue: Mapping[str, Any]) -> PartitionEntry:
    """The entry of Glue's `Partition`."""
    return PartitionEntry(
        tuple(glue["Values"]), glue["StorageDescriptor"]["Location"], dict(glue.get("Parameters") or {})
    )


def _storage(table: TableEntry, location: str) -> dict[str, Any]:
    reads, writes, library, parameters = _FORMATS[table.format]
    return {
        "Columns": _columns(table.columns),
        "Location": location,
        "InputFormat": reads,
        "OutputFormat": writes,
        "SerdeInfo": {"SerializationLibrary": library, "Parameters": parameters},
    }


def _columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [{"Name": column.name, "Type": str(column.type)} for column in columns]


def _entries(columns: Iterable[Mapping[str, str]]) -> tuple[Column, ...]:
    return tuple(Column(column["Name"], parse_type(column["Type"])) for column in columns)
