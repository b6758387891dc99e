"""What contracts work in: clients, resources under a prefix of their own that are removed afterwards, and witnesses."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from tests.conformance.handlers import zipped
from tests.waiting import wait_for

T = TypeVar("T")
# A role is known to IAM before it is known to the services that assume it.
_NOT_YET = (
    "cannot be assumed",
    "is not authorized to perform",
    "ensure the role can perform",
    "Firehose is unable to assume role",
)
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class Target:
    """Which AWS is looked at.

    Attributes:
        name: as the table names it.
        version: of what answers; empty for AWS.
        client: makes a client of one service.
        restart: stops it (kill or not) and starts it again; None where that is nobody's to do.
        patience: how much longer than an emulator it may take.
    """

    name: str
    version: str
    client: Callable[[str], Any]
    restart: Callable[[bool], None] | None = None
    patience: float = 1.0


class World:
    """One target and everything that contracts make in it.

    Attributes:
        target: who answers.
        prefix: of the names of all resources, so that two runs in one account do not meet.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.prefix = f"conformance-{uuid.uuid4().hex[:8]}"
        self._clients: dict[str, Any] = {}
        self._memory: dict[Any, Any] = {}
        self._made = ExitStack()

    def close(self) -> None:
        """Remove everything, the newest first."""
        self._made.close()

    def later(self, service: str, call: str, **arguments: object) -> None:
        """Call this at the end; what is gone by then, or cannot go, stops nothing."""
        # The client is looked up then: a restarted emulator is at another address.
        self._at_end(lambda: getattr(self.client(service), call)(**arguments))

    def _at_end(self, remove: Callable[[], object]) -> None:
        def attempt() -> None:
            with suppress(ClientError, BotoCoreError):
                remove()

        self._made.callback(attempt)

    def once(self, scenario: Callable[[World], T]) -> T:
        """What a scenario found, which several contracts look at; it is played once, and fails once for all of them."""
        if scenario not in self._memory:
            try:
                self._memory[scenario] = scenario(self)
            except Exception as error:
                self._memory[scenario] = error
        found = self._memory[scenario]
        if isinstance(found, Exception):
            raise found
        return cast("T", found)

    def holds(self, condition: Callable[[], object], limit_s: float = 20.0) -> bool:
        """Whether the condition comes to hold within the limit, which a patient target has more of."""
        try:
            wait_for(condition, limit_s * self.target.patience)
        except AssertionError:
            return False
        return True

    def need(self, condition: Callable[[], object], what: str, limit_s: float = 60.0) -> None:
        """Wait for what a contract is built on; without it nothing can be said."""
        assert self.holds(condition, limit_s), f"{what} did not come about"

    def restart(self, *, kill: bool) -> None:
        """Restart the target; its address may be another one afterwards."""
        assert self.target.restart is not None
        self.target.restart(kill)
        self._clients.clear()

    # --- clients and names ---

    def client(self, service: str) -> Any:
        """The client of one service."""
        if service not in self._clients:
            self._clients[service] = self.target.client(service)
        return self._clients[service]

    def name(self, name: str) -> str:
        """A name under the prefix."""
        return f"{self.prefix}-{name}"

    # --- resources ---

    @property
    def role(self) -> str:
        """A role that functions and delivery streams take on."""
        return self.once(_role)

    @property
    def witnesses(self) -> str:
        """The bucket in which functions write down what they saw."""
        return self.once(_witness_bucket)

    def bucket(self, name: str) -> str:
        """A new bucket."""
        s3, full = self.client("s3"), self.name(name)
        where = {} if (region := s3.meta.region_name) == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=full, **({"CreateBucketConfiguration": where} if where else {}))
        self._at_end(lambda: self._delete_bucket(full))
        return full

    def _delete_bucket(self, bucket: str) -> None:
        for key in self.keys(bucket):
            self.client("s3").delete_object(Bucket=bucket, Key=key)
        self.client("s3").delete_bucket(Bucket=bucket)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys in a bucket, sorted."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))

    def content(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def stream(self, name: str, shards: int = 1) -> str:
        """A new stream that takes records; gives its full name."""
        kinesis, full = self.client("kinesis"), self.name(name)
        # LocalStack makes a stream without a mode ON_DEMAND.
        kinesis.create_stream(StreamName=full, ShardCount=shards, StreamModeDetails={"StreamMode": "PROVISIONED"})
        self.later("kinesis", "delete_stream", StreamName=full, EnforceConsumerDeletion=True)
        self.wait_for_stream(full)
        return full

    def wait_for_stream(self, name: str) -> None:
        """Wait until it takes records."""
        self.need(lambda: self._summary(name)["StreamStatus"] == "ACTIVE", f"stream {name}")

    def _summary(self, stream: str) -> Any:
        return self.client("kinesis").describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]

    def put(self, stream: str, *records: str, key: str | None = None) -> None:
        """Put records, each under the given key, else under its own text; all must be taken."""
        entries = [{"Data": record.encode(), "PartitionKey": key or record} for record in records]
        answer = self.client("kinesis").put_records(StreamName=stream, Records=entries)
        assert answer["FailedRecordCount"] == 0, answer

    def function(self, name: str, source: str) -> str:
        """A new function that can be called; gives its ARN."""
        made = self.client("lambda")
        full = self.name(name)

        def create() -> str:
            answer = made.create_function(
                FunctionName=full,
                Runtime=_PYTHON,
                Handler="handler.handle",
                Role=self.role,
                Code={"ZipFile": zipped(source)},
                Timeout=20,
                MemorySize=256,
                Environment={"Variables": {"WITNESS": name, "WITNESS_BUCKET": self.witnesses}},
            )
            return str(answer["FunctionArn"])

        arn = self.when_role_is_known(create)
        # AWS makes one at the first call, and leaves it.
        self.later("logs", "delete_log_group", logGroupName=f"/aws/lambda/{full}")
        self.later("lambda", "delete_function", FunctionName=full)
        self.need(
            lambda: made.get_function_configuration(FunctionName=full).get("State", "Active") == "Active",
            f"function {full}",
        )
        return arn

    def when_role_is_known(self, create: Callable[[], T]) -> T:
        """Make something that takes on the role, which may need a moment to be known everywhere."""
        made: list[T] = []

        def attempt() -> bool:
            try:
                made.append(create())
            except ClientError as error:
                if not any(phrase in str(error) for phrase in _NOT_YET):
                    raise
            return bool(made)

        self.need(attempt, "the role")
        return made[0]

    def seen(self, function: str) -> list[Any]:
        """The events that a function of this name was called with, in the order of its calls."""
        return [event for _, event in self.seen_at(function)]

    def seen_at(self, function: str) -> list[tuple[float, Any]]:
        """The same with the time of each call, in seconds since 1970."""
        known = self._memory.setdefault(("seen", function), {})
        for key in self.keys(self.witnesses, f"{function}/"):
            if key not in known:
                known[key] = json.loads(self.content(self.witnesses, key))
        return [(int(key.split("/")[1].split("-")[0]) / 1e9, known[key]) for key in sorted(known)]

    def mapping(self, stream: str, function: str, **options: Any) -> Callable[[], None]:
        """Have a function called with a stream's records, from the oldest on; gives what ends that."""
        made = self.client("lambda")
        arn = self._summary(stream)["StreamARN"]
        settings = {"StartingPosition": "TRIM_HORIZON", "BatchSize": 100} | options
        answer = self.when_role_is_known(
            lambda: made.create_event_source_mapping(EventSourceArn=arn, FunctionName=function, **settings)
        )
        mapping = answer["UUID"]
        self.later("lambda", "delete_event_source_mapping", UUID=mapping)
        self.need(lambda: made.get_event_source_mapping(UUID=mapping)["State"] == "Enabled", f"mapping of {stream}")
        return lambda: made.delete_event_source_mapping(UUID=mapping)

    def queue(self, name: str) -> tuple[str, str]:
        """A new queue: its URL and its ARN."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=self.name(name))["QueueUrl"]
        self.later("sqs", "delete_queue", QueueUrl=url)
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, arn

    def table(self, name: str, **schema: Any) -> str:
        """A new table that takes items; gives its full name."""
        dynamodb, full = self.client("dynamodb"), self.name(name)
        dynamodb.create_table(TableName=full, BillingMode="PAY_PER_REQUEST", **schema)
        self.later("dynamodb", "delete_table", TableName=full)
        self.need(lambda: dynamodb.describe_table(TableName=full)["Table"]["TableStatus"] == "ACTIVE", f"table {full}")
        return full

    def delivery(self, name: str, bucket: str, function: str | None = None, **destination: Any) -> str:
        """A new delivery stream into a bucket, with a transform or without."""
        firehose, full = self.client("firehose"), self.name(name)
        processors = [{"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": function}]}]
        processing = {"ProcessingConfiguration": {"Enabled": True, "Processors": processors}} if function else {}
        self.when_role_is_known(
            lambda: firehose.create_delivery_stream(
                DeliveryStreamName=full,
                DeliveryStreamType="DirectPut",
                ExtendedS3DestinationConfiguration={
                    "RoleARN": self.role,
                    "BucketARN": f"arn:aws:s3:::{bucket}",
                    "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 5},
                    **processing,
                    **destination,
                },
            )
        )
        self.later("firehose", "delete_delivery_stream", DeliveryStreamName=full)

        def status() -> Any:
            return firehose.describe_delivery_stream(DeliveryStreamName=full)["DeliveryStreamDescription"]

        self.need(lambda: status()["DeliveryStreamStatus"] == "ACTIVE", f"delivery {full}")
        return full

    def allow(self, function: str, service: str, source: str) -> None:
        """Let a service call a function."""
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId=f"{service}-may",
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source,
        )


def _role(world: World) -> str:
    iam, name = world.client("iam"), world.name("role")
    trusted = {"Service": ["lambda.amazonaws.com", "firehose.amazonaws.com"]}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    answer = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    world.later("iam", "delete_role", RoleName=name)
    services = ("kinesis", "s3", "sqs", "logs", "lambda", "firehose")
    ours = [f"arn:aws:{service}:*:*:*{world.prefix}*" for service in services if service != "s3"]
    buckets = [f"arn:aws:s3:::{world.prefix}*"]
    may = {"Effect": "Allow", "Action": [f"{service}:*" for service in services], "Resource": [*ours, *buckets]}
    # There is no resource that this one could be limited to.
    may_list = {"Effect": "Allow", "Action": "kinesis:ListStreams", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [may, may_list]}
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
    world.later("iam", "delete_role_policy", RoleName=name, PolicyName="all")
    return str(answer["Role"]["Arn"])


def _witness_bucket(world: World) -> str:
    return world.bucket("witnesses")
