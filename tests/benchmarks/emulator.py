"""An emulator for benchmarks: MiniStack alone, with one stream and one delivery stream, gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import yaml

from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.stack.embedded import ministack_program
from tickertape.stack.probes import http_probe

REPO = Path(__file__).parents[2]
STREAM, DELIVERY_STREAM, BUCKET = "bench", "bench-to-lake", "bench-lake"
_ROLE = "arn:aws:iam::000000000000:role/bench"


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run it below `folder`; gives its endpoint and points this process' boto3 there."""
    (port,) = free_ports(1)
    endpoint = f"http://127.0.0.1:{port}"
    program = ministack_program(REPO)
    environment = {
        "PATH": os.environ["PATH"],
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
    # Whoever ends the benchmark ends it too: Python would go without a word to anybody.
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [program.with_name("python"), program], env=environment, cwd=folder, stdout=log, stderr=log
        )
    try:
        probe = http_probe(f"{endpoint}/_ministack/ready")
        wait_for(lambda: not probe(), 60)
        os.environ.update(
            AWS_ENDPOINT_URL=endpoint,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION="us-east-1",
        )
        _make()
        yield endpoint
    finally:
        process.terminate()
        process.wait(30)
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
