"""LocalStack's services by moto, in LocalStack's own process.

Its own DynamoDB is a download and a JVM. Its own Kinesis is a Node program that takes more than a second for each
megabyte that is written or read.
"""

from __future__ import annotations

import json
from threading import RLock
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.forwarder import ForwardingFallbackDispatcher
from localstack.aws.handlers.service import ServiceRequestParser
from localstack.http import Response
from localstack.services.moto import dispatch_to_moto
from localstack.services.plugins import Service
from localstack.utils.patch import patch

from tickertape_localstack import moto_tables

# moto is not made for threads: a scan fails when another one puts an item, and a stream loses records.
_ONE_AT_A_TIME = RLock()
_NAMES = ("dynamodb", "dynamodbstreams", "kinesis")


def service(api: type[Any]) -> Service:
    """A service that leaves every operation of the API to moto."""
    moto_tables.install()
    # LocalStack refuses to make an object of the generated class itself.
    provider = type(f"Moto{api.__name__}", (api,), {})
    return Service.for_provider(
        provider(), dispatch_table_factory=lambda given: ForwardingFallbackDispatcher(given, _by_moto)
    )


def _by_moto(context: RequestContext, request: object) -> Response:
    # moto writes what goes over the wire; to read it again and write it once more takes longer than the operation.
    with _ONE_AT_A_TIME:
        return dispatch_to_moto(context)


@patch(ServiceRequestParser.parse_and_enrich)
def _parse_as_it_is(original: Any, parser: ServiceRequestParser, context: RequestContext) -> None:
    """Skip LocalStack's reading of each item's attributes one by one, for moto reads the request itself."""
    target = context.request.headers.get("X-Amz-Target", "")
    if context.service.service_name not in _NAMES or not target:
        original(parser, context)
        return
    context.operation = context.service.operation_model(target.rpartition(".")[2])
    context.service_request = json.loads(context.request.get_data() or b"{}")
