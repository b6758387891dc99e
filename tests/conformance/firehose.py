"""What Firehose promises on the way to S3, with a transform and without."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.conformance import handlers
from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

FIREHOSE = Subject("Firehose to S3")
_GZIP = b"\x1f\x8b"
_KIB = 1024
# Firehose delivers after its buffer's minute; an emulator at once.
_LIMIT_S = 30.0
_EVENT = {"invocationId", "deliveryStreamArn", "region", "records"}
_RECORD = {"recordId", "approximateArrivalTimestamp", "data"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What lies in the bucket: each object's key with its bytes."""

    objects: dict[str, bytes]

    @property
    def text(self) -> str:
        """All of it, unpacked, in the order of the keys."""
        return "".join(unpacked(self.objects[key]).decode() for key in sorted(self.objects))


def unpacked(content: bytes) -> bytes:
    """An object's bytes without compression, which only its first bytes tell."""
    return gzip.decompress(content) if content.startswith(_GZIP) else content


def _put(world: World, delivery: str, *texts: str) -> Any:
    records = [{"Data": text.encode()} for text in texts]
    return world.client("firehose").put_record_batch(DeliveryStreamName=delivery, Records=records)


def _delivered(world: World, bucket: str, prefix: str = "") -> Delivered:
    return Delivered({key: world.content(bucket, key) for key in world.keys(bucket, prefix)})


# --- without a transform ---


def _line(number: int) -> str:
    return "".join(f'{{"record": {number}, "line": {line}}}\n' for line in range(20))


def _plain(world: World) -> Delivered:
    """Ten records of twenty lines in one call."""
    bucket = world.bucket("plain-lake")
    delivery = world.delivery("plain", bucket, Prefix="raw/", CompressionFormat="GZIP")
    answer = _put(world, delivery, *map(_line, range(10)))
    assert answer["FailedPutCount"] == 0, answer
    world.holds(lambda: _delivered(world, bucket).text.count("\n") >= 200, _LIMIT_S)
    return _delivered(world, bucket)


@FIREHOSE.contract(
    "Packed records arrive with every line, one after the other",
    aws="kept",
    page="firehose/latest/dev/basic-deliver",
    ours="packs up to 1,000 KB of lines into a record, each ending in a newline",
)
def delivery_packed(world: World) -> Observation:
    """Ten records of twenty lines in one call."""
    got, sent = world.once(_plain).text, "".join(map(_line, range(10)))
    if got == sent:
        return Observation(Word.KEPT)
    same = sorted(got.splitlines()) == sorted(sent.splitlines())
    return Observation(Word.KEPT, "in another order") if same else Observation(Word.LOST)


@FIREHOSE.contract(
    "BufferingHints: what comes within the interval becomes one object",
    aws="honoured",
    page="firehose/latest/dev/basic-deliver",
    ours="packs on its own side, so that one call is one object or few; the batch compacts what is small",
)
def buffering(world: World) -> Observation:
    """The objects that those ten records became."""
    objects = len(world.once(_plain).objects)
    match objects:
        case 1:
            return Observation(Word.HONOURED)
        case 10:
            return Observation(Word.IGNORED, "one object a record")
        case _:
            return Observation(Word.IGNORED, f"{objects} objects for ten records in one call")


@FIREHOSE.contract(
    "BufferingHints: two calls within the interval become one object",
    aws="honoured",
    page="firehose/latest/dev/basic-deliver",
    ours="the same",
)
def buffering_calls(world: World) -> Observation:
    """Two calls of one record each, one after the other."""
    bucket = world.bucket("calls-lake")
    delivery = world.delivery("calls", bucket, Prefix="raw/")
    for number in range(2):
        _put(world, delivery, f"{number}\n")
    world.holds(lambda: _delivered(world, bucket).text.count("\n") >= 2, _LIMIT_S)
    return Observation(Word.HONOURED if len(world.keys(bucket)) == 1 else Word.IGNORED)


@FIREHOSE.contract(
    "CompressionFormat GZIP: objects are compressed",
    aws="honoured",
    page="firehose/latest/dev/create-destination",
    ours="readers look at an object's first bytes",
)
def compression(world: World) -> Observation:
    """The first bytes of what those ten records became."""
    packed = all(content.startswith(_GZIP) for content in world.once(_plain).objects.values())
    return Observation(Word.HONOURED if packed else Word.IGNORED)


@FIREHOSE.contract(
    "A prefix without expressions gets the hour of arrival added",
    aws="honoured: YYYY/MM/DD/HH/",
    page="firehose/latest/dev/s3-prefixes",
    ours="counts on it, and on Spark for the time of the event",
)
def plain_prefix(world: World) -> Observation:
    """The keys of those objects."""
    keys = world.once(_plain).objects
    dated = all(re.match(r"raw/\d{4}/\d\d/\d\d/\d\d/[^/]+$", key) for key in keys)
    return Observation(Word.HONOURED, "YYYY/MM/DD/HH/") if dated else Observation(Word.IGNORED)


@FIREHOSE.contract(
    "`!{timestamp:…}` in a prefix is evaluated",
    aws="honoured",
    page="firehose/latest/dev/s3-prefixes",
    ours="has no expressions in its prefixes",
)
def prefix_expression(world: World) -> Observation:
    """The keys behind a transform whose delivery has such a prefix."""
    keys = [key for key in world.once(_transformed).objects if key.startswith("good/")]
    assert keys, "nothing was delivered"
    if all(re.match(r"good/day=\d{4}-\d\d-\d\d/", key) for key in keys):
        return Observation(Word.HONOURED)
    literal = all("!{timestamp" in key for key in keys)
    return Observation(Word.IGNORED, "it stays as it is written" if literal else "")


