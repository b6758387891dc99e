"""Asks moto's tables the same questions each time and prints the answers; run where moto is, in LocalStack's image.

Usage: moto_answers.py [PLUGIN]: with the folder of our plug-in, moto is changed by it first.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import boto3

TABLE, KEY_ONLY, INDEX = "items", "plain", "by_group"


def _play(client: Any) -> Iterator[Any]:
    """Change two tables at random, and ask them in between."""
    chance = random.Random(1)
    for _ in range(400):
        hash_value, group = f"h{chance.randrange(6)}", f"g{chance.randrange(4)}"
        number = str(chance.randrange(40))
        key = {"h": {"S": hash_value}, "r": {"N": number}}
        only = {"h": {"S": hash_value + number}}
        match chance.choices(("put", "delete", "move", "leave", "query", "index", "scan"), (8, 2, 3, 1, 2, 2, 2))[0]:
            case "put":
                item = {**key, "deep": {"M": {"list": {"L": [{"N": number}]}}}, "long": {"S": "x" * 30_000}}
                grouped = {"g": {"S": group}, "s": {"S": str(chance.randrange(9))}} if chance.random() < 0.8 else {}
                client.put_item(TableName=TABLE, Item=item | grouped)
                client.put_item(TableName=KEY_ONLY, Item=only | {"v": {"N": number}})
            case "delete":
                client.delete_item(TableName=TABLE, Key=key)
                client.delete_item(TableName=KEY_ONLY, Key=only)
            case "move":
                values = {":g": {"S": group}, ":s": {"S": str(chance.randrange(9))}}
                change = "SET g = :g, s = :s"
                client.update_item(TableName=TABLE, Key=key, UpdateExpression=change, ExpressionAttributeValues=values)
            case "leave":
                client.update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE g")
            case "query":
                yield from _pages(
                    client.query,
                    KeyConditionExpression="h = :h AND r BETWEEN :low AND :high",
                    ExpressionAttributeValues={":h": {"S": hash_value}, ":low": {"N": "5"}, ":high": {"N": "30"}},
                    ScanIndexForward=chance.random() < 0.5,
                    Limit=chance.choice([3, 100]),
                )
            case "index":
                yield from _pages(
                    client.query,
                    IndexName=INDEX,
                    KeyConditionExpression="g = :g",
                    ExpressionAttributeValues={":g": {"S": group}},
                    ScanIndexForward=chance.random() < 0.5,
                    Limit=chance.choice([3, 100]),
                )
            case "scan":
                yield from _pages(client.scan)
                yield from _pages(client.scan, TableName=KEY_ONLY, Limit=chance.choice([1, 7]))
                yield from _pages(client.scan, ProjectionExpression="h, s")
                yield from _pages(client.scan, ProjectionExpression="h, deep.list[0]", Limit=chance.choice([7, 500]))
                yield from _pages(client.scan, IndexName=INDEX, Limit=9)
                yield from _pages(client.scan, Segment=0, TotalSegments=3)


def _pages(operation: Any, **arguments: Any) -> Iterator[Any]:
    arguments = {"TableName": TABLE} | arguments
    while True:
        page = operation(**arguments)
        yield [page["Items"], page["Count"], page["ScannedCount"], page.get("LastEvaluatedKey")]
        if "LastEvaluatedKey" not in page:
            return
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def main(arguments: list[str]) -> None:
    """Print the answers; an argument is the folder of our plug-in."""
    import moto  # LocalStack's, and not in our environment

    if arguments:
        sys.path.insert(0, arguments[0])
        from tickertape_localstack import moto_tables

        moto_tables.install()
    with moto.mock_aws():
        client = boto3.client("dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        types: dict[str, Any] = {"h": "S", "r": "N", "g": "S", "s": "S"}
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
            KeySchema=_schema("h", "r"),
            GlobalSecondaryIndexes=[
                {"IndexName": INDEX, "KeySchema": _schema("g", "s"), "Projection": {"ProjectionType": "ALL"}}
            ],
        )
        client.create_table(
            TableName=KEY_ONLY,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "h", "AttributeType": "S"}],
            KeySchema=_schema("h"),
        )
        print(json.dumps(list(_play(client))))


def _schema(*names: str) -> list[Any]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


if __name__ == "__main__":
    main(sys.argv[1:])
