"""The one seam to AWS: clients, and the names of what the CloudFormation stack made.

`AWS_ENDPOINT_URL`, `AWS_REGION` and the credentials are read by boto3 itself; nothing here knows which AWS answers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK = "tickertape"
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    # Half of a batch write's time in this process; the services check what they are sent themselves.
    parameter_validation=False,
)


@cache
def session() -> boto3.Session:
    """The process' one session."""
    return boto3.Session()


def client(service: str) -> Any:
    """A client of one AWS service; the caller's annotation says which."""
    # The stubs type each service by a literal; the callers annotate instead.
    return session().client(service, config=_CONFIG)  # type: ignore[call-overload]


# What an AWS says of an API that it does not have; LocalStack answers 501 to all of them.
_NO_SUCH_API = frozenset({"NotImplemented", "UnknownOperationException", "InvalidAction"})


def is_not_there(error: ClientError) -> bool:
    """Whether the AWS that answered has no such API, as opposed to refusing this call."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == HTTPStatus.NOT_IMPLEMENTED or error.response["Error"]["Code"] in _NO_SUCH_API


# DynamoDB and others say it with HTTP 400.
_REFUSED = frozenset({"AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException"})


def is_refused(error: ClientError) -> bool:
    """Whether AWS knows the caller and says no, or does not know it: the same call will be refused again."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or error.response["Error"]["Code"] in _REFUSED


class NotDeployed(Exception):
    """The AWS resources are not there (yet)."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The names of the AWS resources, as the stack's outputs say them (`localstack-init/template.yaml`)."""

    tweets_stream: str
    stock_stream: str
    sma_stream: str
    tweets_delivery: str
    bars_delivery: str
    lake_bucket: str
    backups_bucket: str
    ticker_rollups_table: str
    period_totals_table: str
    recent_tweets_table: str
    prices_table: str
    predictions_table: str
    events_log_group: str

    @classmethod
    def from_stack(cls, cloudformation: CloudFormationClient | None = None) -> Self:
        """Read the outputs of the deployed stack.

        Raises:
            NotDeployed: there is no such stack, or an older one without some of the names.
        """
        source = cloudformation or client("cloudformation")
        try:
            stack = source.describe_stacks(StackName=STACK)["Stacks"][0]
        except ClientError as error:
            raise NotDeployed(f"no CloudFormation stack {STACK!r}: {error}") from error
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        wanted = {field.name: _camel(field.name) for field in fields(cls)}
        missing = sorted(set(wanted.values()) - outputs.keys())
        if missing:
            raise NotDeployed(f"the stack {STACK!r} ({stack['StackStatus']}) has no output {', '.join(missing)}")
        return cls(**{name: outputs[output] for name, output in wanted.items()})


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
