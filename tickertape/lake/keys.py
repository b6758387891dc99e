"""The lake's keys: the only place they are built."""

from __future__ import annotations

import hashlib
from enum import StrEnum

RAW = "raw/"
QUARANTINE = "quarantine/"
CURATED = "curated/"


class RawKind(StrEnum):
    """What Firehose lays down, by time of arrival."""

    TWEETS = "tweets"
    BARS = "bars"


class Table(StrEnum):
    """The curated tables, Parquet by time of the event."""

    TWEETS = "tweets"
    MENTIONS = "mentions"
    SPAM = "spam"
    ROLLUPS = "rollups"
    BARS = "bars"


def raw_prefix(kind: RawKind) -> str:
    """Where Firehose's objects of that kind are."""
    return f"{RAW}{kind}/"


def table_prefix(table: Table) -> str:
    """Where a curated table's files are."""
    return f"{CURATED}{table}/"


# The folders of each table's files, by the time of their rows.
FOLDERS = {
    Table.TWEETS: ("year", "month"),
    Table.MENTIONS: ("year", "month"),
    Table.SPAM: ("year", "month"),
    Table.ROLLUPS: ("year",),
    Table.BARS: ("year", "month"),
}


def slice_key(table: Table, name: str) -> str:
    """The key of one slice of a table.

    >>> slice_key(Table.TWEETS, "2014-06-17")
    'curated/tweets/year=2014/month=06/2014-06-17.parquet'
    """
    parts = zip(FOLDERS[table], name.split("-"), strict=False)
    return "".join([table_prefix(table), *(f"{folder}={part}/" for folder, part in parts), f"{name}.parquet"])


def quarantine_prefix(stage: str, kind: str) -> str:
    """Where what a stage turned away is: `quarantine/ingest/tweets/`."""
    return f"{QUARANTINE}{stage}/{kind}/"


def quarantine_key(stage: str, kind: str, body: bytes) -> str:
    """The key of one object of turned-away lines: its own digest, so that writing it again changes nothing."""
    return f"{quarantine_prefix(stage, kind)}{hashlib.sha256(body).hexdigest()[:32]}.jsonl"
