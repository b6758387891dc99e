"""The curated tables as datasets: their columns, and where their Parquet is read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from tickertape.domain.sightings import Sighting
from tickertape.lake.keys import FOLDERS, Table, table_prefix

_UTC = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.field("element", pa.string()))
# The column in which Arrow tells a row's file.
_FILE = "__filename"
# What the folders of a table's files say: `year=2014/month=06`.
_YEARLY = [("year", pa.int32())]
_MONTHLY = [*_YEARLY, ("month", pa.int32())]

# All columns of each table, those of its folders last.
SCHEMAS: Mapping[Table, pa.Schema] = {
    Table.TWEETS: pa.schema(
        [
            ("id", pa.string()),
            ("created_at", _UTC),
            ("text", pa.string()),
            ("author_id", pa.string()),
            ("author_name", pa.string()),
            ("followers", pa.int64()),
            ("lang", pa.string()),
            ("tickers", _TEXTS),
            ("hashtags", _TEXTS),
            ("lat", pa.float64()),
            ("lon", pa.float64()),
            ("place", pa.string()),
            ("reply_to", pa.string()),
            ("is_retweet", pa.bool_()),
            ("source", pa.string()),
            ("sentiment", pa.string()),
            ("polarity", pa.float64()),
            ("scorer", pa.string()),
            ("method", pa.string()),
            *_MONTHLY,
        ]
    ),
    Table.MENTIONS: pa.schema(
        [
            ("id", pa.string()),
            ("ticker", pa.string()),
            ("created_at", _UTC),
            ("sentiment", pa.string()),
            ("polarity", pa.float64()),
            ("lang", pa.string()),
            ("is_retweet", pa.bool_()),
            ("author_id", pa.string()),
            ("spam", pa.bool_()),
            *_MONTHLY,
        ]
    ),
    Table.SPAM: pa.schema(
        [
            ("id", pa.string()),
            ("created_at", _UTC),
            ("author_id", pa.string()),
            ("text", pa.string()),
            ("tickers", _TEXTS),
            ("reason", pa.string()),
            *_MONTHLY,
        ]
    ),
    Table.ROLLUPS: pa.schema(
        [
            ("level", pa.string()),
            ("period", pa.string()),
            ("ticker", pa.string()),
            ("mentions", pa.int64()),
            ("positive", pa.int64()),
            ("neutral", pa.int64()),
            ("negative", pa.int64()),
            ("polarity", pa.float64()),
            ("authors", pa.int64()),
            ("spam", pa.int64()),
            *_YEARLY,
        ]
    ),
    Table.BARS: pa.schema(
        [
            ("symbol", pa.string()),
            ("interval", pa.string()),
            ("ts", _UTC),
            ("open", pa.float64()),
            ("high", pa.float64()),
            ("low", pa.float64()),
            ("close", pa.float64()),
            ("volume", pa.float64()),
            ("provider", pa.string()),
            ("split_date", pa.date32()),
            ("split_ratio", pa.float64()),
            *_MONTHLY,
        ]
    ),
    Table.CANDLES: pa.schema(
        [
            ("symbol", pa.string()),
            ("interval", pa.string()),
            ("ts", _UTC),
            ("ends_at", _UTC),
            ("open", pa.float64()),
            ("high", pa.float64()),
            ("high_at", _UTC),
            ("low", pa.float64()),
            ("close", pa.float64()),
            ("volume", pa.float64()),
            ("bars", pa.int64()),
            ("adjusted_close", pa.float64()),
            ("log_return", pa.float64()),
            ("volatility", pa.float64()),
            *_MONTHLY,
        ]
    ),
    Table.FEATURES: pa.schema(
        [
            ("ticker", pa.string()),
            ("interval", pa.string()),
            ("ts", _UTC),
            ("ends_at", _UTC),
            ("talk_since", _UTC),
            ("mentions", pa.int64()),
            ("authors", pa.int64()),
            ("positive", pa.int64()),
            ("neutral", pa.int64()),
            ("negative", pa.int64()),
            ("polarity", pa.float64()),
            ("spam_share", pa.float64()),
            ("volume", pa.float64()),
            ("log_return", pa.float64()),
            ("volatility", pa.float64()),
            ("past_log_return", pa.float64()),
            ("past_log_return_5", pa.float64()),
            ("past_volatility", pa.float64()),
            ("past_volume", pa.float64()),
            # What an analysis may try to predict: the only columns that know of a time after `ends_at`.
            ("next_log_return", pa.float64()),
            ("next_volume", pa.float64()),
            *_MONTHLY,
        ]
    ),
}


def folder_names(table: Table) -> tuple[str, ...]:
    """The columns of a table that its folders say, in their order."""
    return FOLDERS[table]


def s3_filesystem(endpoint_url: str | None, region: str) -> fs.S3FileSystem:
    """S3 as Arrow reads it; the credentials are found as boto3 finds them.

    Args:
        endpoint_url: `AWS_ENDPOINT_URL`, with http or https; None for AWS itself.
    """
    if endpoint_url is None:
        return fs.S3FileSystem(region=region)
    parts = urlsplit(endpoint_url)
    return fs.S3FileSystem(region=region, endpoint_override=parts.netloc, scheme=parts.scheme)


class CuratedTables:
    """The curated tables below one root: a bucket, or a folder.

    Attributes:
        root: what stands before `curated/`.
    """

    def __init__(self, root: str, filesystem: fs.FileSystem) -> None:
        self.root = root
        self._filesystem = filesystem

    def dataset(self, table: Table) -> ds.Dataset:
        """A table as it is now; empty, with its columns, while no batch has written it.

        Raises:
            OSError: the filesystem does not answer.
        """
        return self._open(table) or ds.dataset(SCHEMAS[table].empty_table())

    def rows(self, table: Table, columns: Sequence[str]) -> Iterator[dict[str, Any]] | None:
        """Those columns of every row, in no order; None while no batch has written the table.

        Raises:
            OSError: the filesystem does not answer.
        """
        dataset = self._open(table)
        return None if dataset is None else _rows(dataset, columns)

    def find(self, table: Table, condition: ds.Expression) -> list[Sighting] | None:
        """The rows that meet a condition, each with its file; None while no batch has written the table.

        Raises:
            OSError: the filesystem does not answer.
        """
        dataset = self._open(table)
        if dataset is None:
            return None
        columns = [*dataset.schema.names, _FILE]
        found = dataset.to_table(columns=columns, filter=condition).to_pylist()
        return [self._sighting(row.pop(_FILE), row) for row in found]

    def _sighting(self, path: str, row: dict[str, Any]) -> Sighting:
        written = self._filesystem.get_file_info(path).mtime
        return Sighting(path.removeprefix(f"{self.root}/"), written and written.astimezone(UTC), row)

    def _open(self, table: Table) -> ds.Dataset | None:
        folder = f"{self.root}/{table_prefix(table)}".rstrip("/")
        found = self._filesystem.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
        files = sorted(info.path for info in found if info.path.endswith(".parquet"))
        if not files:
            return None
        # Named, not discovered: the schema is ours and no file has to be opened to learn it.
        return ds.dataset(
            files,
            filesystem=self._filesystem,
            format="parquet",
            schema=SCHEMAS[table],
            partitioning=ds.HivePartitioning(pa.schema([(name, pa.int32()) for name in FOLDERS[table]])),
        )


def _rows(dataset: ds.Dataset, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for batch in dataset.to_batches(columns=list(columns)):
        yield from batch.to_pylist()
