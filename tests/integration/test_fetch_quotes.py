"""Prices without a server: the deployed function, its rule, and its bars in the stream, the lake and the table."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.fakes.servers.alpaca import KEY_ID, SECRET, alpaca_rest
from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.domain.packing import unpack
from tickertape.stack.bundle import build_all
from tickertape.stack.embedded import ministack_program
from tickertape.stack.probes import http_probe

pytestmark = pytest.mark.integration
REPO = Path(__file__).parents[2]
RULE = "fetch-quotes-every-minute"
EXPECTED = ["AAPL#2025-11-25T14:33:00Z", "MSFT#2025-11-25T14:33:00Z"]


@dataclass(frozen=True, slots=True)
class Aws:
    """An emulator of its own, without the rest of the stack."""

    endpoint: str
    build: Path

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=self.endpoint, **keys)  # type: ignore[call-overload]

    def deploy(self, settings: Mapping[str, str] | None = None) -> str:
        """Deploy with those settings in the environment; returns what the deployment says."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TICKERTAPE_"))
        }
        environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        done = subprocess.run(
            [sys.executable, str(REPO / "localstack-init" / "deploy.py"), "--code", str(self.build)],
            env=environment | {"AWS_ENDPOINT_URL": self.endpoint} | dict(settings or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout.strip()

    def rule_state(self) -> str:
        return str(self.client("events").describe_rule(Name=RULE)["State"])

    def streamed(self) -> list[dict[str, Any]]:
        """The events on the stream of bars."""
        kinesis, events = self.client("kinesis"), []
        name = {"StreamName": "stock_stream_data"}
        for shard in kinesis.list_shards(**name)["Shards"]:
            start = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = kinesis.get_shard_iterator(**name, **start)["ShardIterator"]
            for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
                events += [json.loads(line) for line in unpack(record["Data"])]
        return events

    def in_the_lake(self) -> list[dict[str, Any]]:
        """The events of bars that Firehose laid down."""
        s3, events = self.client("s3"), []
        for entry in s3.list_objects_v2(Bucket="tickertape-lake", Prefix="raw/bars/").get("Contents", ()):
            body = s3.get_object(Bucket="tickertape-lake", Key=entry["Key"])["Body"].read()
            data = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
            events += [json.loads(line) for line in unpack(data)]
        return events


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("quotes")
    build_all(REPO, folder / "build")
    (port,) = free_ports(1)
    program = ministack_program(REPO)
    environment = {
        "PATH": os.environ["PATH"],
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
    with (folder / "emulator.log").open("w") as log:
        emulator = subprocess.Popen(
            [program.with_name("python"), program], env=environment, cwd=folder, stdout=log, stderr=log
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        probe = http_probe(f"{endpoint}/_ministack/ready")
        wait_for(lambda: not probe(), 60)
        yield Aws(endpoint, folder / "build")
    finally:
        emulator.terminate()
        emulator.wait(30)


def ids(events: list[dict[str, Any]]) -> list[str]:
    return sorted({f"{event['symbol']}#{event['ts']}" for event in events})


def test_quotes_by_the_function_reach_stream_lake_and_table(aws: Aws) -> None:
    """From a default deployment, where the rule rests, to one that fetches, and back."""
    aws.deploy()
    assert "DISABLED" == aws.rule_state()
    with alpaca_rest() as provider:
        settings = {
            "TICKERTAPE_QUOTES": "lambda",
            "TICKERTAPE_QUOTES_URL": provider.url,
            "TICKERTAPE_SYMBOLS": "aapl, MSFT",
            "TICKERTAPE_ALPACA_KEY_ID": KEY_ID,
            "TICKERTAPE_ALPACA_SECRET": SECRET,
        }
        aws.deploy(settings)
        assert "deploy: stack tickertape unchanged; corrected: nothing" == aws.deploy(settings)
        assert "ENABLED" == aws.rule_state()
        events, functions = aws.client("events"), aws.client("lambda")
        arn = functions.get_function(FunctionName="fetch_quotes")["Configuration"]["FunctionArn"]
        assert [arn] == [target["Arn"] for target in events.list_targets_by_rule(Rule=RULE)["Targets"]]
        assert "rate(1 minute)" == events.describe_rule(Name=RULE)["ScheduleExpression"]

        answer = functions.invoke(FunctionName="fetch_quotes", Payload=json.dumps({"time": "2025-11-25T14:35:00Z"}))
        assert {"bars": 2, "rejected": 0} == json.load(answer["Payload"])
        assert {"symbols": "AAPL,MSFT", "feed": "iex"} in provider.asked
    assert EXPECTED == ids(aws.streamed())
    wait_for(lambda: ids(aws.in_the_lake()) == EXPECTED)
    dynamodb = aws.client("dynamodb")
    key = {"symbol_interval": {"S": "AAPL#1m"}, "ts": {"S": "2025-11-25T14:33:00Z"}}
    wait_for(lambda: "Item" in dynamodb.get_item(TableName="prices", Key=key))

    aws.deploy()
    assert "DISABLED" == aws.rule_state()


def test_a_rule_that_was_changed_by_hand_is_set_again(aws: Aws) -> None:
    """The state is a setting, so the next deployment brings it back, and keeps the target."""
    aws.deploy()
    events = aws.client("events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(5 minutes)", State="ENABLED")
    assert "corrected: EveryMinute schedule" in aws.deploy()
    assert ("DISABLED", "rate(1 minute)") == (aws.rule_state(), events.describe_rule(Name=RULE)["ScheduleExpression"])
    assert 1 == len(events.list_targets_by_rule(Rule=RULE)["Targets"])


def test_a_provider_that_is_away_fails_no_invocation(aws: Aws) -> None:
    """The answer tells it, and EventBridge has nothing to try again."""
    aws.deploy({"TICKERTAPE_QUOTES_URL": f"http://127.0.0.1:{free_ports(1)[0]}"})
    answer = aws.client("lambda").invoke(FunctionName="fetch_quotes", Payload="{}")
    assert "FunctionError" not in answer
    assert "source_unavailable" == json.load(answer["Payload"])["error"]
