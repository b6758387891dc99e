"""The live sources of prices keep one contract, each against a real server that answers as its provider does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fakes.budget import MemoryBudget
from tests.fakes.price_rigs import (
    NOW,
    OPENING,
    SYMBOLS,
    AlpacaRig,
    AlphaVantageRig,
    FinnhubRig,
    Rig,
    World,
    YahooRig,
)
from tests.fakes.servers.alpaca import alpaca_stream
from tests.fakes.servers.alphavantage import KEY as AV_KEY
from tests.fakes.servers.alphavantage import alphavantage
from tests.fakes.servers.finnhub import INVALID_KEY, TOO_MANY, finnhub
from tests.fakes.servers.yahoo import YahooServer, certificate
from tickertape.domain.times import format_utc
from tickertape.ports.sources import Position, RawRecord, Source, SourceRefused, SourceUnavailable
from tickertape.usecases.classify import Accepted, Window, bar_classifier

ALPHAVANTAGE, ALPACA, FINNHUB, YAHOO = AlphaVantageRig(), AlpacaRig(), FinnhubRig(), YahooRig()
ALL = [pytest.param(rig, id=rig.name) for rig in (ALPHAVANTAGE, ALPACA, FINNHUB, YAHOO)]
POLLING = [pytest.param(rig, id=rig.name) for rig in (ALPHAVANTAGE, YAHOO)]
SOCKETS = [pytest.param(rig, id=rig.name) for rig in (ALPACA, FINNHUB)]
WITH_KEY = [pytest.param(rig, id=rig.name) for rig in (ALPHAVANTAGE, ALPACA, FINNHUB)]
_LIMIT_S = 20.0

# Open, high, low and close of AAPL's five closed minutes, in every recording.
PRICES = [
    (275.27, 275.44, 274.92, 275.07),
    (275.07, 275.22, 274.77, 274.86),
    (274.86, 275.04, 274.85, 275.02),
    (275.02, 275.17, 274.98, 274.98),
    (274.98, 275.14, 274.73, 274.85),
]


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def world(pem: Path, tmp_path: Path) -> World:
    return World(pem, tmp_path)


def read(source: Source, after: Position | None = None, *, idle: int = 0) -> list[RawRecord]:
    """What a source gives until nothing new has come so many times in a row (0: enough for two rounds)."""
    records: list[RawRecord] = []
    gathered(source, records, after, idle=idle)
    return records


def gathered(source: Source, records: list[RawRecord], after: Position | None = None, *, idle: int = 0) -> None:
    """`read` into a list that is kept when the source raises."""
    reading = source.read(after or {})
    try:
        records.extend(until_silent(reading, idle or (2 if source.name in ("alpaca", "finnhub") else 6)))
    finally:
        getattr(reading, "close", lambda: None)()


def until_silent(reading: Iterator[RawRecord | None], idle: int = 2) -> Iterator[RawRecord]:
    silent, until = 0, time.monotonic() + _LIMIT_S
    for record in reading:
        assert time.monotonic() < until, "the source gave something for too long"
        silent = 0 if record else silent + 1
        if record:
            yield record
        if silent >= idle:
            return


def positions(records: list[RawRecord]) -> dict[str, int]:
    return {record.place: record.number for record in records}


def of_aapl(records: list[RawRecord]) -> list[RawRecord]:
    return [record for record in records if record.place == "AAPL"]


def minute(number: int) -> datetime:
    return OPENING + timedelta(minutes=number)


@pytest.mark.parametrize("rig", ALL)
def test_closed_bars_are_given_one_a_record(rig: Rig, world: World) -> None:
    """The same five minutes of AAPL come from every provider, oldest first, and the running sixth does not."""
    with rig.condition_of["good"](world) as server:
        records = of_aapl(read(rig.source(server, world)))
    classify = bar_classifier(Window(), rig.name, lambda _: "1m", lambda: NOW)
    bars = [classify(record) for record in records]
    events = [json.loads(bar.line) for bar in bars if isinstance(bar, Accepted)]
    assert [format_utc(minute(number)) for number in range(5)] == [event["ts"] for event in events]
    assert [int(minute(number).timestamp()) for number in range(5)] == [record.number for record in records]
    assert PRICES == [tuple(event[column] for column in ("open", "high", "low", "close")) for event in events]
    assert {rig.name} == {event["provider"] for event in events}


@pytest.mark.parametrize("rig", ALL)
def test_a_record_keeps_its_own_bytes_only(rig: Rig, world: World) -> None:
    """`raw` is the JSON of one bar, never of a whole answer."""
    with rig.condition_of["good"](world) as server:
        records = read(rig.source(server, world))
    assert len(records) == len({record.raw for record in records})
    assert all(isinstance(json.loads(record.raw), dict) and len(record.raw) < 400 for record in records)


@pytest.mark.parametrize("rig", ALL)
def test_reading_again_gives_only_what_is_newer(rig: Rig, world: World) -> None:
    """From a position on, the bars up to it do not come again."""
    after = {"AAPL": int(minute(2).timestamp()), "MSFT": int(minute(9).timestamp())}
    with rig.condition_of["good"](world) as server:
        records = read(rig.source(server, world), after)
    assert [("AAPL", int(minute(number).timestamp())) for number in (3, 4)] == [
        (record.place, record.number) for record in records
    ]


@pytest.mark.parametrize("rig", ALL)
def test_a_source_without_news_keeps_its_pulse(rig: Rig, world: World) -> None:
    """While nothing comes it yields None at least once a second."""
    with rig.condition_of["empty"](world) as server:
        source = rig.source(server, world)
        reading = source.read({})
        assert next(reading) is None  # connected by now
        times = [time.monotonic()]
        for _ in range(3):
            assert next(reading) is None
            times.append(time.monotonic())
        getattr(reading, "close", lambda: None)()
    assert max(after - before for before, after in pairwise(times)) < 1.0


@pytest.mark.parametrize("rig", ALL)
def test_a_provider_that_is_not_reached_is_unavailable(rig: Rig, world: World) -> None:
    """A port without a server is nothing that a setting has to change for."""
    with pytest.raises(SourceUnavailable):
        read(rig.source(None, world))


@pytest.mark.parametrize("rig", ALL)
def test_a_provider_in_trouble_is_unavailable(rig: Rig, world: World) -> None:
    """Its own errors pass."""
    with rig.condition_of["error"](world) as server, pytest.raises(SourceUnavailable) as caught:
        read(rig.source(server, world))
    assert "source_unavailable" == caught.value.event


@pytest.mark.parametrize("rig", ALL)
def test_a_quota_says_how_long_to_wait(rig: Rig, world: World) -> None:
    """Asked or connected too often, it is away for a known time."""
    with rig.condition_of["quota"](world) as server, pytest.raises(SourceUnavailable) as caught:
        read(rig.source(server, world))
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s >= 30


@pytest.mark.parametrize("rig", WITH_KEY)
def test_a_wrong_key_is_refused_with_the_setting_to_change(rig: Rig, world: World) -> None:
    """The message names the variable, and not the key."""
    with rig.condition_of["good"](world) as server, pytest.raises(SourceRefused) as caught:
        read(rig.source(server, world, key="WRONG-KEY-9"))
    assert f"TICKERTAPE_{rig.name.upper()}" in str(caught.value)
    assert "WRONG-KEY-9" not in str(caught.value)


@pytest.mark.parametrize("rig", ALL)
def test_an_unknown_symbol_is_told_once_and_costs_nobody_else(rig: Rig, world: World) -> None:
    """The others' bars come, in a second reading as well."""
    with rig.condition_of["good"](world) as server:
        source = rig.source(server, world, symbols=("NOPE", "AAPL"))
        first, second = of_aapl(read(source)), of_aapl(read(source))
    assert (5, 5) == (len(first), len(second))
    assert ["unknown_symbol"] == world.events.names


