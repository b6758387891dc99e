"""A tape that plays at its pace: gate, clock and flags are turned while it runs, and everything is still counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.fakes.records import own, raw
from tests.integration.conftest import Stack
from tests.waiting import wait_for

pytestmark = pytest.mark.integration
# From a Wednesday evening before a holiday to the Monday after a half day.
BEGIN = datetime(2015, 11, 25, 20, 0, tzinfo=UTC)
HOURS = 24 * 5
PER_HOUR = 5


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that plays tweets and bars around Thanksgiving 2015 at 600 times real time."""
    folder = tmp_path_factory.mktemp("thanksgiving")
    moments = [BEGIN + timedelta(hours=hour) for hour in range(HOURS)]
    with gzip.open(folder / "tweets.jsonl.gz", "wb") as tweets:
        for moment in moments:
            for number in range(PER_HOUR):
                at = moment + timedelta(minutes=number)
                tweets.write(raw(own(id=f"{at:%d%H%M}", created_at=f"{at:%Y-%m-%dT%H:%M:%SZ}")) + b"\n")
    rows = [f"AAPL,{moment:%Y-%m-%dT%H:%M:%SZ},100,101,99,100,10" for moment in moments]
    (folder / "bars.csv").write_text("\n".join(["symbol,ts,open,high,low,close,volume", *rows]) + "\n")
    stack = Stack(tmp_path_factory.mktemp("control"))
    try:
        stack.run("up", "--runtime", "embedded", "--tape", str(folder), "--speed", "600")
        yield stack
    finally:
        stack.run("down")


def told(stack: Stack, *names: str) -> list[tuple[str, str]]:
    lines = [line.split() for line in stack.run("logs", "manager", "--events", "-n", "500").stdout.splitlines()]
    return [(words[3], words[0]) for words in lines if words[3] in names]


def ingest(stack: Stack, service: str) -> Any:
    return stack.json("status")["ingest"][service]


def wait_until_delivered(stack: Stack, tweets: int) -> None:
    def delivered() -> bool:
        now = ingest(stack, "twitter")
        return bool(now["counts"]["read"] >= tweets and now["outbox"] == 0)

    wait_for(delivered)


def test_the_clock_is_paused_sought_and_paced_while_the_tape_plays(playing: Stack) -> None:
    """A paused clock stands, seeking brings what lies between at once, and another speed is taken up."""
    playing.run("replay", "pause")
    before = playing.json("status")["clock"]
    assert (False, 600.0) == (before["running"], before["speed"])
    playing.run("replay", "seek", "2015-11-27T15:00:00Z")
    assert "2015-11-27T15:00:00Z" == playing.json("status")["clock"]["now"]
    hours = (datetime(2015, 11, 27, 15, tzinfo=UTC) - BEGIN) / timedelta(hours=1)
    wait_for(lambda: ingest(playing, "twitter")["counts"]["read"] == hours * PER_HOUR + 1)
    playing.run("replay", "speed", "60")
    playing.run("replay", "resume")
    clock = playing.json("status")["clock"]
    assert (True, 60.0) == (clock["running"], clock["speed"])
    playing.run("replay", "pause")


def test_the_gate_follows_the_days_of_the_tape(playing: Stack) -> None:
    """A holiday has no opening, a half day closes early; the log has each with its market time."""
    expected = [
        ("gate_closed", "2015-11-25T21:00:00Z"),
        ("gate_opened", "2015-11-27T14:30:00Z"),
    ]
    wait_for(lambda: told(playing, "gate_opened", "gate_closed") == expected)
    gate = playing.json("status")["gate"]
    assert ("open", "half day", "2015-11-27T18:00:00Z", False) == (
        gate["state"],
        gate["reason"],
        gate["until"],
        gate["stale"],
    )
    lines = [json.loads(line) for line in playing.run("logs", "manager", "-n", "500").stdout.splitlines()]
    assert expected == [(line["event"], line["at"]) for line in lines if line["event"].startswith("gate_")][-2:]


def test_events_are_in_cloudwatch_logs_too(playing: Stack) -> None:
    """Each service has a stream; an event is there with the id and the market time that the data store has."""
    endpoint = playing.aws()["AWS_ENDPOINT_URL"]
    logs = boto3.client(
        "logs",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )

    def openings() -> list[str]:
        found = logs.filter_log_events(logGroupName="/tickertape/events", logStreamNames=["manager"])["events"]
        messages = [json.loads(one["message"]) for one in found]
        return [message["at"] for message in messages if message["event"] == "gate_opened"]

    wait_for(lambda: openings() == ["2015-11-27T14:30:00Z"])


def test_a_gate_that_somebody_closes_holds_the_tape(playing: Stack) -> None:
    """Nothing is read while it is held, whatever the clock shows, and what waited comes when it is given back."""
    playing.run("gate", "closed", "--source", "stocks")
    playing.run("replay", "seek", "2015-11-27T17:30:00Z")
    wait_for(lambda: ingest(playing, "stocks")["state"] == "held")
    held = ingest(playing, "stocks")["counts"]["read"]
    assert "stocks: closed" in playing.run("gate").stdout
    playing.run("gate", "auto")
    wait_for(lambda: ingest(playing, "stocks")["counts"]["read"] > held)


def test_what_a_flag_withheld_is_accounted_for_and_redriven(playing: Stack) -> None:
    """Each sink of tweets is off for a while during the rest of the tape: every id has its outcome, none is lost."""
    for day, sink in enumerate(("kinesis", "firehose"), start=28):
        playing.run("flags", "set", f"tweets.{sink}", "off")
        assert not playing.json("flags")[f"tweets.{sink}"]
        due = int((datetime(2015, 11, day, 12, tzinfo=UTC) - BEGIN) / timedelta(hours=1)) * PER_HOUR
        playing.run("replay", "seek", f"2015-11-{day}T12:00:00Z")
        wait_until_delivered(playing, due)
        playing.run("flags", "set", f"tweets.{sink}", "on")
    playing.run("replay", "speed", "max")
    wait_for(lambda: ingest(playing, "twitter")["state"] == "done")
    playing.run("batch", "run")
    report = playing.json("verify")
    assert report["ok"], report
    lake, recent = report["tweets"]["hops"][1:3]
    assert lake["withheld:flag_off"] > 0
    assert recent["withheld:flag_off"] > 0
    given = playing.json("redrive")
    assert {"kinesis": recent["withheld:flag_off"], "firehose": lake["withheld:flag_off"]} == given["tweets"]
    whole = playing.json("verify")
    assert whole["ok"], whole
    assert [HOURS * PER_HOUR] * 3 == [hop["delivered"] for hop in whole["tweets"]["hops"][:3]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay", "seek", "1969-07-20T20:17:00Z"], "1970"),
        (["replay", "seek", "yesterday"], "was expected"),
        (["replay", "speed", "0"], "number"),
        (["gate", "ajar"], "auto"),
        (["gate", "open", "--source", "moon"], "stocks"),
        (["flags", "set", "tweets.s3", "off"], "tweets.kinesis"),
        (["flags", "set", "tweets.mongo", "maybe"], "on or off"),
        (["redrive", "--from", "yesterday"], "2025-11-28T14:30:00Z"),
        (["logs", "--events", "--level", "loud"], "warning"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(playing: Stack, words: list[str], said: str) -> None:
    """Exit code 2, and a line that names what was expected."""
    answer = playing.run(*words, code=2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
