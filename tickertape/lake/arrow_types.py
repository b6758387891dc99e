"""Hive's types as Arrow's, and back."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from pyarrow import types as kinds

from tickertape.domain import hive_types as hive
from tickertape.domain.hive_types import HiveType, UnknownType

_TO_ARROW: Mapping[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
# Hive has no unsigned numbers: each gets the next that holds it.
_FROM_ARROW: Mapping[pa.DataType, HiveType] = {
    pa.bool_(): hive.BOOLEAN,
    pa.int8(): hive.Scalar("tinyint"),
    pa.int16(): hive.Scalar("smallint"),
    pa.uint8(): hive.Scalar("smallint"),
    pa.int32(): hive.INT,
    pa.uint16(): hive.INT,
    pa.int64(): hive.BIGINT,
    pa.uint32(): hive.BIGINT,
    pa.float16(): hive.Scalar("float"),
    pa.float32(): hive.Scalar("float"),
    pa.float64(): hive.DOUBLE,
    pa.string(): hive.STRING,
    pa.large_string(): hive.STRING,
    pa.binary(): hive.BINARY,
    pa.large_binary(): hive.BINARY,
    pa.date32(): hive.DATE,
}


def to_arrow(kind: HiveType) -> pa.DataType:
    """How values of that type are read; times are UTC, to the microsecond."""
    match kind:
        case hive.Scalar():
            return _TO_ARROW[kind.name]
        case hive.Decimal():
            return pa.decimal128(kind.precision, kind.scale)
        case hive.ListOf():
            return pa.list_(pa.field("element", to_arrow(kind.element)))
        case hive.MapOf():
            return pa.map_(to_arrow(kind.key), to_arrow(kind.value))
        case hive.StructOf():
            return pa.struct([(name, to_arrow(part)) for name, part in kind.fields])


def from_arrow(kind: pa.DataType) -> HiveType:  # noqa: PLR0911  # one return a kind is the clearest form
    """The type that a catalogue has for a column of a Parquet file.

    Raises:
        UnknownType: Hive has none for it: a time of day, an unsigned 64-bit number, an interval.
    """
    if kind in _FROM_ARROW:
        return _FROM_ARROW[kind]
    if kinds.is_timestamp(kind):
        return hive.TIMESTAMP
    if kinds.is_decimal128(kind):
        return hive.Decimal(kind.precision, kind.scale)
    if kinds.is_dictionary(kind):
        return from_arrow(kind.value_type)
    if kinds.is_map(kind):
        return hive.MapOf(from_arrow(kind.key_type), from_arrow(kind.item_type))
    if kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind):
        return hive.ListOf(from_arrow(kind.value_type))
    if kinds.is_struct(kind):
        return hive.StructOf(tuple((part.name, from_arrow(part.type)) for part in kind))
    raise UnknownType(f"no Hive type stands for {kind}")
