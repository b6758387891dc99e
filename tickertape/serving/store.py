"""The DynamoDB side of the serving store: batches in, bounded queries out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import stamina
from botocore.exceptions import ConnectionError as AwsConnectionError
from botocore.exceptions import HTTPClientError

from tickertape.serving.items import from_attributes, to_attributes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB takes 25 items a BatchWriteItem.
BATCH = 25
# Three calls under way at once keep the service busy while the next batch is encoded here.
_WRITERS = 3
Item = Mapping[str, Any]
Key = tuple[str, ...]


class Unprocessed(Exception):
    """DynamoDB returned items of a batch unwritten (it throttles); the same items may be sent again."""


def write_items(client: DynamoDBClient, table: str, key: Key, items: Iterable[Item]) -> int:
    """Put items, the last of each key winning; returns how many were written.

    Raises:
        Unprocessed: items were still unwritten after the last attempt.
    """
    # A batch may not name one key twice.
    by_key = {tuple(item[name] for name in key): item for item in items}
    requests = [{"PutRequest": {"Item": to_attributes(item)}} for item in by_key.values()]
    _write(client, table, requests)
    return len(requests)


def delete_items(client: DynamoDBClient, table: str, keys: Iterable[Item]) -> int:
    """Delete items by key; returns how many were asked for."""
    requests = [{"DeleteRequest": {"Key": to_attributes(key)}} for key in keys]
    _write(client, table, requests)
    return len(requests)


def _write(client: DynamoDBClient, table: str, requests: Sequence[Any]) -> None:
    batches = [requests[start : start + BATCH] for start in range(0, len(requests), BATCH)]
    with ThreadPoolExecutor(_WRITERS) as writers:
        # The list brings a writer's exception here.
        list(writers.map(lambda batch: _write_batch(client, table, batch), batches))


def _write_batch(client: DynamoDBClient, table: str, batch: Sequence[Any]) -> None:
    waiting = list(batch)
    for attempt in stamina.retry_context(
        on=(Unprocessed, HTTPClientError, AwsConnectionError), attempts=6, wait_initial=0.05, wait_max=2.0
    ):
        with attempt:
            answer = client.batch_write_item(RequestItems={table: waiting})
            waiting = list(answer.get("UnprocessedItems", {}).get(table, []))
            if waiting:
                raise Unprocessed(f"{len(waiting)} of {len(batch)} items of {table}")


def query(
    client: DynamoDBClient,
    table: str,
    partition: tuple[str, str],
    *,
    sort: tuple[str, str | None, str | None] | None = None,
    index: str | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    consistent: bool = False,
    attributes: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The items of one partition in order of their sort key, page by page until `limit`.

    Args:
        partition: attribute and value.
        sort: attribute, lowest and highest value, both included; None for an open end.
        index: a global secondary index, or None for the table.
        limit: at most this many items; None for all.
        consistent: with all that was written before; no index can promise that.
        attributes: no others are needed; an emulator may give all.
    """
    arguments: dict[str, Any] = {
        "TableName": table,
        # DynamoDB takes this older form as well as an expression. MiniStack reads an expression anew for each item of
        # the partition: 13,000 tweets of a ticker take it 1,000 ms, and so 130.
        "KeyConditions": {partition[0]: _condition("EQ", partition[1])},
        "ScanIndexForward": not newest_first,
    }
    if index:
        arguments["IndexName"] = index
    if consistent:
        arguments["ConsistentRead"] = True
    if attributes:
        # The older form too: the two cannot be mixed.
        arguments["AttributesToGet"] = list(attributes)
    if sort and (narrowed := _between(*sort[1:])):
        arguments["KeyConditions"][sort[0]] = narrowed
    items: list[dict[str, Any]] = []
    while limit is None or len(items) < limit:
        if limit is not None:
            arguments["Limit"] = limit - len(items)
        page = client.query(**arguments)
        items += map(from_attributes, page["Items"])
        if "LastEvaluatedKey" not in page:
            break
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return items


def _between(low: str | None, high: str | None) -> dict[str, Any] | None:
    match low, high:
        case None, None:
            return None
        case str(), None:
            return _condition("GE", low)
        case None, str():
            return _condition("LE", high)
        case _:
            return _condition("BETWEEN", low, high)


def _condition(comparison: str, *values: str | None) -> dict[str, Any]:
    return {"ComparisonOperator": comparison, "AttributeValueList": [{"S": value} for value in values]}


def get(client: DynamoDBClient, table: str, key: Item) -> dict[str, Any] | None:
    """The item of that key, with all that was written before; None when there is none."""
    found = client.get_item(TableName=table, Key=to_attributes(key), ConsistentRead=True)
    return from_attributes(found["Item"]) if "Item" in found else None


def scan(client: DynamoDBClient, table: str, attributes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every item of a table with only those attributes: for the batch, never for a page."""
    names = {f"#a{number}": name for number, name in enumerate(attributes)}
    pages = client.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names
    )
    for page in pages:
        yield from map(from_attributes, page["Items"])
