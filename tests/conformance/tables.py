"""What DynamoDB promises of its answers' size, its indexes and its settings."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

DYNAMODB = Subject("DynamoDB")
_SCHEMA = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "ticker", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_ticker",
            "KeySchema": [{"AttributeName": "ticker", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
_ITEMS = 30


def _table(world: World) -> str:
    """Thirty items of 50 KB under one ticker, in ten partitions."""
    table = world.table("items", **_SCHEMA)
    for start in range(0, _ITEMS, 10):
        items = [{"PutRequest": {"Item": _item(number, 50_000)}} for number in range(start, start + 10)]
        _write_all(world, {table: items})
    # An index follows its table a little later.
    world.need(lambda: len(_pages(world, table, Limit=_ITEMS)) >= 1, "the index")
    return table


def _write_all(world: World, requests: dict[str, Any]) -> None:
    while requests:
        requests = world.client("dynamodb").batch_write_item(RequestItems=requests)["UnprocessedItems"]


def _item(number: int, size: int) -> dict[str, Any]:
    return {
        "pk": {"S": f"day#{number % 10}"},
        "sk": {"S": f"{number:04d}"},
        "ticker": {"S": "AAPL"},
        "text": {"S": "x" * size},
    }


def _pages(world: World, table: str, **options: Any) -> list[Any]:
    """The pages of a query over the index, each asked for with the last one's LastEvaluatedKey."""
    pages: list[Any] = []
    start: dict[str, Any] = {}
    while True:
        page = world.client("dynamodb").query(
            TableName=table,
            IndexName="by_ticker",
            KeyConditionExpression="ticker = :ticker",
            ExpressionAttributeValues={":ticker": {"S": "AAPL"}},
            **options,
            **start,
        )
        pages.append(page)
        if "LastEvaluatedKey" not in page:
            return pages
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _sorts(pages: list[Any]) -> list[str]:
    return [item["sk"]["S"] for page in pages for item in page["Items"]]


_ALL = [f"{number:04d}" for number in range(_ITEMS)]


@DYNAMODB.contract(
    "Pages of a query over an index give every item once, in order",
    aws="kept",
    page="amazondynamodb/latest/developerguide/Query.Pagination",
    ours="follows LastEvaluatedKey in every read",
)
def index_paging(world: World) -> Observation:
    """Thirty items in pages of seven."""
    table = world.once(_table)
    world.holds(lambda: len(_sorts(_pages(world, table))) == _ITEMS, 10)
    pages = _pages(world, table, Limit=7)
    found = _sorts(pages)
    if set(found) != set(_ALL):
        return Observation(Word.LOST)
    if len(found) != _ITEMS:
        return Observation(Word.REPEATED)
    return Observation(Word.KEPT if found == _ALL else Word.REORDERED)


@DYNAMODB.contract(
    "LastEvaluatedKey of an index holds the keys of index and table",
    aws="kept: pk, sk, ticker",
    page="amazondynamodb/latest/developerguide/Query.Pagination",
    ours="hands it back as it is",
)
def index_key(world: World) -> Observation:
    """The key after the first page."""
    keys = sorted(_pages(world, world.once(_table), Limit=7)[0]["LastEvaluatedKey"])
    return Observation(Word.KEPT if keys == ["pk", "sk", "ticker"] else Word.LOST, ", ".join(keys))


@DYNAMODB.contract(
    "A page ends at 1 MB",
    aws="honoured",
    page="amazondynamodb/latest/developerguide/Query.Pagination",
    ours="follows LastEvaluatedKey in every read",
)
def page_size(world: World) -> Observation:
    """Thirty items of 50 KB without a limit."""
    pages = _pages(world, world.once(_table))
    return Observation(Word.HONOURED) if len(pages) == 2 else Observation(Word.IGNORED, f"{len(pages)} page of 1.5 MB")


@DYNAMODB.contract(
    "A batch of more than 25 items is refused",
    aws="refused",
    page="amazondynamodb/latest/APIReference/API_BatchWriteItem",
    ours="writes 25 a call",
)
def batch_size(world: World) -> Observation:
    """26 items in one call."""
    return _batch(world, [_item(number, 10) for number in range(1000, 1026)])


@DYNAMODB.contract(
    "A batch with two items of one key is refused",
    aws="refused",
    page="amazondynamodb/latest/APIReference/API_BatchWriteItem",
    ours="keeps the last one of a key before it writes",
)
def batch_repeat(world: World) -> Observation:
    """The same item twice in one call."""
    return _batch(world, [_item(2000, 10), _item(2000, 20)])


def _batch(world: World, items: list[dict[str, Any]]) -> Observation:
    requests = [{"PutRequest": {"Item": item}} for item in items]
    try:
        world.client("dynamodb").batch_write_item(RequestItems={world.once(_table): requests})
    except ClientError:
        return Observation(Word.REFUSED)
    return Observation(Word.IGNORED, "it is taken")


@DYNAMODB.contract(
    "BatchWriteItem says which items it did not write",
    aws="honoured: UnprocessedItems",
    page="amazondynamodb/latest/APIReference/API_BatchWriteItem",
    ours="writes them again until there are none",
)
def unprocessed(world: World) -> Observation:
    """The field in the answer; that it is filled cannot be brought about at will."""
    request = {world.once(_table): [{"PutRequest": {"Item": _item(3000, 10)}}]}
    answer = world.client("dynamodb").batch_write_item(RequestItems=request)
    there = "UnprocessedItems" in answer
    return Observation(Word.HONOURED, "UnprocessedItems") if there else Observation(Word.IGNORED, "no such field")


@DYNAMODB.contract(
    "A conditional put of a key that is there is refused",
    aws="refused",
    page="amazondynamodb/latest/developerguide/Expressions.ConditionExpressions",
    ours="has no need of it: a put of the same event is the same item",
)
def conditional_put(world: World) -> Observation:
    """`attribute_not_exists` for an item that was put before."""
    dynamodb, table = world.client("dynamodb"), world.once(_table)
    dynamodb.put_item(TableName=table, Item=_item(4000, 10))
    try:
        dynamodb.put_item(TableName=table, Item=_item(4000, 20), ConditionExpression="attribute_not_exists(pk)")
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return Observation(Word.REFUSED)
    return Observation(Word.IGNORED, "it is written")


@DYNAMODB.contract(
    "A table's TTL is set by the API",
    aws="honoured",
    page="amazondynamodb/latest/developerguide/time-to-live-ttl-how-to",
    ours="`localstack-init/reconcile.py` sets it where the template did not",
)
def ttl(world: World) -> Observation:
    """The setting, read back."""
    dynamodb, table = world.client("dynamodb"), world.once(_table)
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
    )
    found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    is_set = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") and found.get("AttributeName") == "expires_at"
    return Observation(Word.HONOURED if is_set else Word.IGNORED)