@FIREHOSE.contract(
    "A record of more than 1,000 KiB is refused, and with it its call",
    aws="refused",
    page="firehose/latest/APIReference/API_PutRecordBatch",
    ours="packs less than that into a record",
)
def oversized_delivery(world: World) -> Observation:
    """A small record and one of 1,000 KiB and a byte more."""
    delivery = world.delivery("oversized", world.bucket("oversized-lake"), Prefix="raw/")
    try:
        answer = _put(world, delivery, "small\n", "x" * (1000 * _KIB + 1))
    except ClientError:
        return Observation(Word.REFUSED)
    if answer["FailedPutCount"]:
        return Observation(Word.REFUSED, "that record only")
    return Observation(Word.IGNORED, "it is taken")


# --- with a transform ---

_MARKS = ("good one", "dropped one", "failed one")


def _event(mark: str, result: str) -> str:
    return json.dumps({"result": result, "mark": mark, "state": "before"}) + "\n"


def _transformed(world: World) -> Delivered:
    """One call of three records whose transform wants each treated another way, then a last one that is good."""
    bucket = world.bucket("transformed-lake")
    function = world.function("transform", handlers.TRANSFORMS)
    delivery = world.delivery(
        "transformed",
        bucket,
        function,
        Prefix="good/day=!{timestamp:yyyy-MM-dd}/",
        ErrorOutputPrefix="bad/!{firehose:error-output-type}/",
    )
    results = ("Ok", "Dropped", "ProcessingFailed")
    _put(world, delivery, *(_event(mark, result) for mark, result in zip(_MARKS, results, strict=True)))
    _put(world, delivery, _event("last one", "Ok"))
    world.holds(lambda: "last one" in _delivered(world, bucket).text, _LIMIT_S)
    return _delivered(world, bucket)


@FIREHOSE.contract(
    "The transform's event has the documented fields",
    aws="kept",
    page="firehose/latest/dev/data-transformation",
    ours='reads `r.get("recordId", "0")`',
)
def transform_event(world: World) -> Observation:
    """The fields of the first call and of its first record."""
    world.once(_transformed)
    event = world.seen("transform")[0]
    record = event["records"][0]
    missing = sorted((_EVENT - event.keys()) | {f"records[].{name}" for name in _RECORD - record.keys()})
    return Observation(Word.LOST, f"without {', '.join(missing)}") if missing else Observation(Word.KEPT)


@FIREHOSE.contract(
    "The records of one call are transformed in one call",
    aws="honoured",
    page="firehose/latest/dev/data-transformation",
    ours="packs many events into a record",
)
def transform_batching(world: World) -> Observation:
    """How many records the transform's first call had."""
    world.once(_transformed)
    together = len(world.seen("transform")[0]["records"]) >= 3
    return Observation(Word.HONOURED) if together else Observation(Word.IGNORED, "one call a record")


@FIREHOSE.contract(
    "`Ok`: what the transform gave back is delivered",
    aws="honoured",
    page="firehose/latest/dev/data-transformation-status-model",
    ours="counts on it",
)
def transform_ok(world: World) -> Observation:
    """The state that the transform changed."""
    text = world.once(_transformed).text
    if "good one" not in text:
        return Observation(Word.LOST)
    return Observation(Word.HONOURED if "after" in text else Word.IGNORED)


@FIREHOSE.contract(
    "`Dropped`: the record is delivered nowhere",
    aws="honoured",
    page="firehose/latest/dev/data-transformation-status-model",
    ours="drops nothing: what is turned away goes on as a reject with its reason (decision 0002)",
)
def transform_dropped(world: World) -> Observation:
    """Where the record is that was to be dropped."""
    delivered = "dropped one" in world.once(_transformed).text
    return Observation(Word.IGNORED, "delivered like the others") if delivered else Observation(Word.HONOURED)


@FIREHOSE.contract(
    "`ProcessingFailed`: the record is kept under the error prefix",
    aws="kept: under the error prefix",
    page="firehose/latest/dev/data-transformation-failure-handling",
    ours="never answers it: what cannot be read goes on as a reject with its bytes and its reason (decision 0002)",
)
def transform_failed(world: World) -> Observation:
    """Where the record is that could not be processed."""
    delivered = world.once(_transformed)
    if any(key.startswith("bad/") for key in delivered.objects):
        return Observation(Word.KEPT, "under the error prefix")
    if "failed one" in delivered.text:
        return Observation(Word.IGNORED, "delivered like the others")
    return Observation(Word.LOST, "it is nowhere")


@FIREHOSE.contract(
    "A transform that raises: its records are kept under the error prefix",
    aws="kept: under the error prefix",
    page="firehose/latest/dev/data-transformation-failure-handling",
    ours="does not raise for a bad record; `tickertape verify` finds what is lost, `redrive` sends it again",
)
def transform_raises(world: World) -> Observation:
    """A record whose transform always raises, and where it ends."""
    bucket = world.bucket("raising-lake")
    function = world.function("raising", handlers.RAISES)
    delivery = world.delivery("raising", bucket, function, Prefix="good/", ErrorOutputPrefix="bad/")
    try:
        _put(world, delivery, "raw one\n")
    except ClientError:
        return Observation(Word.REFUSED, "the put call fails")
    world.need(lambda: world.seen("raising"), "a call of the transform")
    world.holds(lambda: world.keys(bucket), 10)
    objects = _delivered(world, bucket)
    if any(key.startswith("bad/") for key in objects.objects):
        return Observation(Word.KEPT, "under the error prefix")
    if "raw one" in objects.text:
        return Observation(Word.KEPT, "delivered as it came")
    return Observation(Word.LOST, "an empty object" if objects.objects else "it is nowhere")