@pytest.mark.parametrize("rig", SOCKETS)
def test_a_broken_connection_costs_no_bar_twice(rig: Rig, world: World) -> None:
    """What came before the break counts; from its position on only the rest comes."""
    records: list[RawRecord] = []
    with rig.condition_of["dropping"](world) as server, pytest.raises(SourceUnavailable):
        gathered(rig.source(server, world), records)
    assert 0 < len(of_aapl(records)) < 5
    with rig.condition_of["good"](world) as server:
        records += read(rig.source(server, world), positions(records))
    assert [int(minute(number).timestamp()) for number in range(5)] == [record.number for record in of_aapl(records)]


@pytest.mark.parametrize("rig", SOCKETS)
def test_a_reading_that_is_closed_leaves_at_once(rig: Rig, world: World) -> None:
    """The provider allows one connection, so the next reading needs it back."""
    with rig.condition_of["good"](world) as server:
        began = time.monotonic()
        read(rig.source(server, world), idle=1)
        assert server.wait_until_left()
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("rig", POLLING)
def test_nothing_is_asked_while_the_market_is_closed(rig: Rig, world: World) -> None:
    """A closed gate costs no request."""
    world.may_ask = lambda: False
    with rig.condition_of["good"](world) as server:
        assert [] == read(rig.source(server, world))
        assert [] == server.asked


@pytest.mark.parametrize("rig", POLLING)
def test_without_a_known_symbol_the_setting_is_named(rig: Rig, world: World) -> None:
    """Asking on would only spend requests."""
    with rig.condition_of["good"](world) as server, pytest.raises(SourceRefused, match="TICKERTAPE_SYMBOLS"):
        read(rig.source(server, world, symbols=("NOPE", "NADA")))


@pytest.mark.parametrize("rig", SOCKETS)
def test_a_message_that_is_no_json_is_kept_for_the_quarantine(rig: Rig, world: World) -> None:
    """It travels on as a record without fields, and the stream goes on."""
    garbage = "<html>gateway</html>"
    with alpaca_stream(bars=[garbage, "[7]"]) if rig is ALPACA else finnhub(messages=[garbage, "[7]"]) as server:
        records = read(rig.source(server, world))
    assert [(garbage.encode(), None), (b"[7]", None)] == [(record.raw, record.fields) for record in records]


