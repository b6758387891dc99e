"""What CloudFormation makes of our own template, and of changes to it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from tests.conformance import handlers
from tests.conformance.observations import Observation, Subject, Word
from tests.conformance.world import World

CLOUDFORMATION = Subject("CloudFormation")
_TEMPLATE = Path(__file__).parents[2] / "localstack-init/template.yaml"
# Names that the template gives itself; references have an exclamation mark.
_NAMES = re.compile(r"(?<=\s)((?:Name|TableName|FunctionName|DeliveryStreamName|LogGroupName): )([\w/-]+)")
_FUNCTIONS = re.compile(r"^  (\w+Code):", re.MULTILINE)
_PAGE = "AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets"


@dataclass(frozen=True, slots=True)
class Stack:
    """Our stack under names of this world's own.

    Attributes:
        parameters: as CloudFormation takes them.
        template: the text.
    """

    name: str
    parameters: list[dict[str, str]]
    template: str

    def with_change(self, old: str, new: str) -> str:
        """The template with the first such text changed."""
        assert old in self.template, f"the template has no {old!r} any more"
        return self.template.replace(old, new, 1)


def _stack(world: World) -> Stack:
    """Create it, with functions that only write down."""
    code = world.bucket("code")
    world.client("s3").put_object(Bucket=code, Key="any.zip", Body=handlers.zipped(handlers.WRITES_DOWN))
    template = _NAMES.sub(lambda found: f"{found[1]}{_renamed(world, found[2])}", _TEMPLATE.read_text())
    given = dict.fromkeys(_FUNCTIONS.findall(template), "any.zip")
    given |= {"CodeBucket": code, "BucketPrefix": world.name("stack")}
    parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items() if name in template]
    stack = Stack(world.name("stack"), parameters, template)
    world.later("cloudformation", "delete_stack", StackName=stack.name)
    failure = _change(world, stack, stack.template, "CREATE")
    assert failure is None, failure
    return stack


def _renamed(world: World, name: str) -> str:
    # A log group's name is a path.
    return f"/{world.prefix}{name}" if name.startswith("/") else f"{world.prefix}-{name}"


def _change(world: World, stack: Stack, template: str, kind: str = "UPDATE") -> str | None:
    """Create or update by a change set; gives why there is nothing to change, or None when it was done."""
    cloudformation, name = world.client("cloudformation"), f"change-{uuid.uuid4().hex}"
    cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=template,
        Parameters=stack.parameters,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    patience = {"Delay": 1, "MaxAttempts": 300}
    try:
        made = cloudformation.get_waiter("change_set_create_complete")
        made.wait(StackName=stack.name, ChangeSetName=name, WaiterConfig=patience)
    except WaiterError as error:
        found = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName=name)
        return str(found.get("StatusReason") or error)
    cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=name)
    done = cloudformation.get_waiter(f"stack_{kind.lower()}_complete")
    done.wait(StackName=stack.name, WaiterConfig=patience)
    return None


def _resource(world: World, stack: Stack, logical: str) -> Any:
    answer = world.client("cloudformation").describe_stack_resource(StackName=stack.name, LogicalResourceId=logical)
    return answer["StackResourceDetail"]["PhysicalResourceId"]


@CLOUDFORMATION.contract(
    "Our template is created as it is",
    aws="kept: CREATE_COMPLETE",
    page="AWSCloudFormation/latest/UserGuide/view-stack-events",
    ours="deploys one template everywhere (`localstack-init/template.yaml`)",
)
def creation(world: World) -> Observation:
    """All of it, under other names."""
    stack = world.once(_stack)
    described = world.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    done = described["StackStatus"] == "CREATE_COMPLETE"
    return Observation(Word.KEPT if done else Word.LOST, described["StackStatus"])


@CLOUDFORMATION.contract(
    "TimeToLiveSpecification of a table in a template is set",
    aws="honoured",
    page="AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table",
    ours="`localstack-init/reconcile.py` sets it by an API call where it is not",
)
def template_ttl(world: World) -> Observation:
    """That of recent_tweets."""
    table = _resource(world, world.once(_stack), "RecentTweetsTable")
    found = world.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    is_set = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return Observation(Word.HONOURED if is_set else Word.IGNORED)


@CLOUDFORMATION.contract(
    "LifecycleConfiguration of a bucket in a template is set",
    aws="honoured",
    page="AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket",
    ours="`localstack-init/reconcile.py` sets it by an API call where it is not",
)
def template_lifecycle(world: World) -> Observation:
    """That of the backups."""
    bucket = _resource(world, world.once(_stack), "BackupsBucket")
    try:
        world.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)
    except ClientError:
        return Observation(Word.IGNORED)
    return Observation(Word.HONOURED)


@CLOUDFORMATION.contract(
    "An update without a change is none",
    aws='honoured: the change set fails with "didn\'t contain changes"',
    page=_PAGE,
    ours="takes that failure for success",
)
def unchanged_update(world: World) -> Observation:
    """The same template with the same parameters."""
    stack = world.once(_stack)
    reason = _change(world, stack, stack.template)
    if reason is None:
        return Observation(Word.IGNORED, "everything is updated")
    phrase = "didn't contain changes" in reason
    return Observation(Word.HONOURED, 'the change set fails with "didn\'t contain changes"' if phrase else reason)


@CLOUDFORMATION.contract(
    "An update changes a stream's ShardCount",
    aws="honoured",
    page="AWSCloudFormation/latest/UserGuide/aws-resource-kinesis-stream",
    ours="has the shards it needs from the start",
)
def shard_count_update(world: World) -> Observation:
    """Two shards become three."""
    stack = world.once(_stack)
    _change(world, stack, stack.with_change("ShardCount: 2", "ShardCount: 3"))
    stream = _resource(world, stack, "TweetsStream")
    world.wait_for_stream(stream)
    shards = world.client("kinesis").describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    return Observation(Word.HONOURED if shards["OpenShardCount"] == 3 else Word.IGNORED)


@CLOUDFORMATION.contract(
    "An update changes a rule's schedule",
    aws="honoured",
    page="AWSCloudFormation/latest/UserGuide/aws-resource-events-rule",
    ours="`localstack-init/reconcile.py` sets it by an API call where it is not",
)
def schedule_update(world: World) -> Observation:
    """A minute becomes five."""
    stack = world.once(_stack)
    _change(world, stack, stack.with_change("rate(1 minute)", "rate(5 minutes)"))
    rule = world.client("events").describe_rule(Name=_rule(world, stack))
    return Observation(Word.HONOURED if rule["ScheduleExpression"] == "rate(5 minutes)" else Word.IGNORED)


def _rule(world: World, stack: Stack) -> str:
    # The physical id is a name on AWS and may be an ARN.
    return str(_resource(world, stack, "EveryMinute")).rpartition("/")[2]
