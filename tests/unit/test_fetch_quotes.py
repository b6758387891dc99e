"""The function fetch_quotes against real local providers, and fakes of what it writes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.lambdas.fetch_quotes import handler
from tests.fakes.firehose import MemoryFirehose
from tests.fakes.kinesis import MemoryKinesis
from tests.fakes.servers.alpaca import KEY_ID, SECRET, alpaca_rest
from tests.fakes.servers.alphavantage import KEY as AV_KEY
from tests.fakes.servers.alphavantage import alphavantage
from tests.fakes.servers.price_http import PriceHttpServer
from tests.ports import free_ports
from tickertape.domain.bar import Bar
from tickertape.domain.packing import unpack
from tickertape.domain.rejects import Reject

# One minute after the recorded latest bars, 14:33, have ended.
EVENT = {"time": "2025-11-25T14:35:00Z"}


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> MemoryKinesis:
    stream = MemoryKinesis(rejected_calls=2)
    monkeypatch.setattr(handler, "_kinesis", lambda: stream)
    return stream


@pytest.fixture
def delivery(monkeypatch: pytest.MonkeyPatch) -> MemoryFirehose:
    delivery = MemoryFirehose(rejected_calls=2)
    monkeypatch.setattr(handler, "_firehose", lambda: delivery)
    environment = {
        "QUOTES_PROVIDER": "alpaca",
        "QUOTES_SYMBOLS": "AAPL,MSFT",
        "QUOTES_DAILY_REQUESTS": "25",
        "ALPACA_KEY_ID": KEY_ID,
        "ALPACA_SECRET": SECRET,
        "ALPHAVANTAGE_KEY": AV_KEY,
        "STOCK_STREAM": "stock_stream_data",
        "BARS_DELIVERY": "bars-to-lake",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return delivery


@pytest.fixture
def ask(stream: MemoryKinesis, delivery: MemoryFirehose, monkeypatch: pytest.MonkeyPatch) -> Any:
    def asked(server: PriceHttpServer, event: dict[str, str] = EVENT) -> dict[str, Any]:
        monkeypatch.setenv("QUOTES_URL", server.url)
        with server:
            return handler.handle(event, None)

    return asked


def bars(taken: list[bytes]) -> list[Bar]:
    return [Bar.from_event(json.loads(line)) for data in taken for line in unpack(data)]


def test_each_symbols_bar_goes_to_the_stream_and_to_the_lake(
    ask: Any, stream: MemoryKinesis, delivery: MemoryFirehose
) -> None:
    """One request for all symbols; what was rejected at first is sent again, and only that."""
    server = alpaca_rest()
    assert {"bars": 2, "rejected": 0} == ask(server)
    assert [{"symbols": "AAPL,MSFT", "feed": "iex"}] == server.asked
    expected = ["AAPL#1m#2025-11-25T14:33:00Z", "MSFT#1m#2025-11-25T14:33:00Z"]
    assert expected == sorted(bar.id for bar in bars(stream.taken))
    assert expected == sorted(bar.id for bar in bars(delivery.taken))
    assert {"alpaca"} == {bar.provider for bar in bars(stream.taken)}


def test_fetching_twice_writes_the_same_bars(ask: Any, stream: MemoryKinesis) -> None:
    """The ids say that it is a repeat."""
    ask(alpaca_rest())
    ask(alpaca_rest())
    assert 2 == len({bar.id for bar in bars(stream.taken)})


@pytest.mark.parametrize("time", ["2025-11-25T14:33:30Z", "2025-11-26T03:00:00Z"], ids=["running", "hours old"])
def test_a_running_and_an_old_bar_are_left_out(ask: Any, stream: MemoryKinesis, time: str) -> None:
    """A minute that still runs has no close; last evening's bar is there already."""
    assert {"bars": 0, "rejected": 0} == ask(alpaca_rest(), {"time": time})
    assert [] == stream.taken


