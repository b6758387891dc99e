"""Hive's types: read, written, and which of them holds which."""

import pyarrow as pa
import pytest

from tickertape.domain.hive_types import UnknownType, parse_type, wider
from tickertape.lake.arrow_types import from_arrow, to_arrow


@pytest.mark.parametrize(
    "text",
    [
        "bigint",
        "decimal(10,2)",
        "array<string>",
        "map<string,array<double>>",
        "struct<id:string,place:struct<lat:double,lon:double>,tags:array<string>>",
    ],
)
def test_a_type_is_written_as_it_is_read(text: str) -> None:
    """What a catalogue says comes back unchanged."""
    assert text == str(parse_type(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("VARCHAR(20)", "string"), ("Integer", "int"), ("array< struct< a : real > >", "array<struct<a:float>>")],
)
def test_other_spellings_are_understood(text: str, plain: str) -> None:
    """Athena's and Hive's other names of a type are that type."""
    assert plain == str(parse_type(text))


@pytest.mark.parametrize("text", ["", "moon", "array<", "array<int", "struct<a>", "int int", "decimal(x)"])
def test_what_is_no_type_is_refused(text: str) -> None:
    """An unknown or broken type is an error that says so."""
    with pytest.raises(UnknownType):
        parse_type(text)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("int", "bigint", "bigint"),
        ("bigint", "smallint", "bigint"),
        ("float", "double", "double"),
        ("decimal(8,2)", "decimal(12,2)", "decimal(12,2)"),
        ("array<int>", "array<bigint>", "array<bigint>"),
        ("struct<a:int>", "struct<b:string,a:bigint>", "struct<a:bigint,b:string>"),
        ("int", "string", None),
        ("bigint", "double", None),
        ("decimal(8,2)", "decimal(8,3)", None),
        ("struct<a:int>", "struct<a:string>", None),
        ("map<string,int>", "map<int,int>", None),
    ],
)
def test_the_wider_of_two_types_holds_both(one: str, other: str, both: str | None) -> None:
    """Integers, floats, decimals and what is made of them widen; other pairs have no common type."""
    held = wider(parse_type(one), parse_type(other))
    assert both == (None if held is None else str(held))


def test_in_json_a_whole_number_and_a_fraction_are_of_one_kind() -> None:
    """1 and 1.5 are doubles."""
    assert "double" == str(wider(parse_type("bigint"), parse_type("double"), mixed_numbers=True))


@pytest.mark.parametrize(
    ("arrow", "text"),
    [
        (pa.uint32(), "bigint"),
        (pa.timestamp("ns"), "timestamp"),
        (pa.dictionary(pa.int32(), pa.string()), "string"),
        (pa.decimal128(9, 3), "decimal(9,3)"),
        (pa.list_(pa.struct([("a", pa.int32()), ("b", pa.map_(pa.string(), pa.date32()))])), None),
    ],
)
def test_arrow_types_have_a_name(arrow: pa.DataType, text: str | None) -> None:
    """Each type of a Parquet file has Hive's name, and that name a type to read it as."""
    named = from_arrow(arrow)
    assert (text or "array<struct<a:int,b:map<string,date>>>") == str(named)
    assert named == from_arrow(to_arrow(named))


@pytest.mark.parametrize("arrow", [pa.time64("us"), pa.struct([("a:b", pa.int32())]), pa.uint64()])
def test_a_type_without_a_name_is_refused(arrow: pa.DataType) -> None:
    """A time of day, a field's name that breaks the type, and numbers beyond a bigint have none."""
    with pytest.raises(UnknownType):
        from_arrow(arrow)
