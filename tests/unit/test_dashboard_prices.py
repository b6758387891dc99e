"""The page of prices: what is asked, stocks side by side and from one start, newest bars, highs of hours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dash.exceptions import PreventUpdate

from dashboard.components.market_tables import highs_table, live_columns, live_rows
from dashboard.figures.market import height, indexed_figure, set_apart, side_by_side_figure
from dashboard.pages.prices import Prices
from dashboard.queries.market import MAX_STOCKS, Stock, hourly_highs, market
from dashboard.queries.prices import PricedBar
from dashboard.state import DAY, PricesState
from tests.e2e.dashboard_world import OPEN, World, full_world, minute_bars
from tickertape.serving import keys

CLOSES = {"AAPL": [100.0, 102.0], "FB": [50.0, 49.0], "TSLA": [10.0, 10.0], "GE": [20.0, 20.4], "KO": [30.0, 29.0],
          "DIS": [80.0, 84.0]}  # fmt: skip


def stock(symbol: str, closes: list[float], **second: Any) -> Stock:
    items = minute_bars(symbol, OPEN, closes)[:-1]
    items[1] |= second
    return Stock(symbol, "1m", [PricedBar.of(item) for item in items])


STOCKS = [stock(symbol, closes) for symbol, closes in CLOSES.items()]


def world_of(*symbols: str) -> World:
    world = World()
    world.play()
    for symbol in symbols:
        world.dynamodb.put("prices", minute_bars(symbol, OPEN, CLOSES.get(symbol, [10.0, 11.0])))
    return world


def daily(symbol: str, close: float, days_ago: int) -> list[dict[str, Any]]:
    at = OPEN - timedelta(days=days_ago)
    prices = {"open": close, "high": close, "low": close, "close": close, "volume": 5.0}
    key = keys.price_key(symbol, "1d", at)
    return [{**key, **prices}, {**keys.series_key(symbol, "1d"), "last_ts": key["ts"]}]


def test_a_stock_costs_one_query_until_it_has_a_new_bar() -> None:
    """Whoever looks again asks for the list of series, and for the bars of those that went on."""
    world = world_of("AAPL", "FB")
    reader = world.reader()
    assert ["AAPL", "FB"] == [each.symbol for each in market(reader, DAY, []).stocks]
    assert 1 + 2 == len(world.dynamodb.queries)
    world.dynamodb.put("prices", minute_bars("FB", OPEN + timedelta(minutes=2), [51.0]))
    world.seconds += 5
    assert [102.0, 51.0] == [each.last.close for each in market(reader, DAY, []).stocks]
    assert 3 + 2 == len(world.dynamodb.queries)


def test_stocks_are_bounded() -> None:
    """Of many symbols the first are shown, the chosen ones in any case."""
    names = [f"S{number:02}" for number in range(MAX_STOCKS + 6)]
    world = world_of(*names)
    found = market(world.reader(), DAY, [names[-1]])
    assert (MAX_STOCKS, names[-1]) == (len(found.stocks), found.stocks[-1].symbol)
    assert (len(names), 1 + MAX_STOCKS) == (len(found.known), len(world.dynamodb.queries))


def test_bars_of_days_have_no_day_to_compare() -> None:
    """Where there are only bars of days the last month is shown, and the page says so."""
    world = World()
    for ago in (3, 2, 1):
        world.dynamodb.put("prices", daily("AAPL", 90.0 + ago, ago))
    found = market(world.reader(), DAY, [])
    assert ("month", 3) == (found.window, len(found.stocks[0].bars))
    *_, hint, _ = Prices(world.reader()).figures(DAY, [], "change", "light", 0, 0, None)
    assert "the last month is shown" in str(hint)


@pytest.mark.parametrize("window", [DAY, "week"])
def test_a_series_that_ended_hides_no_other(window: str) -> None:
    """Bars of minutes that stopped before the window leave the stock to its bars of days."""
    world = world_of("AAPL")
    world.dynamodb.put("prices", minute_bars("FB", OPEN - timedelta(days=20), [50.0]))
    world.dynamodb.put("prices", daily("FB", 49.0, 0))
    found = market(world.reader(), window, [])
    assert [("AAPL", "1m"), ("FB", "1d")] == [(each.symbol, each.interval) for each in found.stocks]


def test_where_only_bars_of_days_go_on_the_month_is_shown() -> None:
    """One bar of each stock is no day to compare, though there were minutes once."""
    world = World()
    world.dynamodb.put("prices", minute_bars("AAPL", OPEN - timedelta(days=20), [50.0]))
    world.dynamodb.put("prices", [*daily("AAPL", 91.0, 1), *daily("AAPL", 90.0, 0)])
    found = market(world.reader(), DAY, [])
    assert ("month", ["1d"], 2) == (found.window, [each.interval for each in found.stocks], len(found.stocks[0].bars))


def test_change_is_from_the_first_close_also_after_a_split() -> None:
    """A split changes the price and not the value."""
    assert 0.02 == pytest.approx(STOCKS[0].change)
    assert 0.05 == pytest.approx(stock("AAPL", [210.0, 31.5], split_ratio=7.0).change)


def test_bars_side_by_side_are_sorted_and_signed() -> None:
    """The largest is on top; a loss has a minus and is hatched, so that no colour is needed."""
    figure: Any = side_by_side_figure(STOCKS, by="change", scheme="dark")
    (bars,) = figure.data
    assert ("DIS", "+5.00 %", "KO", "\N{MINUS SIGN}3.33 %") == (
        figure.layout.yaxis.ticktext[0], bars.text[0], figure.layout.yaxis.ticktext[-1], bars.text[-1]
    )  # fmt: skip
    assert ("", "/") == (bars.marker.pattern.shape[0], bars.marker.pattern.shape[-1])
    assert "change in the window (%)" == figure.layout.xaxis.title.text


@pytest.mark.parametrize(("by", "label"), [("price", "102.00"), ("volume", "200")])
def test_bars_may_show_prices_or_volumes(by: str, label: str) -> None:
    """Prices are in USD, volumes are sums of the window."""
    figure: Any = side_by_side_figure(STOCKS[:1], by=by, scheme="light")
    assert (label,) == figure.data[0].text
    assert height(1) == height(4) < height(5)


def test_prices_start_at_a_hundred() -> None:
    """Each stock's first close is 100; the coloured ones are drawn above the grey ones."""
    figure: Any = indexed_figure(STOCKS, apart=["FB"], window=DAY, scheme="light")
    assert {100.0} == {line.y[0] for line in figure.data}
    assert ("FB", 98.0) == (figure.data[-1].name, figure.data[-1].y[-1])


