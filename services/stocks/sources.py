"""Which source the stocks service reads, by its settings. Wiring only; a provider's module is imported when chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import redis
from pydantic import SecretStr

from tickertape.control.budget import Period, RedisBudget
from tickertape.control.clock import wall_time
from tickertape.ports.control import Events
from tickertape.ports.sources import Source
from tickertape.settings import Settings
from tickertape.sources.follow import FollowBars
from tickertape.sources.nothing import Nothing
from tickertape.sources.tape import BarTape, TapeError, bar_interval

# What follows a tape's files has their names as places; a provider has symbols, and sends minutes.
FILES = ("tape", "follow")


def build_source(
    settings: Settings,
    client: redis.Redis,
    events: Events,
    may_ask: Callable[[], bool],
    on_split: Callable[[str, date, float], None],
) -> Source:
    """The source that the settings name.

    Args:
        may_ask: whether a polling source may send requests now.
        on_split: told splits by providers that know of them: symbol, date, shares that one share became.

    Raises:
        TapeError: a tape is to be read and none is set.
    """
    if settings.bars_source in FILES:
        return _of_files(settings, events)
    symbols = settings.symbols
    match settings.bars_source if settings.quotes == "service" else "none":
        case "alphavantage":
            from tickertape.sources.alphavantage import AlphaVantageBars  # noqa: PLC0415

            budget = RedisBudget(client, "alphavantage", settings.alphavantage_daily_requests, Period.DAY)
            return AlphaVantageBars(
                key=_secret(settings.alphavantage_key),
                symbols=symbols,
                budget=budget,
                events=events,
                may_ask=may_ask,
                wall=wall_time,
                url=settings.alphavantage_url,
                poll_s=settings.poll_seconds,
            )
        case "alpaca":
            from tickertape.sources.alpaca import AlpacaBars  # noqa: PLC0415

            key_id, secret = _secret(settings.alpaca_key_id), _secret(settings.alpaca_secret)
            return AlpacaBars(key_id=key_id, secret=secret, symbols=symbols, events=events, url=settings.alpaca_url)
        case "finnhub":
            from tickertape.sources.finnhub import FinnhubBars  # noqa: PLC0415

            key = _secret(settings.finnhub_key)
            return FinnhubBars(key=key, symbols=symbols, events=events, wall=wall_time, url=settings.finnhub_url)
        case "yahoo":
            from tickertape.sources.yahoo import YahooBars  # noqa: PLC0415

            return YahooBars(
                symbols=symbols,
                events=events,
                may_ask=may_ask,
                wall=wall_time,
                on_split=on_split,
                cache_dir=settings.state_dir / "yahoo",
                proxy=settings.yahoo_proxy,
                ca_file=settings.yahoo_ca_file,
                poll_s=settings.poll_seconds,
            )
        case _:
            return Nothing()


def interval_of(settings: Settings) -> Callable[[str], str]:
    """For `bar_classifier`: a file's name says its interval; a provider's place is a symbol, and DAY is one of them."""
    return bar_interval if settings.bars_source in FILES else lambda _: "1m"


def _of_files(settings: Settings, events: Events) -> Source:
    if settings.tape is None:
        raise TapeError("no tape to read: set TICKERTAPE_TAPE to a folder with bars*.csv[.gz]")
    return BarTape(settings.tape) if settings.bars_source == "tape" else FollowBars(settings.tape, events)


def _secret(value: SecretStr | None) -> str:
    # The settings refuse a provider without its key.
    return value.get_secret_value() if value else ""
