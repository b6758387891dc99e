"""What is still there after a restart: of an emulator, since AWS is never restarted by its users."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from tests.conformance import handlers
from tests.conformance.kinesis import read
from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

RESTART = Subject("Restart")
_OURS = "`tickertape redrive` sends again from the data store what an emulator forgot"


@RESTART.contract(
    "A clean stop and a start",
    aws="not applicable",
    ours=_OURS,
)
def clean_restart(world: World) -> Observation:
    """What was made before, looked for afterwards."""
    return _restarted(world, "clean", kill=False)


@RESTART.contract(
    "SIGKILL and a start",
    aws="not applicable",
    ours=_OURS,
)
def killed(world: World) -> Observation:
    """What was made before, looked for afterwards."""
    return _restarted(world, "killed", kill=True)


def _restarted(world: World, name: str, *, kill: bool) -> Observation:
    if world.target.restart is None:
        return Observation(Word.NOT_APPLICABLE)
    stream, bucket = world.stream(name), world.bucket(name)
    world.put(stream, "a record")
    world.client("s3").put_object(Bucket=bucket, Key="key", Body=b"an object")
    key = {"pk": {"S": "an item"}}
    schema = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    table = world.table(name, **schema)
    world.client("dynamodb").put_item(TableName=table, Item=key)
    function = world.name(name)
    world.function(name, handlers.WRITES_DOWN)
    world.restart(kill=kill)
    still_there: dict[str, Callable[[], object]] = {
        "Kinesis records": lambda: read(world, stream, 1) == ["a record"],
        "S3 objects": lambda: world.content(bucket, "key") == b"an object",
        "DynamoDB items": lambda: world.client("dynamodb").get_item(TableName=table, Key=key).get("Item") == key,
        "functions": lambda: world.client("lambda").get_function(FunctionName=function),
    }
    lost = [what for what, is_there in still_there.items() if not _holds(is_there)]
    if not lost:
        return Observation(Word.KEPT)
    kept = [what for what in still_there if what not in lost]
    return Observation(Word.LOST, f"{', '.join(lost)}; kept: {', '.join(kept)}" if kept else "everything")


def _holds(is_there: Callable[[], object]) -> bool:
    try:
        return bool(is_there())
    except (ClientError, BotoCoreError):
        return False
