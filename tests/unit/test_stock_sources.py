"""The settings of live prices, and the source that they lead to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from services.stocks.sources import build_source, interval_of
from tests.fakes.world import MemoryEvents
from tickertape.ports.sources import Source, SourceUnavailable
from tickertape.settings import BadSettings, Settings
from tickertape.sources.tape import TapeError

Given = Callable[..., Settings]


def built(settings: Settings) -> Source:
    """With a Redis that is not there."""
    return build_source(settings, redis.Redis(port=1), MemoryEvents(), lambda: True, lambda symbol, day, ratio: None)


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("tape", {"tape": "."}),
        ("follow", {"tape": "."}),
        ("alphavantage", {"alphavantage_key": "k"}),
        ("alpaca", {"alpaca_key_id": "k", "alpaca_secret": "s"}),
        ("finnhub", {"finnhub_key": "k"}),
        ("yahoo", {}),
        ("none", {}),
    ],
)
def test_each_source_is_built_from_its_settings(given: Given, source: str, keys: dict[str, str]) -> None:
    """Nothing connects before it is read."""
    settings = given(bars_source=source, state_dir=".", **keys)
    reader = built(settings)
    assert source == reader.name
    assert (source not in ("tape", "follow", "none")) == reader.live


def test_a_source_without_its_keys_names_every_missing_variable(given: Given) -> None:
    """Before anything is started."""
    with pytest.raises(BadSettings, match=r"(?s)TICKERTAPE_ALPACA_KEY_ID.*TICKERTAPE_ALPACA_SECRET"):
        given(bars_source="alpaca")


def test_the_service_reads_no_live_source_when_the_function_fetches(given: Given) -> None:
    """Else each bar would be fetched twice; a tape is played all the same."""
    settings = given(bars_source="alpaca", quotes="lambda")
    assert "none" == built(settings).name


def test_a_tape_that_is_not_set_is_told(given: Given) -> None:
    """With the variable to set."""
    with pytest.raises(TapeError, match="TICKERTAPE_TAPE"):
        built(given(bars_source="tape"))


def test_symbols_are_upper_case_and_named_once(given: Given) -> None:
    """A symbol asked for twice would be paid for twice."""
    assert ("AAPL", "BRK.B") == given(symbols="aapl, brk.b ,AAPL,").symbols


def test_a_symbol_is_no_interval(given: Given) -> None:
    """DAY is listed in New York; only a file's name says days."""
    assert "1m" == interval_of(given(bars_source="yahoo"))("DAY")
    assert "1d" == interval_of(given(bars_source="tape"))("bars-daily.csv")


def test_without_redis_nothing_is_asked_of_a_provider_with_a_budget(given: Given) -> None:
    """Nobody would know how much of it is left; the source is read again later."""
    settings = given(bars_source="alphavantage", alphavantage_key="k")
    source = built(settings)
    with pytest.raises(SourceUnavailable, match="budget"):
        next(iter(source.read({})))
