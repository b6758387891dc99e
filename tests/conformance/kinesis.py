"""What Kinesis promises of the records that it took."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

KINESIS = Subject("Kinesis")
_KEYS = ("AAPL", "MSFT", "TSLA")
_KIB = 1024


@KINESIS.contract(
    "Records of one partition key keep their order",
    aws="kept",
    page="streams/latest/dev/key-concepts",
    ours="packs the events of one key together and sends a key's records one call after the other",
)
def order_per_key(world: World) -> Observation:
    """Three calls of 100 records under three keys, read from both shards."""
    stream = world.stream("order", shards=2)
    sent = [(key, f"{key} {number}") for number in range(100) for key in _KEYS]
    for start in range(0, len(sent), 100):
        entries = [{"Data": text.encode(), "PartitionKey": key} for key, text in sent[start : start + 100]]
        assert world.client("kinesis").put_records(StreamName=stream, Records=entries)["FailedRecordCount"] == 0
    found = read(world, stream, len(sent))
    for key in _KEYS:
        expected = [text for of_key, text in sent if of_key == key]
        got = [text for text in found if text.startswith(key)]
        if set(got) != set(expected):
            return Observation(Word.LOST, "not every record can be read")
        if got != expected:
            return Observation(Word.REORDERED)
    return Observation(Word.KEPT)


@KINESIS.contract(
    "What PutRecords took from four writers at once can be read",
    aws="kept",
    page="kinesis/latest/APIReference/API_PutRecords",
    ours="counts distinct ids at both ends (`tickertape verify`) and trusts no answer",
)
def concurrent_writers(world: World) -> Observation:
    """Four threads put 20 batches of 25 records each."""
    stream = world.stream("writers", shards=2)
    kinesis = world.client("kinesis")

    def put(number: int) -> list[str]:
        texts = [f"{number} {index}" for index in range(25)]
        entries = [{"Data": text.encode(), "PartitionKey": text} for text in texts]
        answers = kinesis.put_records(StreamName=stream, Records=entries)["Records"]
        return [text for text, answer in zip(texts, answers, strict=True) if "ErrorCode" not in answer]

    with ThreadPoolExecutor(4) as threads:
        taken = [text for texts in threads.map(put, range(20)) for text in texts]
    found = read(world, stream, len(taken))
    return Observation(Word.KEPT) if sorted(found) == sorted(taken) else Observation(Word.LOST)


@KINESIS.contract(
    "A shard's limit of 1 MB a second: PutRecords refuses the entries that are over it, and counts them",
    aws="honoured: FailedRecordCount is the number of entries with an ErrorCode; the others can be read",
    page="kinesis/latest/APIReference/API_PutRecords",
    ours="reads FailedRecordCount and sends the refused entries again, and only those",
)
def shard_limit(world: World) -> Observation:
    """Three records of 900 KB to one shard in one call."""
    stream = world.stream("limit")
    texts = [str(number) * 900_000 for number in range(3)]
    entries = [{"Data": text.encode(), "PartitionKey": "one"} for text in texts]
    answer = world.client("kinesis").put_records(StreamName=stream, Records=entries)
    taken = [text for text, one in zip(texts, answer["Records"], strict=True) if "ErrorCode" not in one]
    if answer["FailedRecordCount"] != len(texts) - len(taken):
        return Observation(Word.LOST, "FailedRecordCount is not the number of entries with an ErrorCode")
    if read(world, stream, len(taken)) != taken:
        return Observation(Word.LOST, "not every record that was taken can be read")
    if len(taken) == len(texts):
        return Observation(Word.IGNORED, "all are taken")
    return Observation(
        Word.HONOURED, "FailedRecordCount is the number of entries with an ErrorCode; the others can be read"
    )


@KINESIS.contract(
    "A record of more than 1 MiB is refused, and with it its call",
    aws="refused",
    page="kinesis/latest/APIReference/API_PutRecords",
    ours="packs up to 25 KB into a record",
)
def oversized_record(world: World) -> Observation:
    """A small record and one of 1 MiB and a byte more with its key."""
    stream = world.stream("oversized")
    entries = [{"Data": b"small", "PartitionKey": "a"}, {"Data": b"x" * (_KIB * _KIB + 1), "PartitionKey": "a"}]
    try:
        answer = world.client("kinesis").put_records(StreamName=stream, Records=entries)
    except ClientError:
        return Observation(Word.REFUSED)
    if answer["FailedRecordCount"]:
        return Observation(Word.REFUSED, "that record only")
    return Observation(Word.IGNORED, "it is taken")


@KINESIS.contract(
    "After a split, old and new records can be read, each once",
    aws="kept: the parent is closed, its two children take over",
    page="streams/latest/dev/kinesis-using-sdk-java-after-resharding",
    ours="is made with the shards it needs and does not reshard by itself",
)
def reshard_reading(world: World) -> Observation:
    """A stream of one shard is split in two between two calls of 20 records."""
    stream = world.stream("split")
    kinesis = world.client("kinesis")
    texts = [f"{when} {number}" for when in ("old", "new") for number in range(20)]
    world.put(stream, *texts[:20])
    split(world, stream)
    world.put(stream, *texts[20:])
    found = read(world, stream, len(texts))
    if lost := {text.split()[0] for text in set(texts) - set(found)}:
        return Observation(Word.LOST, f"{' and '.join(sorted(lost))} records")
    if len(found) != len(texts):
        return Observation(Word.REPEATED)
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    closed = [shard for shard in shards if "EndingSequenceNumber" in shard["SequenceNumberRange"]]
    if (len(shards), len(closed)) == (3, 1):
        return Observation(Word.KEPT, "the parent is closed, its two children take over")
    return Observation(Word.KEPT, f"{len(shards)} shards, {len(closed)} closed")


def split(world: World, stream: str) -> None:
    """Split a stream's only shard in the middle."""
    kinesis = world.client("kinesis")
    (shard,) = kinesis.list_shards(StreamName=stream)["Shards"]
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(2**127))
    world.wait_for_stream(stream)


def read(world: World, stream: str, expected: int) -> list[str]:
    """All records of a stream, shard after shard; waits until there are as many as expected, or gives what there is."""
    kinesis = world.client("kinesis")
    found: list[str] = []

    def attempt() -> bool:
        found[:] = [
            record["Data"].decode()
            for shard in kinesis.list_shards(StreamName=stream)["Shards"]
            for record in _read_shard(kinesis, stream, shard["ShardId"])
        ]
        return len(found) >= expected

    world.holds(attempt, 5)
    return found


def _read_shard(kinesis: Any, stream: str, shard: str) -> list[Any]:
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    place, records = iterator["ShardIterator"], []
    # AWS may give an empty page before the end; MillisBehindLatest says where the end is.
    while place:
        page = kinesis.get_records(ShardIterator=place, Limit=1000)
        records += page["Records"]
        if not page["Records"] and page.get("MillisBehindLatest", 0) == 0:
            break
        place = page.get("NextShardIterator")
    return records