@pytest.mark.parametrize(("answer", "retry_after_s"), [("note", 60.0), ("burst", 5.0), ("quota", 3600.0), (429, 60.0)])
def test_alphavantage_quotas_are_errors_although_they_come_with_200(
    world: World, answer: str | int, retry_after_s: float
) -> None:
    """Each kind of quota has its own time, and the key in the provider's sentence is not passed on."""
    with alphavantage(AAPL=answer) as server, pytest.raises(SourceUnavailable) as caught:
        read(ALPHAVANTAGE.source(server, world))
    assert ("quota_spent", retry_after_s) == (caught.value.event, caught.value.retry_after_s)
    assert AV_KEY not in str(caught.value)


def test_alphavantage_plan_without_minutes_is_refused(world: World) -> None:
    """A premium answer does not pass by waiting."""
    with alphavantage(AAPL="premium") as server, pytest.raises(SourceRefused, match="TICKERTAPE_ALPHAVANTAGE_KEY"):
        read(ALPHAVANTAGE.source(server, world))


def test_alphavantage_asks_no_more_than_its_budget(world: World) -> None:
    """The request that the budget does not have is not sent."""
    world.budget = MemoryBudget(3)
    with alphavantage(AAPL="good", MSFT="empty") as server, pytest.raises(SourceUnavailable) as caught:
        read(ALPHAVANTAGE.source(server, world))
    assert ("request_budget_spent", 3600.0) == (caught.value.event, caught.value.retry_after_s)
    assert 3 == len(server.asked)


def test_alphavantage_asks_first_whom_a_quota_kept_waiting(world: World) -> None:
    """After a quota the round goes on where it was cut, else the last symbols never have their turn."""
    answers: dict[str, str | int] = {"AAPL": "empty", "MSFT": "quota"}
    with alphavantage(**answers) as server:
        source = ALPHAVANTAGE.source(server, world)
        for _ in range(2):
            with pytest.raises(SourceUnavailable):
                read(source)
    assert ["AAPL", "MSFT", "MSFT"] == [query["symbol"] for query in server.asked]


def test_alpaca_second_versions_of_a_minute_are_left_alone(world: World) -> None:
    """An updated bar has the id of the first one, and only the first counts."""
    with alpaca_stream() as server:
        records = of_aapl(read(ALPACA.source(server, world)))
    assert 6 == len(records)
    assert all(json.loads(record.raw)["T"] == "b" for record in records)


@pytest.mark.parametrize(("code", "setting"), [(405, "TICKERTAPE_SYMBOLS"), (409, "TICKERTAPE_ALPACA_URL")])
def test_alpaca_plan_limits_name_the_setting(world: World, code: int, setting: str) -> None:
    """What the plan lacks does not come by waiting."""
    with alpaca_stream(greeting_error=code) as server, pytest.raises(SourceRefused, match=setting):
        read(ALPACA.source(server, world))


@pytest.mark.parametrize(("message", "setting"), [(INVALID_KEY, "FINNHUB_KEY"), (TOO_MANY, "TICKERTAPE_SYMBOLS")])
def test_finnhub_refusals_name_the_setting(world: World, message: str, setting: str) -> None:
    """A refusal after the handshake is one as well."""
    with finnhub(messages=[message]) as server, pytest.raises(SourceRefused, match=setting):
        read(FINNHUB.source(server, world))


def test_finnhub_clock_ends_the_last_minute(world: World) -> None:
    """Without a later trade the wall clock closes a minute."""
    with finnhub() as server:
        world.now = OPENING
        reading = FINNHUB.source(server, world).read({})
        recorded = list(until_silent(reading))
        world.now = minute(7)
        last = [next(record for record in reading if record) for _ in SYMBOLS]
        getattr(reading, "close", lambda: None)()
    assert {int(minute(number).timestamp()) for number in range(5)} == {record.number for record in recorded}
    assert [int(minute(5).timestamp())] * 2 == [record.number for record in last]


def test_yahoo_tells_each_split_once(world: World) -> None:
    """However often the chart shows it."""
    with YAHOO.condition_of["split"](world) as server:
        read(YAHOO.source(server, world), idle=20)
        assert len(server.asked) > 2
    assert [("AAPL", date(2025, 11, 25), 7.0)] == world.splits


def test_yahoo_is_asked_for_what_was_missed(world: World) -> None:
    """After a night away the chart begins at the newest bar that was taken, at most a week ago."""
    with YahooServer(world.pem, {"AAPL": "good"}) as server:
        source = YAHOO.source(server, world, symbols=("AAPL",))
        read(source, {"AAPL": int((NOW - timedelta(days=2)).timestamp())}, idle=2)
        read(source, {"AAPL": int((NOW - timedelta(days=30)).timestamp())}, idle=2)
    starts = [datetime.fromtimestamp(int(query["period1"]), UTC) for _, query in server.asked]
    assert NOW - timedelta(days=2) == starts[0]
    assert NOW - starts[-1] < timedelta(days=7)
