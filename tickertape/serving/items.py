"""DynamoDB's typed values from and to plain ones. boto3's own serializer refuses floats, and our numbers are floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

_DESERIALIZER = TypeDeserializer()


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item as DynamoDB's attribute values; attributes that are None are left out."""
    return {name: _encode(value) for name, value in item.items() if value is not None}


def _encode(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int() | float():
            return {"N": repr(value)}
        case Mapping():
            return {"M": to_attributes(value)}
        case list() | tuple():
            return {"L": [_encode(part) for part in value]}
        case _:
            raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def from_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item from DynamoDB's attribute values; whole numbers as int, others as float."""
    return {name: _decode(value) for name, value in attributes.items()}


def _decode(attribute: Mapping[str, Any]) -> Any:
    kind, value = next(iter(attribute.items()))
    match kind:
        case "S":
            return value
        case "N":
            return float(value) if any(mark in value for mark in ".eE") else int(value)
        case "M":
            return from_attributes(value)
        case "L":
            return [_decode(part) for part in value]
        case _:
            deserialized: Any = _DESERIALIZER.deserialize(attribute)  # type: ignore[arg-type]  # one kind, by DynamoDB
            return deserialized
