"""What every catalogue does, the fake included; `tests/integration/test_catalogue.py` asks the same of Glue."""

from __future__ import annotations

from dataclasses import replace

from tickertape.domain.catalogue import Column, Format, PartitionEntry, TableEntry
from tickertape.domain.hive_types import parse_type
from tickertape.ports.lake import Catalogue

NAME = "contract_test"
TABLE = TableEntry(
    NAME,
    "s3://lake/curated/contract_test/",
    Format.PARQUET,
    (Column("id", parse_type("string")), Column("place", parse_type("struct<lat:double,lon:double>"))),
    (Column("year", parse_type("int")), Column("city", parse_type("string"))),
    {"crawled_by": "tickertape"},
)


def partition(year: int, **parameters: str) -> PartitionEntry:
    return PartitionEntry((str(year), "Köln=1"), f"{TABLE.location}year={year}/city=K/", parameters)


def a_table_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    """Parquet or JSON, with partition keys or without, all of an entry is kept."""
    lines = replace(TABLE, name=f"{NAME}_lines", format=Format.JSON, partition_keys=(), parameters={})
    for table in (TABLE, lines):
        catalogue.put_table(table)
    assert [TABLE, lines] == [catalogue.tables()[name] for name in (NAME, lines.name)]
    assert {} == catalogue.partitions(lines.name)
    catalogue.drop_table(lines.name)
    assert lines.name not in catalogue.tables()


def a_table_is_replaced_and_keeps_its_partitions(catalogue: Catalogue) -> None:
    """A new column changes the table and nothing else."""
    catalogue.put_table(TABLE)
    catalogue.put_partitions(TABLE, [partition(2014)])
    wider = replace(TABLE, columns=(*TABLE.columns, Column("new", parse_type("array<bigint>"))))
    catalogue.put_table(wider)
    assert wider == catalogue.tables()[NAME]
    assert {partition(2014).values: partition(2014)} == catalogue.partitions(NAME)


def partitions_are_added_replaced_and_dropped(catalogue: Catalogue) -> None:
    """More than a call of Glue's takes, some of them there already."""
    catalogue.put_table(TABLE)
    catalogue.put_partitions(TABLE, map(partition, range(1900, 2020)))
    catalogue.put_partitions(TABLE, [partition(2014, known_files="a"), partition(2030)])
    assert 121 == len(catalogue.partitions(NAME))
    assert partition(2014, known_files="a") == catalogue.partitions(NAME)[partition(2014).values]
    catalogue.drop_partitions(NAME, [partition(2014).values, partition(1000).values])
    assert partition(2014).values not in catalogue.partitions(NAME)
    assert 120 == len(catalogue.partitions(NAME))


def a_dropped_table_takes_its_partitions_along(catalogue: Catalogue) -> None:
    """The same table put again has none; dropping what is not there is no error."""
    catalogue.put_table(TABLE)
    catalogue.put_partitions(TABLE, [partition(2014)])
    for _ in range(2):
        catalogue.drop_table(NAME)
    assert (False, {}) == (NAME in catalogue.tables(), catalogue.partitions(NAME))
    catalogue.put_table(TABLE)
    assert {} == catalogue.partitions(NAME)


CONTRACT = (
    a_table_comes_back_as_it_was_put,
    a_table_is_replaced_and_keeps_its_partitions,
    partitions_are_added_replaced_and_dropped,
    a_dropped_table_takes_its_partitions_along,
)
