"""The handlers on recorded envelopes, against fakes of the stores they write to."""

import base64
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.lambdas.moving_average import handler as moving_average
from services.lambdas.recent_tweets import handler as recent_tweets
from services.lambdas.transform_tweets import handler as transform_tweets
from tests.fakes.bars import flat, minutes, utc
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.kinesis import MemoryKinesis
from tests.fakes.records import own, raw
from tickertape.domain.bar import Bar
from tickertape.domain.splits import Split

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
    assert ["AMD", "NVDA"] == sorted(item["ticker_week"].partition("#")[0] for item in items)
    assert 1 == sum(item["day_shard"].split("#")[1].isdigit() for item in items)
    assert {"1"} == {json.loads(item["tweet"])["id"] for item in items}


@pytest.mark.parametrize(("scorer", "expected"), [(None, "textblob"), ("textblob", "textblob"), ("vader", "vader")])
def test_both_functions_judge_with_the_scorer_of_the_setting(
    scorer: str | None, expected: str, dynamodb: MemoryDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes to the lake and what goes to the table name the same scorer, TextBlob where none is set."""
    monkeypatch.delenv("SCORER", raising=False)
    if scorer:
        monkeypatch.setenv("SCORER", scorer)
    for handler in (transform_tweets, recent_tweets):
        monkeypatch.setattr(handler, "_scorer", handler._scorer.__wrapped__)
    tweet = packed(raw(own(text="a great day for $NVDA")))
    (answer,) = transform_tweets.handle(firehose(tweet), None)["records"]
    recent_tweets.handle(kinesis(tweet), None)
    stored = {json.loads(item["tweet"])["scorer"] for item in dynamodb.items("recent_tweets")}
    assert ({expected}, {expected}) == ({line["scorer"] for line in lines_of(answer)}, stored)


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


def take(*bars: Bar) -> None:
    """One batch of bars through the handler."""
    moving_average.handle(kinesis(packed(*(raw(bar.to_event()) for bar in bars))), None)


def series(dynamodb: MemoryDynamoDB, interval: str) -> list[dict[str, Any]]:
    found = [item for item in dynamodb.items("prices") if item["symbol_interval"] == f"AAPL#{interval}"]
    return sorted(found, key=lambda item: str(item["ts"]))


def means_of(item: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in item.items() if name.startswith(("sma_", "ema_"))}


def without_averages(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in means_of(item)}


def over_the_split() -> list[Bar]:
    """The last minutes of a Friday with pre- and post-market, and those of the Monday after 7:1."""
    friday = [*minutes("2014-06-06T19:30", [645.0 + each / 10 for each in range(45)])]
    monday = [*minutes("2014-06-09T13:00", [92.0 + each / 100 for each in range(70)])]
    return [*friday, *monday]


def test_no_average_mixes_the_prices_before_and_after_a_split(dynamodb: MemoryDynamoDB, stream: MemoryKinesis) -> None:
    """Minutes, five minutes and days on both sides of AAPL's 7:1: raw prices, and averages of one kind of shares."""
    take(*over_the_split())
    for interval, bars, ts in (("1m", 115, "13:00"), ("5m", 23, "13:00"), ("1d", 2, "20:00")):
        items = series(dynamodb, interval)
        assert bars == len(items)
        assert [(f"2014-06-09T{ts}:00Z", 7)] == [(i["ts"], i["split_ratio"]) for i in items if "split_ratio" in i]
        means = [value for item in items for value in means_of(item).values()]
        assert all(91 < mean < 94 or 644 < mean < 650 for mean in means)
    assert all("ema_60" in item for item in series(dynamodb, "1m")[60:])


@pytest.mark.parametrize("seed", range(5))
def test_derived_bars_are_the_same_however_the_minutes_come(
    dynamodb: MemoryDynamoDB, stream: MemoryKinesis, seed: int
) -> None:
    """In any order and with repeats, the bars made of minutes are those made of all minutes at once."""
    chance = random.Random(seed)
    bars = over_the_split()
    take(*bars)
    at_once = {each: series(dynamodb, each) for each in ("1m", "5m", "1d")}
    dynamodb.clear("prices")
    coming = [*bars, *chance.sample(bars, 30)]
    chance.shuffle(coming)
    while coming:
        size = chance.randint(1, 40)
        take(*coming[:size])
        coming = coming[size:]
    for interval, expected in at_once.items():
        found = series(dynamodb, interval)
        assert [without_averages(item) for item in expected] == [without_averages(item) for item in found]
        for ours, theirs in zip(expected, found, strict=True):
            assert means_of(ours) == pytest.approx(means_of(theirs), rel=1e-7)


def test_minutes_make_marked_bars_and_a_providers_bar_stays(dynamodb: MemoryDynamoDB, stream: MemoryKinesis) -> None:
    """Derived bars say so; one that a provider gave is kept as it is, whether it came before or after the minutes."""
    day = minutes("2014-06-09T13:30", [92.0, 93.0])
    given = flat(utc("2014-06-09T13:30"), 90.0, interval="5m")
    take(*day)
    assert [True] == [item.get("derived") for item in series(dynamodb, "5m")]
    assert [(92, 93, 2, True)] == [(i["open"], i["close"], i["volume"], i["derived"]) for i in series(dynamodb, "1d")]
    take(given)
    take(*day)
    assert [(90, None)] == [(item["close"], item.get("derived")) for item in series(dynamodb, "5m")]
    listed = {item["ts"]: item["last_ts"] for item in dynamodb.items("prices") if item["symbol_interval"] == "SERIES"}
    assert {
        "AAPL#1m": "2014-06-09T13:31:00Z",
        "AAPL#5m": "2014-06-09T13:30:00Z",
        "AAPL#1d": "2014-06-09T20:00:00Z",
    } == listed


def test_the_day_does_not_disturb_the_five_minutes_at_its_time(dynamodb: MemoryDynamoDB, stream: MemoryKinesis) -> None:
    """A day stands where the five minutes after the close stand; a new minute of the day leaves those whole."""
    take(*minutes("2014-06-09T20:00", [92.0, 93.0, 94.0]))
    take(flat(utc("2014-06-09T19:00"), 91.0))
    assert [(91, 91), (92, 94)] == [(item["open"], item["close"]) for item in series(dynamodb, "5m")]


def test_a_late_bar_does_not_move_the_end_of_a_series(dynamodb: MemoryDynamoDB, stream: MemoryKinesis) -> None:
    """The list of series names the newest bar there is, not the newest that came."""
    days = [flat(utc("2014-01-01T21:00") + timedelta(days=day), 90.0, interval="1d") for day in range(300)]
    take(*days)
    take(days[0])
    (entry,) = [item for item in dynamodb.items("prices") if item["symbol_interval"] == "SERIES"]
    assert "2014-10-27T21:00:00Z" == entry["last_ts"]


def test_told_splits_reach_the_averages(dynamodb: MemoryDynamoDB, stream: MemoryKinesis) -> None:
    """A bar that tells of 3:2 is believed, and one that denies what looks like 2:1 as well."""
    told = Split("AAPL", date(2014, 6, 9), 1.5)
    before, after = flat(utc("2014-06-06T20:00"), 90.0), flat(utc("2014-06-09T13:30"), 60.0, split=told)
    take(before, after)
    assert [None, 1.5] == [item.get("split_ratio") for item in series(dynamodb, "1m")]
    dynamodb.clear("prices")
    take(before, replace(after, open=45.0, low=45.0, close=45.0, split=replace(told, ratio=1.0)))
    assert [None, None] == [item.get("split_ratio") for item in series(dynamodb, "1m")]


def test_windows_are_a_setting(
    dynamodb: MemoryDynamoDB, stream: MemoryKinesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other windows give other averages, and after a change those that are new start where it was made."""

    def names(items: Sequence[dict[str, Any]]) -> list[list[str]]:
        return [sorted(means_of(item)) for item in items]

    monkeypatch.setenv("WINDOWS", "2")
    bars = minutes("2014-06-09T12:00", [1.0, 2.0, 3.0, 4.0])
    take(*bars[:3])
    assert [[], ["ema_2", "sma_2"], ["ema_2", "sma_2"]] == names(series(dynamodb, "1m"))
    monkeypatch.setenv("WINDOWS", "3")
    take(bars[3])
    assert [["ema_3", "sma_3"]] == names(series(dynamodb, "1m")[3:])
    monkeypatch.setenv("WINDOWS", "3,3")
    with pytest.raises(ValueError, match="windows of averages"):
        take(bars[3])


def test_what_the_table_has_is_not_published_again(dynamodb: MemoryDynamoDB, stream: MemoryKinesis) -> None:
    """A repeated batch publishes nothing; a late bar publishes itself and what it changes."""
    bars = minutes("2014-06-09T12:00", [1.0, 2.0, 3.0, 4.0])
    take(*bars[:2], bars[3])
    published = len(stream.taken)
    take(*bars[:2], bars[3])
    assert published == len(stream.taken)
    take(bars[2])
    lines = [json.loads(line) for record in stream.taken[published:] for line in record.splitlines()]
    assert [("1m", 3.0), ("5m", 4.0)] == [(line["interval"], line["close"]) for line in lines]
