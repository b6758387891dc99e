"""The DynamoDB calls that the serving store and the batch make, over items in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tickertape.serving.items import from_attributes


class MemoryDynamoDB:
    """Tables by their keys; every write leaves its last request unprocessed once, as a throttled table does."""

    def __init__(self, tables: dict[str, tuple[str, str]], page: int = 7) -> None:
        self._keys = tables
        self._items: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {table: {} for table in tables}
        self._page = page
        self._throttled = False

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table as plain values."""
        return [from_attributes(item) for item in self._items[table].values()]

    def clear(self, table: str) -> None:
        """Forget everything in a table."""
        self._items[table].clear()

    def batch_write_item(self, RequestItems: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        ((table, requests),) = RequestItems.items()
        assert len(requests) <= 25
        self._throttled = not self._throttled and len(requests) > 1
        now, later = (requests[:-1], requests[-1:]) if self._throttled else (requests, [])
        for request in now:
            if "PutRequest" in request:
                item = request["PutRequest"]["Item"]
                self._items[table][self._key(table, item)] = item
            else:
                self._items[table].pop(self._key(table, request["DeleteRequest"]["Key"]), None)
        return {"UnprocessedItems": {table: later} if later else {}}

    def get_item(self, TableName: str, Key: dict[str, Any], **_how: Any) -> dict[str, Any]:
        item = self._items[TableName].get(self._key(TableName, Key))
        return {"Item": item} if item else {}

    def describe_table(self, TableName: str) -> dict[str, Any]:
        made = datetime(2014, 6, 6, tzinfo=UTC)
        return {"Table": {"TableId": TableName, "CreationDateTime": made, "ItemCount": len(self._items[TableName])}}

    def get_paginator(self, name: str) -> MemoryDynamoDB:
        assert name == "scan"
        return self

    def paginate(self, TableName: str, ExpressionAttributeNames: dict[str, str], **_how: Any) -> list[dict[str, Any]]:
        wanted = set(ExpressionAttributeNames.values())
        items = list(self._items[TableName].values())
        return [{"Items": [{name: value for name, value in item.items() if name in wanted}]} for item in items]

    def query(self, **arguments: Any) -> dict[str, Any]:
        table = arguments["TableName"]
        conditions = dict(arguments["KeyConditions"])
        # Of a table or of an index: what is asked for by its one value comes first.
        partition = next(iter(conditions))
        (value,) = conditions.pop(partition)["AttributeValueList"]
        sort_name, sort = next(iter(conditions.items()), (self._keys[table][1], None))
        # A copy, since others write meanwhile.
        found = [
            item
            for item in list(self._items[table].values())
            if item.get(partition) == value and (sort is None or _meets(item[sort_name]["S"], sort))
        ]
        found.sort(key=lambda item: item[sort_name]["S"], reverse=not arguments.get("ScanIndexForward", True))
        start = arguments.get("ExclusiveStartKey", {"at": 0})["at"]
        end = start + min(self._page, arguments.get("Limit", self._page))
        more = {"LastEvaluatedKey": {"at": end}} if end < len(found) else {}
        wanted = arguments.get("AttributesToGet")
        items = [{name: item[name] for name in wanted if name in item} if wanted else item for item in found[start:end]]
        return {"Items": items, **more}

    def _key(self, table: str, item: dict[str, Any]) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self._keys[table])


def _meets(text: str, condition: dict[str, Any]) -> bool:
    bounds: list[str] = [value["S"] for value in condition["AttributeValueList"]]
    match condition["ComparisonOperator"]:
        case "GE":
            return text >= bounds[0]
        case "LE":
            return text <= bounds[0]
        case "BETWEEN":
            return bounds[0] <= text <= bounds[1]
        case other:
            raise NotImplementedError(other)