def test_what_moved_the_most_is_set_apart() -> None:
    """Without a choice the two best and the two worst have colours; a choice wins."""
    assert ["DIS", "AAPL", "FB", "KO"] == set_apart(STOCKS, [])
    assert ["GE"] == set_apart(STOCKS, ["GE"])
    assert ["AAPL", "FB"] == set_apart(STOCKS[:2], [])


def test_newest_bars_have_their_averages() -> None:
    """A row has the bar's prices and the averages whose window was full, its time in New York's with UTC at hand."""
    shown = stock("AAPL", [100.0 + number for number in range(6)])
    (row,) = live_rows([shown], ["AAPL"])
    assert (105.0, "6 Jun, 10:05", "2014-06-06 14:05:00 UTC", True) == (
        row["close"], row["at"], row["utc"], row["selected"]
    )  # fmt: skip
    assert (103.0, False) == (row["sma_5"], "sma_20" in row)
    assert ["SMA 5", "SMA 20"] == [column["headerName"] for column in live_columns([5, 20])[-2:]]


def test_highs_of_hours_have_their_time() -> None:
    """The first minute that reached the hour's high counts, and hours are New York's."""
    items = minute_bars("AAPL", OPEN - timedelta(minutes=2), [10.0, 12.0, 11.0, 13.0, 13.0])[:-1]
    first, second = hourly_highs([PricedBar.of(item) for item in items])
    assert ("09:00", 12.1, "13:59") == (f"{first.hour:%H:%M}", first.high, f"{first.at:%H:%M}")
    assert ("10:00", 13.1, "14:01") == (f"{second.hour:%H:%M}", second.high, f"{second.at:%H:%M}")


