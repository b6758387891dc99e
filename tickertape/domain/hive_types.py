"""The types of columns as Glue, Athena and Hive write them, `array<struct<a:int>>`, and which of them holds which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

# From the narrowest to the widest.
_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_FLOATS = ("float", "double")
_SCALARS = (*_INTEGERS, *_FLOATS, "boolean", "string", "binary", "date", "timestamp")
_ALIASES = {"integer": "int", "varchar": "string", "char": "string", "real": "float"}
_TOKEN = re.compile(r"\s*([<>(),:]|[^<>(),:\s][^<>(),:]*)")


class UnknownType(ValueError):
    """A type that no Hive type stands for, or that is not well-formed."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts: `bigint`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Decimal:
    """An exact number of that many digits, so many of them after the point."""

    precision: int
    scale: int

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class ListOf:
    """`array<…>`."""

    element: HiveType

    def __str__(self) -> str:
        return f"array<{self.element}>"


@dataclass(frozen=True, slots=True)
class MapOf:
    """`map<…,…>`."""

    key: HiveType
    value: HiveType

    def __str__(self) -> str:
        return f"map<{self.key},{self.value}>"


@dataclass(frozen=True, slots=True)
class StructOf:
    """`struct<name:…>`, the fields in their order.

    Raises:
        UnknownType: a name has one of the signs `<>(),:` in it, or there is no field.
    """

    fields: tuple[tuple[str, HiveType], ...]

    def __post_init__(self) -> None:
        for name, _ in self.fields:
            if not name.strip() or re.search(r"[<>(),:]", name):
                raise UnknownType(f"no Hive type has a field named {name!r}")
        if not self.fields:
            raise UnknownType("no Hive type is a struct without fields")

    def __str__(self) -> str:
        return f"struct<{','.join(f'{name}:{kind}' for name, kind in self.fields)}>"


HiveType: TypeAlias = Scalar | Decimal | ListOf | MapOf | StructOf

BOOLEAN, STRING, BINARY = Scalar("boolean"), Scalar("string"), Scalar("binary")
INT, BIGINT, DOUBLE = Scalar("int"), Scalar("bigint"), Scalar("double")
DATE, TIMESTAMP = Scalar("date"), Scalar("timestamp")


def parse_type(text: str) -> HiveType:
    """Read a type as a catalogue has it.

    Raises:
        UnknownType: it is none.
    """
    tokens = [found.group(1).strip() for found in _TOKEN.finditer(text)]
    parsed = _parse(tokens, text)
    if tokens:
        raise UnknownType(f"{text!r} goes on after the type {parsed}")
    return parsed


def _parse(tokens: list[str], text: str) -> HiveType:
    # `tokens` is used up from its front.
    name = _take(tokens, text).lower()
    name = _ALIASES.get(name, name)
    match name:
        case "array":
            _expect(tokens, "<", text)
            element = _parse(tokens, text)
            _expect(tokens, ">", text)
            return ListOf(element)
        case "map":
            _expect(tokens, "<", text)
            key = _parse(tokens, text)
            _expect(tokens, ",", text)
            value = _parse(tokens, text)
            _expect(tokens, ">", text)
            return MapOf(key, value)
        case "struct":
            return _parse_struct(tokens, text)
        case "decimal":
            # As Hive has it when nothing is said.
            said = _arguments(tokens, text)
            return Decimal(said[0] if said else 10, said[1] if len(said) > 1 else 0)
        case _ if name in _SCALARS:
            _arguments(tokens, text)
            return Scalar(name)
    raise UnknownType(f"{name!r} in {text!r} is no type that is known here")


def _parse_struct(tokens: list[str], text: str) -> StructOf:
    _expect(tokens, "<", text)
    fields = []
    while True:
        name = _take(tokens, text)
        _expect(tokens, ":", text)
        fields.append((name, _parse(tokens, text)))
        if _take(tokens, text) == ">":
            return StructOf(tuple(fields))


def _arguments(tokens: list[str], text: str) -> list[int]:
    """The numbers of `decimal(10,2)` or `varchar(20)`, if any."""
    found: list[int] = []
    if tokens[:1] != ["("]:
        return found
    while _take(tokens, text) != ")":
        number = _take(tokens, text)
        if not number.isdigit():
            raise UnknownType(f"a number was expected in {text!r}, {number!r} came")
        found.append(int(number))
    return found


def _take(tokens: list[str], text: str) -> str:
    if not tokens:
        raise UnknownType(f"{text!r} ends too soon")
    return tokens.pop(0)


def _expect(tokens: list[str], wanted: str, text: str) -> None:
    if _take(tokens, text) != wanted:
        raise UnknownType(f"{wanted!r} was expected in {text!r}")


def wider(one: HiveType, other: HiveType, *, mixed_numbers: bool = False) -> HiveType | None:  # noqa: PLR0911
    """The narrowest type that holds the values of both; None where there is none.

    Only what Athena reads from files of either type counts: `int` and `bigint` have one, `int` and `string` have none.

    Args:
        mixed_numbers: `bigint` and `double` have one too, `double`: right for JSON, where 1 and 1.5 are of one kind.
    """
    match one, other:
        case _ if one == other:
            return one
        case Scalar(), Scalar():
            return _wider_scalar(one.name, other.name, mixed_numbers)
        case Decimal(), Decimal() if one.scale == other.scale:
            return max(one, other, key=lambda kind: kind.precision)
        case ListOf(), ListOf():
            element = wider(one.element, other.element, mixed_numbers=mixed_numbers)
            return None if element is None else ListOf(element)
        case MapOf(), MapOf() if one.key == other.key:
            value = wider(one.value, other.value, mixed_numbers=mixed_numbers)
            return None if value is None else MapOf(one.key, value)
        case StructOf(), StructOf():
            return _wider_struct(one, other, mixed_numbers)
    return None


def _wider_scalar(one: str, other: str, mixed_numbers: bool) -> HiveType | None:
    for family in (_INTEGERS, _FLOATS):
        if one in family and other in family:
            return Scalar(max(one, other, key=family.index))
    numbers = (*_INTEGERS, *_FLOATS)
    return DOUBLE if mixed_numbers and one in numbers and other in numbers else None


def _wider_struct(one: StructOf, other: StructOf, mixed_numbers: bool) -> HiveType | None:
    fields = dict(one.fields)
    for name, kind in other.fields:
        held = wider(fields[name], kind, mixed_numbers=mixed_numbers) if name in fields else kind
        if held is None:
            return None
        fields[name] = held
    return StructOf(tuple(fields.items()))
