"""The lake's keys: the only place they are built."""

from __future__ import annotations

import hashlib
from enum import StrEnum

RAW = "raw/"
QUARANTINE = "quarantine/"
CURATED = "curated/"
CATALOGUE = "catalogue/"
ATHENA_RESULTS = "athena-results/"


class RawKind(StrEnum):
    """What Firehose lays down, by time of arrival."""

    TWEETS = "tweets"
    BARS = "bars"


class Table(StrEnum):
    """The curated tables, Parquet by time of the event."""

    TWEETS = "tweets"
    MENTIONS = "mentions"
    ROLLUPS = "rollups"
    BARS = "bars"


def raw_prefix(kind: RawKind) -> str:
    """Where Firehose's objects of that kind are."""
    return f"{RAW}{kind}/"


def table_prefix(table: Table) -> str:
    """Where a curated table's files are."""
    return f"{CURATED}{table}/"


def quarantine_prefix(stage: str, kind: str) -> str:
    """Where what a stage turned away is: `quarantine/ingest/tweets/`."""
    return f"{QUARANTINE}{stage}/{kind}/"


def quarantine_key(stage: str, kind: str, body: bytes) -> str:
    """The key of one object of turned-away lines: its own digest, so that writing it again changes nothing."""
    return f"{quarantine_prefix(stage, kind)}{hashlib.sha256(body).hexdigest()[:32]}.jsonl"


def catalogue_prefix(database: str, kind: str) -> str:
    """Where the lake's own catalogue keeps its tables, or their partitions."""
    return f"{CATALOGUE}{database}/{kind}/"


def catalogue_key(database: str, kind: str, table: str) -> str:
    """The key of what that catalogue knows of one table."""
    return f"{catalogue_prefix(database, kind)}{table}.json"
