"""The types that lines of JSON turn out to have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tickertape.domain import hive_types as hive
from tickertape.domain.catalogue import Column
from tickertape.domain.hive_types import HiveType, StructOf, UnknownType, wider


def columns_of(lines: Iterable[bytes]) -> tuple[Column, ...]:
    """The columns of lines of JSON, in the order in which they come; what is no object is passed over.

    A name with values of kinds that have no common type is a string, and so is one that is always null.
    """
    found: dict[str, HiveType | None] = {}
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, Mapping):
            for name, value in event.items():
                found[name] = _common(found.get(name), type_of(value))
    return tuple(Column(name, kind or hive.STRING) for name, kind in found.items())


def type_of(value: Any) -> HiveType | None:  # noqa: PLR0911  # one return a kind is the clearest form
    """The type of one value; None of a null, and of a list or an object with nothing in it."""
    match value:
        case None:
            return None
        case bool():
            return hive.BOOLEAN
        case int():
            return hive.BIGINT if abs(value) < 2**63 else hive.STRING
        case float():
            return hive.DOUBLE
        case list():
            element: HiveType | None = None
            for part in value:
                element = _common(element, type_of(part))
            return hive.ListOf(element or hive.STRING) if value else None
        case dict():
            return _struct(value)
        case _:
            return hive.STRING


def _struct(value: Mapping[str, Any]) -> HiveType | None:
    # A field that is null here has its type from another line.
    fields = ((name, type_of(part)) for name, part in value.items())
    known = tuple((name, kind) for name, kind in fields if kind is not None)
    if not known:
        return None
    try:
        return StructOf(known)
    except UnknownType:
        return hive.STRING


def _common(one: HiveType | None, other: HiveType | None) -> HiveType | None:
    if one is None or other is None:
        return one or other
    return wider(one, other, mixed_numbers=True) or hive.STRING