def test_table_of_highs_has_the_newest_day() -> None:
    """Yesterday's hours are left out, and the highest of a stock's hours says so in words."""
    before = PricedBar.of(minute_bars("AAPL", OPEN - timedelta(days=1), [99.0])[0])
    table: Any = highs_table([Stock("AAPL", "1m", [before, *STOCKS[0].bars])])
    _, head, body = table.children
    assert ["Symbol", "10:00"] == [cell.children for cell in head.children.children]
    strong, time = body.children[0].children[1].children
    assert ("102.10, the highest", "10:01", "2014-06-06 14:01:00 UTC") == (
        getattr(strong, "aria-label"), time.children, time.title
    )  # fmt: skip
    assert None is highs_table([])


def test_nothing_new_is_not_sent_again() -> None:
    """A refresh that finds the same bars sends nothing."""
    page = Prices(full_world().reader())
    *_, version = page.tables(DAY, [], 0, 0, None)
    with pytest.raises(PreventUpdate):
        page.tables(DAY, [], 1, 0, version)
    *_, version = page.figures(DAY, [], "change", "light", 0, 0, None)
    with pytest.raises(PreventUpdate):
        page.figures(DAY, [], "change", "light", 1, 0, version)


def test_a_bar_that_changes_is_shown() -> None:
    """Also one in the middle, which leaves the first and the last as they were."""
    first, middle, last = (known := stock("AAPL", [1.0, 2.0, 3.0])).bars
    changed = replace(known, bars=[first, replace(middle, close=2.5), last])
    assert known.outline != changed.outline


def test_many_who_look_at_the_same_are_shown_what_was_drawn_once() -> None:
    """Another choice is drawn for itself."""
    page = Prices(full_world().reader())
    first, again, other = (page.figures(DAY, [], by, "light", 0, 0, None)[0] for by in ("change", "change", "price"))
    assert first is again
    assert first is not other


def test_no_prices_yet() -> None:
    """Without any bars the figures say where to look, and the table of highs what it needs."""
    page = Prices(World().reader())
    bars, _, _, legend, *_ = page.figures(DAY, [], "change", None, 0, 0, None)
    assert "tickertape status" in bars.layout.annotations[0].text and [] == legend
    _, rows, _, caption, highs, _ = page.tables(DAY, [], 0, 0, None)
    assert ([], "") == (rows, caption) and "Highs of hours need bars of minutes" in str(highs)


def test_where_there_are_only_bars_of_days_no_other_time_is_advised() -> None:
    """Neither the day nor the week would have hours."""
    world = World()
    bar, _ = minute_bars("KO", OPEN, [10.0])
    day = bar | {"symbol_interval": "KO#1d"}
    world.dynamodb.put("prices", [day, {**keys.series_key("KO", "1d"), "last_ts": day["ts"]}])
    *_, highs, _ = Prices(world.reader()).tables("month", [], 0, 0, None)
    assert "there are only bars of days" in str(highs)


def test_state_comes_from_the_address() -> None:
    """An address holds every choice; what makes no sense in it is left out."""
    assert PricesState("week", "volume", ("AAPL", "FB")) == PricesState.from_search("?window=week&by=volume&t=aapl,FB")
    assert PricesState() == PricesState.from_search("?window=1&by=2&t=<b>")
