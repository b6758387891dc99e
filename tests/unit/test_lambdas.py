"""The handlers on recorded envelopes, against fakes of the stores they write to."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from services.lambdas.moving_average import handler as moving_average
from services.lambdas.recent_tweets import handler as recent_tweets
from services.lambdas.transform_tweets import handler as transform_tweets
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.kinesis import MemoryKinesis
from tests.fakes.records import own, raw

ENVELOPES = Path(__file__).parents[2] / "fixtures" / "envelopes"


def packed(*lines: bytes) -> str:
    return base64.b64encode(b"\n".join(lines) + b"\n").decode()


def firehose(*records: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ENVELOPES / "firehose_transform.json").read_text())
    template = event["records"][0]
    event["records"] = [template | {"recordId": str(number), "data": data} for number, data in enumerate(records)]
    return event


def kinesis(*records: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ENVELOPES / "kinesis_records.json").read_text())
    template = event["Records"][0]
    event["Records"] = [template | {"kinesis": template["kinesis"] | {"data": data}} for data in records]
    return event


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> MemoryDynamoDB:
    store = MemoryDynamoDB({"recent_tweets": ("day_shard", "created_at_id"), "prices": ("symbol_interval", "ts")})
    monkeypatch.setattr(recent_tweets, "_dynamodb", lambda: store)
    monkeypatch.setattr(moving_average, "_dynamodb", lambda: store)
    monkeypatch.setenv("RECENT_TWEETS_TABLE", "recent_tweets")
    monkeypatch.setenv("KEEP_DAYS", "30")
    monkeypatch.setenv("PRICES_TABLE", "prices")
    monkeypatch.setenv("SMA_STREAM", "stock_sma_stream")
    return store


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> MemoryKinesis:
    stream = MemoryKinesis(rejected_calls=1)
    monkeypatch.setattr(moving_average, "_kinesis", lambda: stream)
    return stream


def lines_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in base64.b64decode(answer["data"]).splitlines()]


def test_one_bad_line_does_not_cost_the_record_its_others() -> None:
    """Each line is answered in its place: good ones enriched, the bad one as a reject with its bytes."""
    event = firehose(packed(raw(own(id="1")), b"broken", raw(own(id="2"))))
    (answer,) = transform_tweets.handle(event, None)["records"]
    first, bad, second = lines_of(answer)
    assert ("0", "Ok", "1", "2") == (answer["recordId"], answer["result"], first["id"], second["id"])
    assert ("quarantined", "not_json", b"broken") == (
        bad["outcome"],
        bad["reason"],
        base64.b64decode(bad["raw_base64"]),
    )


def test_a_tweet_that_says_nothing_is_marked_as_dropped() -> None:
    """A tweet of links only is answered with a reject that names it."""
    (answer,) = transform_tweets.handle(firehose(packed(raw(own(text="https://t.co/x")))), None)["records"]
    (line,) = lines_of(answer)
    assert ("dropped", "no_content", own()["id"]) == (line["outcome"], line["reason"], line["event_id"])


def test_a_record_without_an_id_is_answered_too() -> None:
    """One emulator's envelope has no recordId."""
    event = firehose(packed(raw(own())))
    del event["records"][0]["recordId"]
    assert "Ok" == transform_tweets.handle(event, None)["records"][0]["result"]


def test_each_tweet_is_stored_once_a_ticker_whatever_comes_again(dynamodb: MemoryDynamoDB) -> None:
    """A repeated batch changes nothing; a tweet of two tickers is found under both, once in its day."""
    event = kinesis(packed(raw(own(id="1", text="$NVDA and $AMD", tickers=["NVDA", "AMD"])), b"broken"))
    recent_tweets.handle(event, None)
    recent_tweets.handle(event, None)
    items = dynamodb.items("recent_tweets")
    assert ["AMD", "NVDA"] == sorted(item["ticker"] for item in items)
    assert 1 == sum(item["day_shard"].split("#")[1].isdigit() for item in items)
    assert {"1"} == {json.loads(item["tweet"])["id"] for item in items}


def bar(minute: int, close: float) -> bytes:
    prices = {"open": close, "high": close, "low": close, "close": close, "volume": 1.0}
    ts = f"2025-11-25T{14 + minute // 60}:{minute % 60:02}:00Z"
    return raw({"schema_version": 1, "symbol": "AAPL", "interval": "1m", "ts": ts, "provider": "tape"} | prices)


def averages(dynamodb: MemoryDynamoDB) -> dict[str, tuple[Any, ...]]:
    series = [item for item in dynamodb.items("prices") if item["symbol_interval"] == "AAPL#1m"]
    return {item["ts"]: tuple(item.get(f"sma_{window}") for window in (5, 20, 60)) for item in series}


@pytest.mark.parametrize(
    "batches",
    [
        [range(100)],
        [range(50), range(50, 100)],
        [range(0, 100, 2), range(1, 100, 2)],
        [range(70, 100), range(70)],
        [range(60), range(60), range(40, 100)],
    ],
    ids=["at once", "in two", "late", "backwards", "repeated"],
)
def test_averages_are_the_same_however_the_bars_come(
    dynamodb: MemoryDynamoDB, stream: MemoryKinesis, batches: list[range]
) -> None:
    """Late, repeated and split batches end at the averages of the whole series in order."""
    for batch in batches:
        moving_average.handle(kinesis(packed(*(bar(minute, minute + 1.0) for minute in batch), b"broken")), None)
    found = averages(dynamodb)
    assert 100 == len(found)
    # closes are 1 to 100, and the mean of w whole numbers up to n is n - (w - 1) / 2
    expected = [tuple(n - (w - 1) / 2 if n >= w else None for w in (5, 20, 60)) for n in range(1, 101)]
    assert expected == [found[ts] for ts in sorted(found)]


def test_averages_are_published_even_when_the_stream_rejects_some(
    dynamodb: MemoryDynamoDB, stream: MemoryKinesis
) -> None:
    """What `stock_sma_stream` rejects at first is sent again."""
    moving_average.handle(kinesis(packed(bar(1, 5.0))), None)
    lines = [json.loads(line) for record in stream.taken for line in record.splitlines()]
    # before 09:30 a minute belongs to no day
    assert [("AAPL", "1m", 5.0), ("AAPL", "5m", 5.0)] == [(ln["symbol"], ln["interval"], ln["close"]) for ln in lines]
    series = [item for item in dynamodb.items("prices") if item["symbol_interval"] == "SERIES"]
    assert ["AAPL#1m", "AAPL#5m"] == [item["ts"] for item in series]
