"""All tweets of some days and all bars, by their keys and partition by partition: for `verify`, never for a page.

A scan would find them too, but an emulator puts the whole table in order for each of its pages: of 800,000 items that
took more than ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tickertape.serving.keys import SERIES, day_partitions
from tickertape.serving.store import query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def served_tweets(client: DynamoDBClient, table: str, days: Iterable[str]) -> Iterator[str]:
    """The ids of the tweets in `recent_tweets` on those days, `2014-06-06`, as the listing of a day has them."""
    for day in sorted(days):
        for partition in day_partitions(day):
            for item in query(client, table, ("day_shard", partition), attributes=("created_at_id",)):
                yield item["created_at_id"].partition("#")[2]


def served_bars(client: DynamoDBClient, table: str) -> Iterator[str]:
    """The ids of the bars in `prices`, `AAPL#1m#2014-06-06T13:30:00Z`, of each series in its list of series.

    Those that were made from shorter bars are left out: nobody sent them.
    """
    for series in query(client, table, ("symbol_interval", SERIES), attributes=("ts",)):
        partition = series["ts"]
        for item in query(client, table, ("symbol_interval", partition), attributes=("ts", "derived")):
            if not item.get("derived"):
                yield f"{partition}#{item['ts']}"
