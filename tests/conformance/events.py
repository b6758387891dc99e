"""What S3 and EventBridge promise of the functions they call."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, quote_plus, unquote_plus

from tests.conformance import handlers
from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

EVENTS = Subject("S3 and EventBridge to Lambda")
_LIMIT_S = 30.0
_KEY = "in/a b+ü=&.txt"
_QUOTED = quote_plus(_KEY, safe="/")


def _notified(world: World) -> list[str]:
    """The keys a function was called with, as they came, after an object beside the filter and one within it."""
    bucket, function = world.bucket("notifying"), world.function("notified", handlers.WRITES_DOWN)
    world.allow(function, "s3", f"arn:aws:s3:::{bucket}")
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".txt"}]
    world.client("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {
                    "LambdaFunctionArn": function,
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": rules}},
                }
            ]
        },
    )
    for key in ("out/beside.txt", "in/beside.csv", _KEY):
        world.client("s3").put_object(Bucket=bucket, Key=key, Body=b"content")

    def keys() -> list[str]:
        events = world.seen("notified")
        return [record["s3"]["object"]["key"] for event in events for record in event.get("Records", ())]

    world.holds(lambda: any(unquote_plus(key) == _KEY or key == _KEY for key in keys()), _LIMIT_S)
    return keys()


@EVENTS.contract(
    "An object that is created calls the function",
    aws="kept",
    page="lambda/latest/dg/with-s3",
    ours="indexes tweets for the search by it; `tickertape search reindex` brings what did not come",
)
def notification(world: World) -> Observation:
    """One object within the filter."""
    return Observation(Word.KEPT if any(key.startswith("in/a") for key in world.once(_notified)) else Word.LOST)


@EVENTS.contract(
    "The key in the event is URL-encoded",
    aws="honoured: a space is `+`",
    page="AmazonS3/latest/userguide/notification-content-structure",
    ours="decodes both with `unquote_plus`; its own keys have no such characters",
)
def notification_key(world: World) -> Observation:
    """A key with a space, a plus, an umlaut, an equals sign and an ampersand."""
    came = [key for key in world.once(_notified) if key.startswith("in/a")]
    assert came, "no event"
    if came[0] == _QUOTED:
        return Observation(Word.HONOURED, "a space is `+`")
    if came[0] == quote(_KEY):
        return Observation(Word.HONOURED, "a space is `%20`")
    return Observation(Word.IGNORED, f"`{came[0]}`")


@EVENTS.contract(
    "Prefix and suffix keep other objects out",
    aws="honoured",
    page="AmazonS3/latest/userguide/notification-how-to-filtering",
    ours="counts on it: the lake and its quarantine are one bucket",
)
def notification_filter(world: World) -> Observation:
    """Two objects beside the filter, put before the one within it."""
    beside = [key for key in world.once(_notified) if "beside" in key]
    return Observation(Word.IGNORED, ", ".join(sorted(set(beside)))) if beside else Observation(Word.HONOURED)


@EVENTS.contract(
    "rate(1 minute) calls the function every minute",
    aws="honoured: 60 s apart",
    page="eventbridge/latest/userguide/eb-scheduled-rule-pattern",
    ours="`fetch_quotes` asks for the current bars, whenever it is called, and writes each under its own minute",
    background=True,
)
def schedule(world: World) -> Observation:
    """The time between the first two events, which may be five seconds off on a busy machine."""
    events, function = world.client("events"), world.function("scheduled", handlers.WRITES_DOWN)
    rule = world.name("every-minute")
    arn = events.put_rule(Name=rule, ScheduleExpression="rate(1 minute)", State="ENABLED")["RuleArn"]
    world.later("events", "delete_rule", Name=rule)
    world.allow(function, "events", arn)
    events.put_targets(Rule=rule, Targets=[{"Id": "it", "Arn": function}])
    world.later("events", "remove_targets", Rule=rule, Ids=["it"])
    if not world.holds(lambda: len(world.seen("scheduled")) >= 2, 150):
        return Observation(Word.LOST, f"{len(world.seen('scheduled'))} calls in 150 s")
    # The time that the event carries: a function's first start takes seconds on a busy machine.
    first, second = (datetime.fromisoformat(event["time"]) for event in world.seen("scheduled")[:2])
    seconds = (second - first).total_seconds()
    if 55 <= seconds <= 65:
        return Observation(Word.HONOURED, "60 s apart")
    return Observation(Word.IGNORED, f"{seconds:.0f} s apart")
