"""What LocalStack finds by its entry points. Each imports what it needs when it is wanted: many are only looked at."""

from __future__ import annotations

from typing import Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider


class SubprocessExecutorPlugin(RuntimeExecutorPlugin):
    """LAMBDA_RUNTIME_EXECUTOR=subprocess."""

    name = "subprocess"

    def load(self, *args: object, **kwargs: object) -> type[Any]:
        """The executor's class."""
        from tickertape_localstack.executor import SubprocessExecutor  # noqa: PLC0415

        return SubprocessExecutor


@aws_provider(api="dynamodb", name="moto")
def dynamodb() -> Service:
    """PROVIDER_OVERRIDE_DYNAMODB=moto."""
    from localstack.aws.api.dynamodb import DynamodbApi  # noqa: PLC0415

    return _by_moto(DynamodbApi)


@aws_provider(api="dynamodbstreams", name="moto")
def dynamodbstreams() -> Service:
    """PROVIDER_OVERRIDE_DYNAMODBSTREAMS=moto: the changes of those tables."""
    from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi  # noqa: PLC0415

    return _by_moto(DynamodbstreamsApi)


@aws_provider(api="kinesis", name="moto")
def kinesis() -> Service:
    """PROVIDER_OVERRIDE_KINESIS=moto."""
    from localstack.aws.api.kinesis import KinesisApi  # noqa: PLC0415

    return _by_moto(KinesisApi)


def _by_moto(api: type[Any]) -> Service:
    from tickertape_localstack.by_moto import service  # noqa: PLC0415

    return service(api)
