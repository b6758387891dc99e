"""What Lambda promises of the records that an event source mapping reads from Kinesis."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.conformance import handlers
from tests.conformance.kinesis import split
from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

MAPPINGS = Subject("Kinesis to Lambda")
# Tries of a batch after which it can be said that its limit of one or two retries is not kept.
_ENDLESS = 5
# The same for a batch of four that is halved, which are tries of their own.
_ENDLESS_HALVES = 7
_LIMIT_S = 60.0
_FIELDS = {"eventSource", "eventVersion", "eventID", "eventName", "eventSourceARN", "awsRegion", "kinesis"}
_KINESIS_FIELDS = {
    "data",
    "partitionKey",
    "sequenceNumber",
    "approximateArrivalTimestamp",
    "kinesisSchemaVersion",
}


@MAPPINGS.contract(
    "Records of one partition key come in order, each once",
    aws="kept",
    page="lambda/latest/dg/with-kinesis",
    ours="writes under keys made of the event, so that order and repeats change nothing",
)
def mapping_order(world: World) -> Observation:
    """120 records under three keys through two shards."""
    lines = [line for event in world.once(ordinary) for line in _lines(event)]
    for key in ("AAPL", "MSFT", "TSLA"):
        got = [line for line in lines if line.startswith(key)]
        expected = [f"{key} {number}" for number in range(40)]
        if set(got) != set(expected):
            return Observation(Word.LOST)
        if len(got) != len(expected):
            return Observation(Word.REPEATED)
        if got != expected:
            return Observation(Word.REORDERED)
    return Observation(Word.KEPT)


@MAPPINGS.contract(
    "A record of many lines comes through unchanged",
    aws="kept",
    page="lambda/latest/dg/with-kinesis",
    ours="packs events as lines of one record; every reader takes one or many",
)
def mapping_packed(world: World) -> Observation:
    """200 lines, some of them not ASCII, in one record."""
    sent = "\n".join(f'{{"id": {number}, "text": "naïve 🚀"}}' for number in range(200)) + "\n"
    stream, function = world.stream("packed"), world.function("packed", handlers.WRITES_DOWN)
    world.put(stream, sent, key="one")
    world.mapping(stream, function)
    if not world.holds(lambda: world.seen("packed"), _LIMIT_S):
        return Observation(Word.LOST)
    return Observation(Word.KEPT if [sent] == _texts(world.seen("packed")[0]) else Word.LOST)


@MAPPINGS.contract(
    "The event has the documented fields",
    aws="kept",
    page="lambda/latest/dg/with-kinesis",
    ours="reads `kinesis.data` and `kinesis.sequenceNumber` only",
)
def mapping_event(world: World) -> Observation:
    """The fields of the first record."""
    record = world.once(ordinary)[0]["Records"][0]
    missing = sorted(
        (_FIELDS - record.keys()) | {f"kinesis.{name}" for name in _KINESIS_FIELDS - record["kinesis"].keys()}
    )
    return Observation(Word.LOST, f"without {', '.join(missing)}") if missing else Observation(Word.KEPT)


def ordinary(world: World) -> list[Any]:
    """The events of a function that writes down 120 records."""
    stream, function = world.stream("plain", shards=2), world.function("plain", handlers.WRITES_DOWN)
    for key in ("AAPL", "MSFT", "TSLA"):
        world.put(stream, *(f"{key} {number}" for number in range(40)), key=key)
    world.mapping(stream, function, BatchSize=10)
    world.holds(lambda: sum(len(event["Records"]) for event in world.seen("plain")) >= 120, _LIMIT_S)
    return world.seen("plain")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a batch with a bad record, and of what was put after it.

    Attributes:
        tries: how often the bad record was given to the function.
        went_on: whether the record after it came.
        batches: the lines of every call.
        told: whether the on-failure destination heard of it.
    """

    tries: int
    went_on: bool
    batches: list[list[str]]
    told: bool


