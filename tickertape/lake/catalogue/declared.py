"""The tables that are always there, written or not, as catalogue entries."""

from __future__ import annotations

from tickertape.domain.catalogue import Column, Format, TableEntry
from tickertape.lake.arrow_types import from_arrow
from tickertape.lake.files import LakeFiles
from tickertape.lake.keys import Table, table_prefix
from tickertape.lake.tables import SCHEMAS, folder_names


def declared_tables(lake: LakeFiles) -> dict[str, TableEntry]:
    """The entries of the curated tables, with the columns that the code promises."""
    return {str(table): _entry(lake, table) for table in Table}


def _entry(lake: LakeFiles, table: Table) -> TableEntry:
    columns = {field.name: Column(field.name, from_arrow(field.type)) for field in SCHEMAS[table]}
    keys = tuple(columns.pop(name) for name in folder_names(table))
    return TableEntry(
        str(table), lake.location(table_prefix(table)), Format.PARQUET, tuple(columns.values()), partition_keys=keys
    )
