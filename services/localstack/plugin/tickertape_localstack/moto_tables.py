"""Makes moto's tables fit for a stream of tweets: it was made for unit tests, with a dozen items in a table.

As it comes, each query and each page of a scan sorts the whole table (2.4 s at 40,000 items), each attribute of an item
measures all others again, and each answer is a deep copy. Nothing that an operation answers is changed here: moto still
answers it, from a table that has nothing but the items in question.
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from functools import cache, wraps
from inspect import signature
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import table as table_module
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import RESULT_SIZE_LIMIT
from moto.dynamodb.models.utilities import bytesize

# moto's own: AWS says 400 KB and takes a little more.
_LARGEST_ITEM = 405_000
_SCALARS = frozenset({"S", "N", "B", "BOOL", "NULL"})
# Where an item is found: its hash and its range key, if there is one.
Place = tuple[Any, Any]
_QUERY, _SCAN = signature(table_module.Table.query), signature(table_module.Table.scan)
# A scan's segments when it has none.
_WHOLE = (None, None)


def _order(item: Item) -> tuple[Any, ...]:
    return tuple(key.cast_value for key in (item.hash_key, item.range_key) if key is not None)


class LightItem(Item):
    """Its attributes are measured once, and copied as far as they can change."""

    def __init__(self, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
        self.hash_key, self.range_key = hash_key, range_key
        self.attrs = LimitedSizeDict({name: DynamoType(value) for name, value in attrs.items()})
        if sum(bytesize(name) + value.size() for name, value in self.attrs.items()) > _LARGEST_ITEM:
            raise ItemSizeTooLarge

    def __deepcopy__(self, memo: dict[int, Any]) -> LightItem:
        twin = copy.copy(self)
        twin.attrs = LimitedSizeDict(
            {
                name: value if value.type in _SCALARS else copy.deepcopy(value, memo)
                for name, value in self.attrs.items()
            }
        )
        return twin

    def project(self, projection_expressions: list[list[str]]) -> Item:
        """As moto does it; whole attributes are taken as they are."""
        if any(len(expression) != 1 for expression in projection_expressions):
            return super().project(projection_expressions)
        wanted = {name for (name,) in projection_expressions}
        twin = copy.copy(self)
        twin.attrs = LimitedSizeDict({name: value for name, value in self.attrs.items() if name in wanted})
        return twin


class PartitionedTable(table_module.Table):
    """Asks the partition of a query only, in the table and in its indexes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By index and hash key, where its items may be: those that were changed or deleted stay, and are passed over.
        self._places: dict[str, dict[DynamoType, dict[Place, None]]] = {}
        # All items in the order of their keys, until one comes or goes.
        self._in_order: list[Item] | None = None

    def put_item(self, *args: Any, **kwargs: Any) -> Item:
        """As moto does it."""
        item = super().put_item(*args, **kwargs)
        self._in_order = None
        self.note(item)
        return item

    def delete_item(self, *args: Any, **kwargs: Any) -> Item | None:
        """As moto does it."""
        self._in_order = None
        return super().delete_item(*args, **kwargs)

    def all_items(self) -> list[Item]:
        """All items in the order of their keys."""
        if self._in_order is None:
            sets = self.items.values()
            items = [item for held in sets for item in held.values()] if self.range_key_attr else list(sets)
            self._in_order = sorted(items, key=_order)
        return self._in_order

    def note(self, item: Item) -> None:
        """Remember the item's place in each index that was ever asked."""
        for name, places in self._places.items():
            self._note_in(places, self._hash_attribute(name), item)

    def query(self, *args: Any, **kwargs: Any) -> Any:
        """As moto does it, of a table that has nothing but the partition."""
        asked = _QUERY.bind(self, *args, **kwargs).arguments
        hash_key, index_name = asked["hash_key"], asked.get("index_name")
        partition = copy.copy(self)
        if index_name is None:
            partition.items = defaultdict(dict, {hash_key: self.items[hash_key]} if hash_key in self.items else {})
        elif any(index.name == index_name for index in self.all_indexes()):
            partition.items = self._in_index(index_name, hash_key)
        partition._in_order = None
        return table_module.Table.query(partition, *args, **kwargs)

    def scan(self, *args: Any, **kwargs: Any) -> Any:
        """As moto does it, of a table that has nothing but the page."""
        asked = _SCAN.bind(self, *args, **kwargs)
        given = asked.arguments
        if given.get("index_name") or given.get("segments", _WHOLE) != _WHOLE:
            return super().scan(*args, **kwargs)
        page = given["self"] = copy.copy(self)
        page._in_order = self._page(given["exclusive_start_key"], given["limit"])
        given["exclusive_start_key"] = None
        return table_module.Table.scan(*asked.args, **asked.kwargs)

    def _page(self, after: dict[str, Any] | None, limit: int | None) -> list[Item]:
        """What follows an item: as much as an answer can hold, and one more so that moto says that there is more."""
        items = self.all_items()
        start = 0
        if after is not None:
            names = [name for name in (self.hash_key_attr, self.range_key_attr) if name]
            place = tuple(DynamoType(after[name]).cast_value for name in names)
            start = bisect_right(items, place, key=_order)
        size = 0
        for end in range(start, len(items)):
            size += items[end].size()
            if size > RESULT_SIZE_LIMIT or end - start == limit:
                return items[start : end + 1]
        return items[start:]

    def _in_index(self, name: str, hash_key: DynamoType) -> dict[Any, Any]:
        if name not in self._places:
            places = self._places[name] = defaultdict(dict)
            for item in self.all_items():
                self._note_in(places, self._hash_attribute(name), item)
        found: dict[Any, Any] = defaultdict(dict)
        for hash_value, range_value in self._places[name].get(hash_key, ()):
            held = self.items.get(hash_value)
            if held is None:
                continue
            if range_value is None:
                found[hash_value] = held
            elif range_value in held:
                found[hash_value][range_value] = held[range_value]
        return found

    def _hash_attribute(self, name: str) -> str:
        schema = self.get_index(name).schema
        return next(str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH")

    @staticmethod
    def _note_in(places: dict[DynamoType, dict[Place, None]], attribute: str, item: Item) -> None:
        value = item.attrs.get(attribute)
        if value is not None and value.type in _SCALARS:
            places[value][item.hash_key, item.range_key] = None


def _noting(update: Callable[..., Item]) -> Callable[..., Item]:
    """An update changes an item in its place, so the table does not see it."""

    @wraps(update)
    def update_item(backend: models.DynamoDBBackend, table_name: str, *args: Any, **kwargs: Any) -> Item:
        item = update(backend, table_name, *args, **kwargs)
        table = backend.get_table(table_name)
        if isinstance(table, PartitionedTable):
            table.note(item)
        return item

    return update_item


@cache
def install() -> None:
    """Have moto use these from now on."""
    models.Table = PartitionedTable
    models.Item = table_module.Item = LightItem
    models.DynamoDBBackend.update_item = _noting(models.DynamoDBBackend.update_item)
