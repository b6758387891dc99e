"""Trades become minute bars: the same ones in whatever order they come within the grace."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tickertape.domain.trade_bars import Trade, TradeBar, TradeBars

START = datetime(2025, 11, 25, 14, 30, tzinfo=UTC)
GRACE = timedelta(seconds=5)

trades = st.lists(
    st.builds(
        lambda symbol, ms, cents, size, sets_price: Trade(
            symbol, START + timedelta(milliseconds=ms), cents / 100, size, sets_price
        ),
        st.sampled_from(["AAPL", "MSFT"]),
        st.integers(0, 10 * 60_000),
        st.integers(1, 100_000),
        st.integers(1, 10_000),
        st.booleans() | st.just(True),
    ),
    max_size=60,
).map(lambda found: sorted(found, key=lambda trade: trade.at))


def collected(given_trades: list[Trade], minutes: TradeBars) -> list[TradeBar]:
    bars = [bar for trade in given_trades for bar in minutes.add(trade)]
    return [*bars, *minutes.close(START + timedelta(hours=1))]


def prices_of(bar: TradeBar) -> tuple[object, ...]:
    return (bar.symbol, bar.begins, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades)


@given(trades)
def test_bars_are_what_their_trades_say(found: list[Trade]) -> None:
    """Open and close are the first and the last price, high and low the extremes, the volume all sizes."""
    by_minute: dict[tuple[str, datetime], list[Trade]] = defaultdict(list)
    for trade in found:
        by_minute[trade.symbol, trade.at.replace(second=0, microsecond=0)].append(trade)
    expected = set()
    for (symbol, begins), of_minute in by_minute.items():
        prices = [trade.price for trade in of_minute if trade.sets_price]
        if prices:
            volume = sum(trade.size for trade in of_minute)
            ends = (prices[0], max(prices), min(prices), prices[-1])
            expected.add((symbol, begins, *ends, volume, len(of_minute)))
    bars = collected(found, TradeBars(START, GRACE))
    assert expected == {prices_of(bar) for bar in bars}
    assert len(expected) == len(bars)


@given(trades, st.randoms(use_true_random=False))
def test_late_trades_within_the_grace_count(found: list[Trade], dice: object) -> None:
    """Trades that come up to the grace late change nothing about the bars."""
    delay = {id(trade): dice.uniform(0, 4.9) for trade in found}  # type: ignore[attr-defined]
    late = sorted(found, key=lambda trade: trade.at + timedelta(seconds=delay[id(trade)]))
    # Of two trades at one time the one that comes later is the later, so only distinct times are compared.
    distinct = {(trade.symbol, trade.at): trade for trade in late}
    in_order = sorted(distinct.values(), key=lambda trade: trade.at)
    arriving = [trade for trade in late if distinct[trade.symbol, trade.at] is trade]
    minutes = TradeBars(START, GRACE)
    bars = collected(arriving, minutes)
    assert 0 == minutes.late
    assert {prices_of(bar) for bar in collected(in_order, TradeBars(START, GRACE))} == {prices_of(bar) for bar in bars}


@given(trades)
def test_each_minute_is_given_out_once_and_in_order(found: list[Trade]) -> None:
    """A symbol's bars come oldest first and no minute twice."""
    bars = collected(found, TradeBars(START, GRACE))
    for symbol in ("AAPL", "MSFT"):
        begins = [bar.begins for bar in bars if bar.symbol == symbol]
        assert sorted(set(begins)) == begins


def trade(seconds: float, price: float = 10.0) -> Trade:
    return Trade("AAPL", START + timedelta(seconds=seconds), price, 1)


def test_a_minute_waits_for_the_grace() -> None:
    """A trade just after the minute does not end it, one past the grace does."""
    minutes = TradeBars(START, GRACE)
    assert [] == [bar for second in (1, 59, 61, 64.9) for bar in minutes.add(trade(second))]
    assert [START] == [bar.begins for bar in minutes.add(trade(65))]


def test_the_clock_ends_a_minute_without_later_trades() -> None:
    """Past the grace by the clock the minute is given out, and once."""
    minutes = TradeBars(START, GRACE)
    assert [] == list(minutes.add(trade(1)))
    assert [] == list(minutes.close(START + timedelta(seconds=64)))
    assert [START] == [bar.begins for bar in minutes.close(START + timedelta(seconds=65))]
    assert [] == list(minutes.close(START + timedelta(seconds=66)))


def test_a_trade_after_its_minute_was_given_out_is_counted_as_late() -> None:
    """It would make another bar under the same id."""
    minutes = TradeBars(START, GRACE)
    for second in (1, 70):
        list(minutes.add(trade(second)))
    assert [] == list(minutes.add(trade(30, price=99.0)))
    assert 1 == minutes.late


def test_the_minute_in_which_listening_began_is_left_out() -> None:
    """Half a minute's high, low and volume would be wrong."""
    minutes = TradeBars(START + timedelta(seconds=20), GRACE)
    bars = collected([trade(30), trade(70)], minutes)
    assert [START + timedelta(minutes=1)] == [bar.begins for bar in bars]
