"""The lake's keys: the only place they are built."""

from __future__ import annotations

import hashlib
from enum import StrEnum

RAW = "raw/"
QUARANTINE = "quarantine/"
CURATED = "curated/"
CATALOGUE = "catalogue/"
ATHENA_RESULTS = "athena-results/"
MODELS = "models/"
ANALYSES = "analyses/"


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
    CANDLES = "candles"
    FEATURES = "features"


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
    Table.CANDLES: ("year", "month"),
    Table.FEATURES: ("year", "month"),
}


def slice_folder(table: str, name: str) -> str:
    """The folders of one slice below its table's: `year=2014/month=06/`; none for a table that is not in the lake."""
    folders = FOLDERS.get(Table(table), ()) if table in set(Table) else ()
    return "".join(f"{folder}={part}/" for folder, part in zip(folders, name.split("-"), strict=False))


def slice_key(table: Table, name: str) -> str:
    """The key of one slice of a table.

    >>> slice_key(Table.TWEETS, "2014-06-17")
    'curated/tweets/year=2014/month=06/2014-06-17.parquet'
    """
    return f"{table_prefix(table)}{slice_folder(table, name)}{name}.parquet"


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


def model_key(name: str, version: str) -> str:
    """The key of a fitted model: `models/1d-logistic_price/20251125T210003141592Z/model.json`."""
    return f"{MODELS}{name}/{version}/model.json"


def model_card_key(name: str, version: str) -> str:
    """The key of what is known of that model."""
    return f"{MODELS}{name}/{version}/card.json"


def analysis_key(version: str) -> str:
    """The key of what an analysis came to; they sort by time."""
    return f"{ANALYSES}{version}.json"
