"""The Glue Data Catalog behind the Catalogue port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from tickertape.domain.catalogue import PartitionEntry, TableEntry
from tickertape.lake.catalogue.shape import DATABASE, partition_entry, partition_input, table_entry, table_input

# Glue takes this many partitions a call.
_BATCH = 100
_ABSENT = "EntityNotFoundException"
_THERE = "AlreadyExistsException"


class GlueFailed(Exception):
    """Glue took a call and refused some of its partitions."""


class GlueCatalogue:
    """One database of the Glue Data Catalog, made when the first table is put into it.

    Tables in it that are no Parquet or JSON files, or have types that are unknown here, are left alone and not seen.

    Args:
        client: boto3's client of `glue`.
    """

    where = "glue"

    def __init__(self, client: Any) -> None:
        self._glue = client

    def tables(self) -> dict[str, TableEntry]:
        """All tables by name."""
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE)
        found: dict[str, TableEntry] = {}
        for described in _listed(pages, "TableList"):
            try:
                entry = table_entry(described)
            except (KeyError, ValueError):
                # A view, or someone's own table.
                continue
            found[entry.name] = entry
        return found

    def partitions(self, table: str) -> dict[tuple[str, ...], PartitionEntry]:
        """A table's partitions by their values."""
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=DATABASE, TableName=table, ExcludeColumnSchema=True
        )
        return {entry.values: entry for entry in map(partition_entry, _listed(pages, "Partitions"))}

    def put_table(self, table: TableEntry) -> None:
        """Add a table or replace its description."""
        described = table_input(table)
        try:
            # Without an archive: Glue keeps a version of the table for each change otherwise, up to a limit.
            self._glue.update_table(DatabaseName=DATABASE, TableInput=described, SkipArchive=True)
        except ClientError as error:
            if _code(error) != _ABSENT:
                raise
            self._create(described)

    def drop_table(self, name: str) -> None:
        """Forget a table and its partitions."""
        try:
            self._glue.delete_table(DatabaseName=DATABASE, Name=name)
        except ClientError as error:
            if _code(error) != _ABSENT:
                raise

    def put_partitions(self, table: TableEntry, partitions: Iterable[PartitionEntry]) -> None:
        """Add partitions, or replace them.

        Raises:
            GlueFailed: Glue refused one; the others may have been taken.
        """
        where = {"DatabaseName": DATABASE, "TableName": table.name}
        for batch in _batches(partition_input(table, partition) for partition in partitions):
            answer = self._glue.batch_create_partition(**where, PartitionInputList=batch)
            there = {tuple(values) for values in _refused(answer, "PartitionValues", _THERE)}
            if not there:
                continue
            entries = [
                {"PartitionValueList": described["Values"], "PartitionInput": described}
                for described in batch
                if tuple(described["Values"]) in there
            ]
            _refused(self._glue.batch_update_partition(**where, Entries=entries), "PartitionValueList", None)

    def drop_partitions(self, table: str, values: Iterable[tuple[str, ...]]) -> None:
        """Forget partitions."""
        # One by one: rare, and not every Glue has the call for many.
        for gone in values:
            try:
                self._glue.delete_partition(DatabaseName=DATABASE, TableName=table, PartitionValues=list(gone))
            except ClientError as error:
                if _code(error) != _ABSENT:
                    raise

    def _create(self, described: Mapping[str, Any]) -> None:
        try:
            self._glue.create_database(DatabaseInput={"Name": DATABASE})
        except ClientError as error:
            if _code(error) != _THERE:
                raise
        self._glue.create_table(DatabaseName=DATABASE, TableInput=described)


def _listed(pages: Iterable[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    """Everything of all pages; nothing where the database or the table does not exist yet."""
    try:
        for page in pages:
            yield from page.get(name, ())
    except ClientError as error:
        if _code(error) != _ABSENT:
            raise


def _refused(answer: Mapping[str, Any], name: str, expected: str | None) -> list[Sequence[str]]:
    """The values of the partitions that were refused for the reason expected; any other reason is an error."""
    found = []
    for error in answer.get("Errors") or ():
        detail = error["ErrorDetail"]
        if detail["ErrorCode"] != expected:
            raise GlueFailed(f"{error[name]}: {detail['ErrorCode']}: {detail.get('ErrorMessage', '')}")
        found.append(error[name])
    return found


def _batches(described: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(described)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