def _trial(
    world: World, name: str, source: str, records: list[str], bad: str, endless: int = _ENDLESS, **options: Any
) -> Trial:
    """Put a batch with a bad record, let it be read, put another record, and see."""
    stream, function = world.stream(name), world.function(name, source)
    url, arn = world.queue(name)
    world.put(stream, *records, key="one")
    end = world.mapping(stream, function, DestinationConfig={"OnFailure": {"Destination": arn}}, **options)
    world.need(lambda: world.seen(name), f"a call of {function}")
    world.put(stream, "afterwards", key="one")

    def batches() -> list[list[str]]:
        return [_lines(event) for event in world.seen(name)]

    def tries() -> int:
        return sum(bad in batch for batch in batches())

    def went_on() -> bool:
        # A batch that is read anew for its next try has what was put meanwhile in it: that is not going on.
        return any("afterwards" in batch and bad not in batch for batch in batches())

    world.holds(lambda: went_on() or tries() >= endless, _LIMIT_S)
    told = went_on() and world.holds(lambda: _has_message(world, url), 5)
    end()
    return Trial(tries(), went_on(), batches(), told)


def _has_message(world: World, url: str) -> bool:
    answer = world.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=0, VisibilityTimeout=0)
    return bool(answer.get("Messages"))


def _poison(world: World) -> Trial:
    return _trial(
        world, "poison", handlers.RAISES_ON_POISON, ["first", "poison", "last"], "poison", MaximumRetryAttempts=1
    )


def _reported(world: World) -> Trial:
    return _trial(
        world,
        "reported",
        handlers.REPORTS_FAILURES,
        ["first", "bad", "last"],
        "bad",
        MaximumRetryAttempts=2,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )


def _bisected(world: World) -> Trial:
    return _trial(
        world,
        "bisected",
        handlers.RAISES_ON_POISON,
        ["first", "poison", "third", "last"],
        "poison",
        _ENDLESS_HALVES,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
    )


_QUARANTINES = "a handler never raises for a bad record: it quarantines that record with its reason and goes on"


@MAPPINGS.contract(
    "Poison: after its retries a batch whose handler raises is given up, and the shard goes on",
    aws="kept: the shard goes on",
    page="lambda/latest/dg/kinesis-on-failure-destination",
    ours=_QUARANTINES,
)
def poison_goes_on(world: World) -> Observation:
    """A handler that always raises, with MaximumRetryAttempts 1, and a record put afterwards."""
    if world.once(_poison).went_on:
        return Observation(Word.KEPT, "the shard goes on")
    return Observation(Word.BLOCKED, "the batch is tried again without end, nothing after it comes")


@MAPPINGS.contract(
    "MaximumRetryAttempts: a batch is tried once and as often again",
    aws="honoured",
    page="lambda/latest/dg/services-kinesis-parameters",
    ours="handlers raise only when a store behind them is away, and then retries without end are what is wanted",
)
def retry_limit(world: World) -> Observation:
    """The same batch: one retry is two tries."""
    tries = world.once(_poison).tries
    if tries == 2:
        return Observation(Word.HONOURED)
    return Observation(Word.IGNORED, "tried without end" if tries >= _ENDLESS else f"tried {tries} times")


@MAPPINGS.contract(
    "A batch that is given up goes to the on-failure destination",
    aws="kept: a message in the queue",
    page="lambda/latest/dg/kinesis-on-failure-destination",
    ours="has no need of it: rejects travel with the events (decision 0002)",
)
def on_failure(world: World) -> Observation:
    """The queue that is told of the same batch."""
    trial = world.once(_poison)
    if trial.told:
        return Observation(Word.KEPT, "a message in the queue")
    return Observation(Word.LOST, "no message" if trial.went_on else "no message: the batch is never given up")


@MAPPINGS.contract(
    "ReportBatchItemFailures: a record that is reported comes again",
    aws="kept: tried as often as the retries allow",
    page="lambda/latest/dg/services-kinesis-batchfailurereporting",
    ours="reports no failures: a handler has written or quarantined every record of a batch, or raises",
)
def partial_failures(world: World) -> Observation:
    """The handler reports the second of three records each time, with MaximumRetryAttempts 2."""
    trial = world.once(_reported)
    if trial.tries == 1:
        return Observation(Word.LOST, "the record that failed never comes again")
    if not trial.went_on:
        return Observation(Word.BLOCKED, "tried without end, nothing after it comes")
    if trial.tries == 3:
        return Observation(Word.KEPT, "tried as often as the retries allow")
    return Observation(Word.KEPT, f"tried {trial.tries} times")


