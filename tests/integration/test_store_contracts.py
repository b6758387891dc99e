"""The fakes of the stores and the stores themselves, under the same tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from pymongo import MongoClient

from tests.contract import whole_periods
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.world import MemoryStore
from tests.integration.conftest import Stack
from tickertape.lake.store import S3Store
from tickertape.ports.delivery import Entry
from tickertape.ports.lake import ObjectMissing, ObjectStore
from tickertape.serving.store import delete_items, query, scan, write_items
from tickertape.sinks.mongo import TWEET_INDEXES, MongoSink

pytestmark = pytest.mark.integration
KEY = ("symbol_interval", "ts")


@pytest.fixture
def client(stack: Stack) -> Callable[[str], Any]:
    def make(service: str) -> Any:
        # the stubs type each service by a literal
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=stack.aws()["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name="us-east-1",
        )

    return make


@pytest.fixture(params=["fake", "emulator"])
def dynamodb(request: pytest.FixtureRequest, client: Callable[[str], Any]) -> Any:
    return MemoryDynamoDB({"prices": KEY}) if request.param == "fake" else client("dynamodb")


@pytest.fixture(params=["fake", "emulator"])
def bucket(request: pytest.FixtureRequest, client: Callable[[str], Any]) -> ObjectStore:
    return MemoryStore() if request.param == "fake" else S3Store(client("s3"), "tickertape-lake")


def bars(count: int) -> list[dict[str, Any]]:
    return [{"symbol_interval": "TEST#1m", "ts": f"{number:03}", "close": number + 0.5} for number in range(count)]


def closes(client: Any, **how: Any) -> list[float]:
    return [item["close"] for item in query(client, "prices", ("symbol_interval", "TEST#1m"), **how)]


def test_items_come_back_in_order_and_within_bounds(dynamodb: Any) -> None:
    """More items than a batch takes are written, found by range and from either end, and deleted."""
    assert 60 == write_items(dynamodb, "prices", KEY, bars(60))
    try:
        assert [number + 0.5 for number in range(60)] == closes(dynamodb)
        assert [10.5, 11.5, 12.5] == closes(dynamodb, sort=("ts", "010", "012"))
        assert [58.5, 59.5] == closes(dynamodb, sort=("ts", "058", None))
        assert [0.5, 1.5] == closes(dynamodb, sort=("ts", None, "001"))
        assert [59.5, 58.5] == closes(dynamodb, newest_first=True, limit=2)
        keys = query(dynamodb, "prices", ("symbol_interval", "TEST#1m"), sort=("ts", "058", None), attributes=("ts",))
        assert [{"ts": "058"}, {"ts": "059"}] == keys
    finally:
        delete_items(dynamodb, "prices", [{name: bar[name] for name in KEY} for bar in bars(60)])
    assert [] == closes(dynamodb)


def test_the_last_of_two_items_under_one_key_stays(dynamodb: Any) -> None:
    """A batch with one key twice is no error."""
    (first,) = bars(1)
    write_items(dynamodb, "prices", KEY, [first, first | {"close": 9.5}])
    assert [9.5] == closes(dynamodb)
    delete_items(dynamodb, "prices", [{name: first[name] for name in KEY}])


def test_a_table_is_scanned_and_an_item_got(dynamodb: Any) -> None:
    """A scan gives every item with the attributes asked for, and an item is got by its key."""
    write_items(dynamodb, "prices", KEY, bars(30))
    try:
        found = [
            item for item in scan(dynamodb, "prices", ["symbol_interval", "ts"]) if "TEST" in item["symbol_interval"]
        ]
        assert sorted(f"{number:03}" for number in range(30)) == sorted(item["ts"] for item in found)
        assert {"symbol_interval", "ts"} == found[0].keys()
        key = {"symbol_interval": {"S": "TEST#1m"}, "ts": {"S": "007"}}
        assert "7.5" == dynamodb.get_item(TableName="prices", Key=key, ConsistentRead=True)["Item"]["close"]["N"]
    finally:
        delete_items(dynamodb, "prices", [{name: bar[name] for name in KEY} for bar in bars(30)])


def test_an_object_that_is_not_there_is_missing(bucket: ObjectStore) -> None:
    """Reading it is told apart from a bucket that does not answer."""
    with pytest.raises(ObjectMissing):
        bucket.get("test/never")


def test_objects_are_listed_read_replaced_and_deleted(bucket: ObjectStore) -> None:
    """A bucket lists below a prefix in order, gives the last content of a key, and deletes what is there or not."""
    for key, body in (("test/b", b"2"), ("test/a", b"1"), ("test/a", b"3"), ("other/c", b"4")):
        bucket.put(key, body)
    assert (["test/a", "test/b"], b"3") == (bucket.keys("test/"), bucket.get("test/a"))
    bucket.delete(["test/a", "test/b", "other/c", "test/never"])
    assert [] == bucket.keys("test/")


@pytest.fixture
def store(client: Callable[[str], Any], tmp_path: Path) -> Iterator[whole_periods.Store]:
    """Two tables of its own, with the keys and the index of those that are served."""
    dynamodb = client("dynamodb")
    served = ("ticker_rollups", "period_totals")
    for name, like in zip(whole_periods.KEYS, served, strict=True):
        table = dynamodb.describe_table(TableName=like)["Table"]
        indexes = [
            {each: index[each] for each in ("IndexName", "KeySchema", "Projection")}
            for index in table.get("GlobalSecondaryIndexes", [])
        ]
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            **{each: table[each] for each in ("KeySchema", "AttributeDefinitions")},
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )
    yield whole_periods.Store(dynamodb, tmp_path)
    for name in whole_periods.KEYS:
        dynamodb.delete_table(TableName=name)


@pytest.mark.parametrize("clause", whole_periods.CONTRACT)
def test_no_reader_sees_half_a_period(
    store: whole_periods.Store, clause: Callable[[whole_periods.Store], None]
) -> None:
    """Periods are rewritten while somebody reads: each clause holds on the emulator as it does on the fake."""
    clause(store)


def test_the_data_store_takes_more_than_one_insert_and_what_it_has_already(stack: Stack) -> None:
    """A batch of several inserts arrives whole, also where documents of each were there before."""
    lines = [b'{"created_at": "2014-06-06T14:00:00Z", "tickers": ["AAPL"]}'] * 450
    entries = [Entry(number, False, f"{number:03}", "key", line) for number, line in enumerate(lines)]
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports['MONGO']}/?directConnection=true") as mongo:
        sink = MongoSink(mongo["contract"]["sink"], TWEET_INDEXES)
        try:
            sink.deliver(entries[::100])
            sink.deliver(entries)
            assert [entry.event_id for entry in entries] == sorted(mongo["contract"]["sink"].distinct("_id"))
        finally:
            mongo.drop_database("contract")
