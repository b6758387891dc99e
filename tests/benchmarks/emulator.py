"""An emulator for benchmarks: MiniStack alone, with one stream and one delivery stream, gone afterwards."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import yaml

from tests.ministack import ministack

REPO = Path(__file__).parents[2]
STREAM, DELIVERY_STREAM, BUCKET = "bench", "bench-to-lake", "bench-lake"
_ROLE = "arn:aws:iam::000000000000:role/bench"


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run it below `folder`; gives its endpoint and points this process' boto3 there."""
    # Whoever ends the benchmark ends it too: Python would go without a word to anybody.
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        with ministack(folder, LOG_LEVEL="WARNING") as endpoint:
            os.environ.update(
                AWS_ENDPOINT_URL=endpoint,
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",
                AWS_DEFAULT_REGION="us-east-1",
            )
            _make()
            yield endpoint
    finally:
        signal.signal(signal.SIGTERM, before)


def make_serving_tables() -> None:
    """The tables of counts, with the keys and the index that the template gives them."""
    dynamodb = boto3.client("dynamodb")
    # The base loader takes `!Ref` for what it stands beside, which is all that is needed here.
    text = (REPO / "localstack-init/template.yaml").read_text()
    resources = yaml.load(text, yaml.BaseLoader)["Resources"]  # noqa: S506  # it makes nothing but texts
    for name in ("TickerRollupsTable", "PeriodTotalsTable"):
        dynamodb.create_table(**resources[name]["Properties"])


def _make() -> None:
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName=DELIVERY_STREAM,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": _ROLE,
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "raw/tweets/",
        },
    )
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM)
