"""Prices without a server: the deployed function, its rule, and its bars in the stream, the lake and the table."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.servers.alpaca import KEY_ID, SECRET, alpaca_rest
from tests.integration.emulator import Aws, emulator_in
from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.domain.packing import unpack

pytestmark = pytest.mark.integration
REPO = Path(__file__).parents[2]
RULE = "fetch-quotes-every-minute"
EXPECTED = ["AAPL#2025-11-25T14:33:00Z", "MSFT#2025-11-25T14:33:00Z"]


class Quotes(Aws):
    """The emulator, looked at for what fetch_quotes does."""

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
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotes]:
    folder = tmp_path_factory.mktemp("quotes")
    with emulator_in(folder) as emulator:
        yield Quotes(emulator.endpoint, emulator.build)


def ids(events: list[dict[str, Any]]) -> list[str]:
    return sorted({f"{event['symbol']}#{event['ts']}" for event in events})


def test_quotes_by_the_function_reach_stream_lake_and_table(aws: Quotes) -> None:
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


def test_a_rule_that_was_changed_by_hand_is_set_again(aws: Quotes) -> None:
    """The state is a setting, so the next deployment brings it back, and keeps the target."""
    aws.deploy()
    events = aws.client("events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(5 minutes)", State="ENABLED")
    assert "corrected: EveryMinute schedule" in aws.deploy()
    assert ("DISABLED", "rate(1 minute)") == (aws.rule_state(), events.describe_rule(Name=RULE)["ScheduleExpression"])
    assert 1 == len(events.list_targets_by_rule(Rule=RULE)["Targets"])


def test_a_provider_that_is_away_fails_no_invocation(aws: Quotes) -> None:
    """The answer tells it, and EventBridge has nothing to try again."""
    aws.deploy({"TICKERTAPE_QUOTES_URL": f"http://127.0.0.1:{free_ports(1)[0]}"})
    answer = aws.client("lambda").invoke(FunctionName="fetch_quotes", Payload="{}")
    assert "FunctionError" not in answer
    assert "source_unavailable" == json.load(answer["Payload"])["error"]
