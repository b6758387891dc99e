"""Each live source of prices with a server of its own, so that one contract can be asked of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tests.fakes.budget import MemoryBudget
from tests.fakes.servers.alpaca import BARS, KEY_ID, SECRET, alpaca_stream
from tests.fakes.servers.alphavantage import KEY as AV_KEY
from tests.fakes.servers.alphavantage import alphavantage
from tests.fakes.servers.finnhub import INTERNAL, TRADES, finnhub
from tests.fakes.servers.finnhub import KEY as FINNHUB_KEY
from tests.fakes.servers.yahoo import YahooServer
from tests.fakes.world import MemoryEvents
from tests.ports import free_ports
from tickertape.ports.sources import Source
from tickertape.sources.alpaca import AlpacaBars
from tickertape.sources.alphavantage import AlphaVantageBars
from tickertape.sources.finnhub import FinnhubBars
from tickertape.sources.yahoo import YahooBars

# The recorded bars begin at OPENING; at NOW the sixth still runs.
OPENING = datetime(2025, 11, 25, 14, 30, tzinfo=UTC)
NOW = datetime(2025, 11, 25, 14, 35, 30, tzinfo=UTC)
SYMBOLS = ("AAPL", "MSFT")


@dataclass
class World:
    """What a source is given besides its server."""

    pem: Path
    cache_dir: Path
    events: MemoryEvents = field(default_factory=MemoryEvents)
    budget: MemoryBudget = field(default_factory=MemoryBudget)
    splits: list[tuple[str, date, float]] = field(default_factory=list)
    may_ask: Callable[[], bool] = lambda: True
    now: datetime = NOW

    def split(self, symbol: str, ex_date: date, ratio: float) -> None:
        self.splits.append((symbol, ex_date, ratio))


# Servers by the condition that the provider is in.
Conditions = Mapping[str, Callable[[World], AbstractContextManager[Any]]]


class Rig(Protocol):
    """One provider: its servers by condition, and its source on one of them (on a port without a server for None)."""

    name: str
    condition_of: ClassVar[Conditions]

    def source(self, server: Any, world: World, *, key: str = "", symbols: Sequence[str] = SYMBOLS) -> Source: ...


class AlphaVantageRig:
    name = "alphavantage"
    condition_of: ClassVar[Conditions] = {
        "good": lambda _: alphavantage(AAPL="good", MSFT="empty"),
        "empty": lambda _: alphavantage(AAPL="empty", MSFT="empty"),
        "quota": lambda _: alphavantage(AAPL="quota", MSFT="quota"),
        "error": lambda _: alphavantage(AAPL=503, MSFT=503),
    }

    def source(self, server: Any, world: World, *, key: str = "", symbols: Sequence[str] = SYMBOLS) -> Source:
        return AlphaVantageBars(
            key=key or AV_KEY,
            symbols=symbols,
            budget=world.budget,
            events=world.events,
            may_ask=world.may_ask,
            wall=lambda: world.now,
            url=server.url if server else f"http://127.0.0.1:{free_ports(1)[0]}",
            poll_s=0.05,
            pace_s=0.0,
        )


class AlpacaRig:
    name = "alpaca"
    condition_of: ClassVar[Conditions] = {
        "good": lambda _: alpaca_stream(bars=BARS[:-1]),
        "empty": lambda _: alpaca_stream(bars=[]),
        "quota": lambda _: alpaca_stream(greeting_error=406),
        "error": lambda _: alpaca_stream(bars=[], error=500),
        "dropping": lambda _: alpaca_stream(bars=BARS[:3], dropped=True),
    }

    def source(self, server: Any, world: World, *, key: str = "", symbols: Sequence[str] = SYMBOLS) -> Source:
        url = server.url if server else f"ws://127.0.0.1:{free_ports(1)[0]}"
        return AlpacaBars(key_id=KEY_ID, secret=key or SECRET, symbols=symbols, events=world.events, url=url)


class FinnhubRig:
    name = "finnhub"
    condition_of: ClassVar[Conditions] = {
        "good": lambda _: finnhub(),
        "empty": lambda _: finnhub(messages=['{"type":"ping"}']),
        "quota": lambda _: finnhub(status=429),
        "error": lambda _: finnhub(messages=[INTERNAL]),
        "dropping": lambda _: finnhub(messages=TRADES[: len(TRADES) // 2], dropped=True),
    }

    def source(self, server: Any, world: World, *, key: str = "", symbols: Sequence[str] = SYMBOLS) -> Source:
        url = server.url if server else f"ws://127.0.0.1:{free_ports(1)[0]}"

        def wall() -> datetime:
            # Connected when the recording begins; from then on the trades tell the time.
            return OPENING if world.now == NOW else world.now

        return FinnhubBars(key=key or FINNHUB_KEY, symbols=symbols, events=world.events, wall=wall, url=url)


class YahooRig:
    name = "yahoo"
    condition_of: ClassVar[Conditions] = {
        "good": lambda world: YahooServer(world.pem, {"AAPL": "good", "MSFT": "empty"}),
        "empty": lambda world: YahooServer(world.pem, {"AAPL": "empty", "MSFT": "empty"}),
        "quota": lambda world: YahooServer(world.pem, {"AAPL": 429, "MSFT": 429}),
        "error": lambda world: YahooServer(world.pem, {"AAPL": 502, "MSFT": 502}),
        "split": lambda world: YahooServer(world.pem, {"AAPL": "split", "MSFT": "empty"}),
    }

    def source(self, server: Any, world: World, *, key: str = "", symbols: Sequence[str] = SYMBOLS) -> Source:
        return YahooBars(
            symbols=symbols,
            events=world.events,
            may_ask=world.may_ask,
            wall=lambda: world.now,
            on_split=world.split,
            cache_dir=world.cache_dir,
            proxy=server.proxy if server else f"http://127.0.0.1:{free_ports(1)[0]}",
            ca_file=world.pem,
            poll_s=0.05,
        )
