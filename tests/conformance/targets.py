"""The systems that contracts can be observed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from tests.conformance.world import Target
from tickertape.testing.emulators import Emulator

# Each target's column in the table, in its order. AWS has a column of its own: what it documents.
EMULATORS = {"localstack": "LocalStack", "localstack-pypi": "LocalStack from PyPI", "ministack": "MiniStack"}
# It makes a stream in half a minute and delivers after a minute.
_AWS_PATIENCE = 10.0


def of_emulator(emulator: Emulator, name: str) -> Target:
    """An emulator of `tickertape.testing`."""
    return Target(name, emulator.version, emulator.client, lambda kill: emulator.restart(kill=kill))


def aws() -> Target:
    """AWS itself, with the credentials and the region of the environment."""
    session = boto3.session.Session()
    config = Config(retries={"mode": "adaptive", "total_max_attempts": 8})
    # The stubs type each service by a literal.
    make: Callable[[str], Any] = lambda service: session.client(service, config=config)  # type: ignore[call-overload]  # noqa: E731
    return Target("AWS", "", make, patience=_AWS_PATIENCE)