def test_a_bar_that_cannot_be_read_is_kept_in_the_lake(
    ask: Any, stream: MemoryKinesis, delivery: MemoryFirehose
) -> None:
    """It travels as a reject with its bytes, and the other bar is written."""
    good = {"o": 1, "h": 2, "l": 1, "c": 2, "v": 3, "t": "2025-11-25T14:33:00Z"}
    body = json.dumps({"bars": {"AAPL": good, "MSFT": good | {"h": 0.5}, "NVDA": 7}}).encode()
    assert {"bars": 1, "rejected": 2} == ask(alpaca_rest(body=body))
    assert ["AAPL"] == [bar.symbol for bar in bars(stream.taken)]
    lines = [line for data in delivery.taken for line in unpack(data)]
    rejects = [json.loads(line) for line in lines if b"outcome" in line]
    assert ["high_below_low", "missing_field"] == [reject["reason"] for reject in rejects]
    assert b"7" == Reject.from_event(rejects[1]).raw


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, b'{"message": "too many requests."}', "quota_spent"),
        (500, b"oops", "source_unavailable"),
        (200, b"<html>", "source_unavailable"),
        (200, b"[]", "source_unavailable"),
        (403, b"forbidden", "key_refused"),
    ],
    ids=["quota", "error", "no JSON", "no bars", "forbidden"],
)
def test_a_provider_without_bars_is_told_and_not_raised(
    ask: Any, stream: MemoryKinesis, capsys: pytest.CaptureFixture[str], status: int, body: bytes, error: str
) -> None:
    """EventBridge would start a function that raised again; the log has one line of JSON."""
    assert error == ask(alpaca_rest(status, body))["error"]
    (line,) = capsys.readouterr().out.splitlines()
    assert (error, "alpaca") == (json.loads(line)["event"], json.loads(line)["source"])
    assert [] == stream.taken


def test_a_wrong_key_is_not_told_to_the_log(
    ask: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the key nor the secret."""
    monkeypatch.setenv("ALPACA_SECRET", "unauthorized")  # a secret that the provider's answer quotes
    assert "key_refused" == ask(alpaca_rest())["error"]
    assert "unauthorized" not in capsys.readouterr().out


def test_a_provider_that_is_not_reached_is_told(
    stream: MemoryKinesis, delivery: MemoryFirehose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port without a server."""
    monkeypatch.setenv("QUOTES_URL", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert "source_unavailable" == handler.handle(EVENT, None)["error"]


def test_alphavantage_answers_for_the_symbol_whose_turn_it_is(
    ask: Any, stream: MemoryKinesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its closed minutes are written."""
    monkeypatch.setenv("QUOTES_PROVIDER", "alphavantage")
    monkeypatch.setenv("QUOTES_DAILY_REQUESTS", "420")
    monkeypatch.setenv("QUOTES_SYMBOLS", "AAPL")
    server = alphavantage(AAPL="good")
    assert {"bars": 5, "rejected": 0} == ask(server)
    assert ["AAPL"] == [query["symbol"] for query in server.asked]
    assert 5 == len({bar.id for bar in bars(stream.taken)})


def test_alphavantage_quota_does_not_tell_the_key(
    ask: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its sentence quotes the key; the log does not."""
    monkeypatch.setenv("QUOTES_PROVIDER", "alphavantage")
    monkeypatch.setenv("QUOTES_DAILY_REQUESTS", "420")
    monkeypatch.setenv("QUOTES_SYMBOLS", "AAPL")
    assert "quota_spent" == ask(alphavantage(AAPL="quota"))["error"]
    assert AV_KEY not in capsys.readouterr().out


@pytest.mark.parametrize("daily", [1, 25, 420, 1000])
def test_a_days_requests_last_for_the_session(daily: int) -> None:
    """The whole day's minutes together ask as often as the plan allows, never outside the session's hours."""
    begin = datetime(2025, 11, 25, tzinfo=UTC)
    symbols = ["AAPL", "MSFT", "NVDA"]
    asked = [(minute, handler.turn(symbols, begin + timedelta(minutes=minute), daily)) for minute in range(24 * 60)]
    assert daily == sum(len(turn) for _, turn in asked)
    in_session = [minute for minute, turn in asked if turn]
    assert 14 * 60 + 30 <= min(in_session) <= max(in_session) < 21 * 60 + 30
    counts = [sum(turn.count(symbol) for _, turn in asked) for symbol in symbols]
    assert max(counts) - min(counts) <= 1


def test_nothing_is_asked_on_a_weekend() -> None:
    """The exchange is closed."""
    assert [] == handler.turn(["AAPL"], datetime(2025, 11, 29, 15, tzinfo=UTC), 420)
