"""Which failures of a batch are tried again."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from spark.runs import is_worth_another
from tickertape.serving.store import Unprocessed


def answer(status: int, code: str) -> ClientError:
    """What boto3 raises for an answer of AWS."""
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[typeddict-item]  # what is_refused reads of it


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (answer(503, "SlowDown"), True),
        (answer(500, "InternalError"), True),
        (answer(400, "ProvisionedThroughputExceededException"), True),
        # An emulator that was killed is deployed anew.
        (answer(404, "NoSuchBucket"), True),
        (answer(403, "AccessDenied"), False),
        (answer(403, "InvalidAccessKeyId"), False),
        (answer(400, "AccessDeniedException"), False),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), True),
        (Unprocessed("25 items"), True),
        (ValueError("a bug"), False),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception, expected: bool) -> None:
    """A service that is away or throttles is asked again; a refusal, or a mistake of ours, is told at once."""
    assert expected == is_worth_another(error)