@MAPPINGS.contract(
    "ReportBatchItemFailures: what was before the failed record does not come again",
    aws="honoured",
    page="lambda/latest/dg/services-kinesis-batchfailurereporting",
    ours="writes under keys made of the event, so that a repeat changes nothing",
)
def partial_failures_checkpoint(world: World) -> Observation:
    """How often the first of those three records came."""
    trial = world.once(_reported)
    if trial.tries == 1:
        return Observation(Word.IGNORED, "nothing of the batch comes again")
    times = sum("first" in batch for batch in trial.batches)
    return Observation(Word.HONOURED) if times == 1 else Observation(Word.REPEATED)


@MAPPINGS.contract(
    "BisectBatchOnFunctionError: the good records of a batch come in batches of their own",
    aws="honoured",
    page="lambda/latest/dg/kinesis-on-failure-destination",
    ours=_QUARANTINES,
)
def bisect(world: World) -> Observation:
    """A handler that raises for one of four records."""
    good = {line for batch in world.once(_bisected).batches if "poison" not in batch for line in batch}
    if {"first", "third", "last"} <= good:
        return Observation(Word.HONOURED)
    return Observation(Word.IGNORED, "the good records go the way of the bad one")


@MAPPINGS.contract(
    "MaximumBatchingWindowInSeconds: batches that are not full come that far apart",
    aws="honoured",
    page="lambda/latest/dg/services-kinesis-parameters",
    ours="sets none: events are packed before they are sent",
)
def batching_window(world: World) -> Observation:
    """The time between the second and the third of three single records, each put when the one before it has come."""
    stream, function = world.stream("window"), world.function("window", handlers.WRITES_DOWN)
    world.mapping(stream, function, MaximumBatchingWindowInSeconds=5)

    def calls() -> list[float]:
        return [moment for moment, _ in world.seen_at("window")]

    # The first call takes as long as the function's start, which says nothing.
    for record in ("cold", "warm", "last"):
        before = len(calls())
        world.put(stream, record)
        if not world.holds(partial(_more, calls, before), _LIMIT_S):
            return Observation(Word.LOST)
    _, second, third = calls()
    return Observation(Word.HONOURED if third - second >= 4 else Word.IGNORED)


def _more(calls: Callable[[], list[float]], before: int) -> bool:
    return len(calls()) > before


@MAPPINGS.contract(
    "After a split, new records come, and old ones not again",
    aws="kept",
    page="lambda/latest/dg/with-kinesis",
    ours="does not reshard by itself; after one by hand, `tickertape redrive` makes good what is missing",
)
def reshard_mapping(world: World) -> Observation:
    """A stream of one shard is split while a mapping reads it."""
    stream, function = world.stream("resharded"), world.function("resharded", handlers.WRITES_DOWN)
    world.mapping(stream, function)
    old, new = ([f"{when} {number}" for number in range(20)] for when in ("old", "new"))

    def lines() -> list[str]:
        return [line for event in world.seen("resharded") for line in _lines(event)]

    world.put(stream, *old)
    world.need(lambda: set(lines()) == set(old), "the first records")
    split(world, stream)
    world.put(stream, *new)
    complete = world.holds(lambda: set(lines()) >= set(new), 10)
    if not complete:
        return Observation(Word.LOST, "not all of the new records come" if set(lines()) & set(new) else "none comes")
    again = world.holds(lambda: len(lines()) > len(set(lines())), 3)
    return Observation(Word.REPEATED, "old records come again") if again else Observation(Word.KEPT)


def _texts(event: Any) -> list[str]:
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def _lines(event: Any) -> list[str]:
    return [line for text in _texts(event) for line in text.splitlines()]
