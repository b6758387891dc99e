"""The curated tables as datasets: their columns, and where their Parquet is read from."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from tickertape.lake.keys import Table, table_prefix

_UTC = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.field("element", pa.string()))
_YEARLY = pa.schema([("year", pa.int32())])
_MONTHLY = pa.schema([("year", pa.int32()), ("month", pa.int32())])

# What the folders of a table's files say: `year=2014/month=06`.
PARTITIONS: Mapping[Table, pa.Schema] = {
    Table.TWEETS: _MONTHLY,
    Table.MENTIONS: _MONTHLY,
    Table.ROLLUPS: _YEARLY,
    Table.BARS: _MONTHLY,
}

# What is in the files.
COLUMNS: Mapping[Table, pa.Schema] = {
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
        ]
    ),
}


def schema_of(table: Table) -> pa.Schema:
    """All columns of a table, those of its folders last."""
    return pa.schema([*COLUMNS[table], *PARTITIONS[table]])


def s3_filesystem(endpoint_url: str | None, region: str) -> fs.S3FileSystem:
    """S3 as Arrow reads it; the credentials are found as boto3 finds them.

    Args:
        endpoint_url: `AWS_ENDPOINT_URL`, with http or https; None for AWS itself.
    """
    if endpoint_url is None:
        return fs.S3FileSystem(region=region)
    parts = urlsplit(endpoint_url)
    return fs.S3FileSystem(region=region, endpoint_override=parts.netloc, scheme=parts.scheme)


def open_tables(filesystem: fs.FileSystem, root: str) -> dict[Table, ds.Dataset]:
    """Every curated table below `root` (a bucket, or a folder); one without files yet is empty.

    Raises:
        OSError: the filesystem does not answer, or there is no such bucket.
    """
    return {table: _open(filesystem, f"{root}/{table_prefix(table)}", table) for table in Table}


def _open(filesystem: fs.FileSystem, folder: str, table: Table) -> ds.Dataset:
    selector = fs.FileSelector(folder.rstrip("/"), recursive=True, allow_not_found=True)
    files = [found.path for found in filesystem.get_file_info(selector) if found.path.endswith(".parquet")]
    if not files:
        return ds.dataset(schema_of(table).empty_table())
    return ds.dataset(
        files,
        filesystem=filesystem,
        format="parquet",
        schema=schema_of(table),
        partitioning=ds.partitioning(PARTITIONS[table], flavor="hive"),
    )
