"""What a catalogue knows of the lake: tables, their columns, their partitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tickertape.domain.hive_types import HiveType


class Format(StrEnum):
    """How a table's files are written."""

    PARQUET = "parquet"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one key of the partitions."""

    name: str
    type: HiveType


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table.

    Attributes:
        location: where its files are, `s3://bucket/prefix/`.
        partition_keys: the columns that the folders say, in their order.
        parameters: what else there is to remember; a crawl keeps its own state here.
    """

    name: str
    location: str
    format: Format
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartitionEntry:
    """One partition of a table: the columns are the table's.

    Attributes:
        values: of the table's partition keys, as the folders have them: `("2014", "06")`.
    """

    values: tuple[str, ...]
    location: str
    parameters: Mapping[str, str] = field(default_factory=dict)
