"""The page of tickers: what is asked, talk above price, and the interval that is zoomed into."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from dashboard.components.zoom import Step, stepped
from dashboard.figures.compare import compare_figure, from_axis, on_axis
from dashboard.figures.look import PALETTES, SERIES_DASH, SERIES_SYMBOL
from dashboard.figures.price_traces import indexed, with_breaks
from dashboard.pages.ticker import Ticker
from dashboard.pages.ticker_zoom import clicked, zoomed
from dashboard.queries.compare import Compared, Window, compare, from_first_data, tweets_about, window
from dashboard.queries.prices import PricedBar
from dashboard.state import TickerState
from dashboard.wording import span_label
from tests.e2e.dashboard_world import OPEN, World, full_world, minute_bars, rollup, tweet
from tickertape.domain.periods import Level
from tickertape.serving.keys import price_key, series_key

DAY = datetime(2014, 6, 6, tzinfo=UTC)
YEAR = (("FB", 1, 1, 1), ("AAPL", 10, 10, 10))
WHOLE = (DAY, DAY + timedelta(hours=8))


def compared(world: World, *tickers: str, level: Level = Level.DAILY) -> tuple[Window, list[Compared]]:
    shown = window(world.reader(), level, None)
    assert shown
    return shown, compare(world.reader(), tickers, shown)


def figure(found: list[Compared], shown: Window, **changes: Any) -> Any:
    options: dict[str, Any] = {
        "measure": "mentions", "candles": False, "span": None, "scheme": "light", "touch": False
    } | changes  # fmt: skip
    return compare_figure(found, shown, **options)


def page(world: World) -> Ticker:
    return Ticker(world.reader(), world.redis_client, world.wall)


def draw(world: World, tickers: list[str], seen: str | None = None, **changes: Any) -> tuple[Any, ...]:
    choices = {"level": "DAILY", "until": None, "measure": "mentions", "chart": "line", "span": []} | changes
    return page(world).figure(tickers, **choices, touch=False, scheme="light", _tick=0, _click=0, seen=seen)


def test_a_figure_is_a_few_queries() -> None:
    """One for the time, one for the series, one for the totals, and two for each ticker with prices, one without."""
    world = full_world()
    compared(world, "AAPL", "FB")
    assert 1 + 1 + 1 + 2 + 1 == len(world.dynamodb.queries)


def test_one_ticker_has_sentiment_price_averages_and_volume() -> None:
    """They stand one above the other, and share one axis of time."""
    shown, found = compared(full_world(), "AAPL", level=Level.HOURLY)
    drawn = figure(found, shown)
    names = {trace.name: (trace.yaxis or "y", trace.xaxis or "x") for trace in drawn.data}
    expected = dict.fromkeys(("positive", "neutral", "negative"), ("y", "x"))
    expected |= dict.fromkeys(("close", "SMA 5", "SMA 20", "SMA 60"), ("y2", "x")) | {"volume": ("y3", "x")}
    assert expected == names
    layout = drawn.layout
    assert ("mentions an hour", "price (USD)", "shares") == (
        layout.yaxis.title.text, layout.yaxis2.title.text, layout.yaxis3.title.text
    )  # fmt: skip


def test_a_series_that_ended_hides_no_other() -> None:
    """Hours show the bars of days where those of minutes stopped before, and none where all did."""
    world = full_world()
    world.dynamodb.put("prices", minute_bars("FB", OPEN - timedelta(days=60), [50.0]))
    shown, (before,) = compared(world, "FB", level=Level.HOURLY)
    assert ([], "") == (before.bars, before.interval)
    series = {**series_key("FB", "1d"), "last_ts": "2014-06-06T14:00:00Z"}
    bar = {"open": 49.0, "high": 49.0, "low": 49.0, "close": 49.0, "volume": 5.0}
    world.dynamodb.put("prices", [{**price_key("FB", "1d", OPEN), **bar}, series])
    (found,) = compare(world.reader(), ["FB"], shown)
    assert ("1d", [49.0]) == (found.interval, [each.close for each in found.bars])


def test_candles_are_drawn_for_one_ticker() -> None:
    """A candle has the bar's four prices, on the price's axis."""
    shown, found = compared(full_world(), "AAPL", level=Level.HOURLY)
    candles = next(trace for trace in figure(found, shown, candles=True).data if trace.type == "candlestick")
    assert ("y2", 93.29) == (candles.yaxis, candles.close[-1])


def test_several_tickers_are_told_apart_without_colour() -> None:
    """Each has a line of its own dashes; a period that nobody mentioned it in counts nothing."""
    shown, found = compared(full_world(), "AAPL", "FB", "TSLA")
    talk = [trace for trace in figure(found, shown).data if trace.yaxis is None]
    assert ["AAPL", "FB", "TSLA"] == [trace.name for trace in talk]
    assert 3 == len({trace.line.dash for trace in talk}) == len({trace.marker.symbol for trace in talk})
    assert [(30, 40), (0, 30), (0, 20)] == [trace.y[-2:] for trace in talk]
    for palette in PALETTES.values():
        assert len(SERIES_DASH) == len(SERIES_SYMBOL) == len(palette.series) == len(set(palette.series))


def test_polarity_leaves_out_what_was_not_judged() -> None:
    """The mean polarity has a point for each period with one, between -1 and +1."""
    shown, found = compared(full_world(), "AAPL", "FB")
    talk = figure(found, shown, measure="polarity").data[0]
    assert ((10 / 30, 0.0), ("2014-06-05 12:00:00", "2014-06-06 12:00:00")) == (talk.y, talk.x)


def test_prices_start_at_a_hundred_also_after_a_split() -> None:
    """What a share of the first day is worth: a split does not halve it."""
    items = minute_bars("AAPL", OPEN, [200.0, 210.0, 30.0])[:3]
    items[2]["split_ratio"] = 7.0
    bars = [PricedBar.of(item) for item in items]
    assert [100.0, 105.0, 105.0] == indexed(with_breaks(bars, "1m"))


def test_zoom_fits_the_axis_of_prices() -> None:
    """An interval shows its own prices as high as the figure."""
    shown, found = compared(full_world(), "AAPL", level=Level.HOURLY)
    low, high = figure(found, shown, span=(OPEN - timedelta(minutes=10), OPEN)).layout.yaxis2.range
    assert 93 < low < high < 94


def test_window_starts_with_the_data() -> None:
    """The empty time before the first mention is left out, but ten periods are shown."""
    shown, found = compared(full_world(), "AAPL", level=Level.DAILY)
    assert datetime(2014, 5, 28, tzinfo=UTC) == from_first_data(shown, found).start


def test_the_default_is_the_most_mentioned_ticker() -> None:
    """A page without a choice shows something; who takes the choice away sees what to do."""
    world = full_world()
    world.dynamodb.put("ticker_rollups", [rollup(Level.YEARLY, "2014", ticker, *counts) for ticker, *counts in YEAR])
    _, tickers, first, last, version = page(world).choices(0, 0, [], None)
    assert (["AAPL"], "2014-06-05", "2014-06-06") == (tickers, first, last)
    world.dynamodb.put("ticker_rollups", [rollup(Level.YEARLY, "2014", "KO", 1, 1, 1)])
    _, tickers, *_ = page(world).choices(0, 0, [], version)
    assert no_update is tickers
    figure, *_ = draw(world, [])
    assert "Choose a ticker" in figure.layout.annotations[0].text


def test_nothing_new_is_not_sent_again() -> None:
    """A refresh that finds the same data sends nothing."""
    world = full_world()
    *_, version = draw(world, ["AAPL"])
    with pytest.raises(PreventUpdate):
        draw(world, ["AAPL"], seen=version)


def test_a_ticker_nobody_mentioned() -> None:
    """The figure says so, and what to do."""
    figure, *_ = draw(full_world(), ["NOPE"])
    assert "Nothing about NOPE" in figure.layout.annotations[0].text


def test_caption_says_what_has_no_prices() -> None:
    """The numbers behind the figure are there in words."""
    _, _, caption, _, _ = draw(full_world(), ["AAPL", "FB"])
    assert "AAPL 70 mentions, FB 30 mentions, a day each · no bars of FB" == caption


def test_tweets_of_several_tickers_come_once() -> None:
    """A tweet about both is one tweet; an interval has no others."""
    world = full_world()
    world.dynamodb.put("recent_tweets", tweet("999", OPEN + timedelta(seconds=9), tickers=["AAPL", "FB"]))
    found = tweets_about(world.reader(), OPEN, ["AAPL", "FB"], OPEN, None, 50)
    assert (["999", "100"], 4) == ([each.id for each in found], len(world.dynamodb.queries))


@pytest.mark.parametrize("level", Level)
def test_a_place_on_the_axis_is_a_time(level: Level) -> None:
    """What is drawn at a place is found at that place."""
    assert OPEN == from_axis(on_axis(OPEN, level), level)


def test_dragging_zooms() -> None:
    """A drag gives an interval, a double click all of it, a change of size nothing."""
    change = {"xaxis.range[0]": "2014-06-06 09:30:00.5", "xaxis.range[1]": "2014-06-06 10:00"}
    assert ["2014-06-06T13:30:00Z", "2014-06-06T14:00:00Z"] == zoomed(change, "HOURLY")
    assert [] == zoomed({"xaxis.autorange": True}, "HOURLY")
    with pytest.raises(PreventUpdate):
        zoomed({"autosize": True}, "HOURLY")


def test_clicking_a_bar_zooms_into_its_period() -> None:
    """A second click shows all again; a point of the price is no period."""
    day = ["2014-06-06T00:00:00Z", "2014-06-07T00:00:00Z"]
    click = {"points": [{"customdata": ["2014-06-06", "Fri 6 Jun 2014"]}]}
    assert (day, None) == clicked(click, "DAILY", [])
    assert ([], None) == clicked(click, "DAILY", day)
    for data in ({"customdata": "2014-06-06 14:00:00 UTC"}, {}):
        with pytest.raises(PreventUpdate):
            clicked({"points": [data]}, "DAILY", [])


@pytest.mark.parametrize(
    ("span", "step", "expected"),
    [
        (None, "in", (2, 6)),
        ((2, 6), "out", None),
        ((2, 4), "out", (1, 5)),
        ((2, 4), "earlier", (1, 3)),
        ((0, 2), "earlier", (0, 2)),
        ((6, 8), "later", (6, 8)),
        ((2, 4), "all", None),
    ],
)
def test_buttons_stay_inside(span: Any, step: Step, expected: Any) -> None:
    """Each button moves the interval within the time there is."""
    start, _ = WHOLE
    hours = span and tuple(start + timedelta(hours=each) for each in span)
    chosen = stepped(WHOLE, hours, step)
    assert expected == (chosen and tuple((each - start) / timedelta(hours=1) for each in chosen))


def test_state_comes_from_the_address() -> None:
    """An address holds every choice; what makes no sense in it is left out."""
    given = "?t=aapl,MSFT,AAPL,<b>&level=hourly&until=2014-06-06&measure=polarity&chart=candles"
    span = ("2014-06-06T13:00:00Z", "2014-06-06T14:00:00Z")
    expected = TickerState(("AAPL", "MSFT"), Level.HOURLY, "2014-06-06", "polarity", "candles", span)
    assert expected == TickerState.from_search(f"{given}&span={','.join(span)}")
    assert TickerState() == TickerState.from_search("?t=&level=x&until=soon&measure=1&span=2014-06-06T13:00:00Z,never")


def test_intervals_are_worded() -> None:
    """Hours are New York's, whole days are UTC's as they are counted."""
    assert "Fri 6 Jun 2014, 10:00 to Sat 7 Jun 2014, 10:00 ET" == span_label(OPEN, OPEN + timedelta(days=1))
    assert "Fri 6 Jun 2014" == span_label(DAY, DAY + timedelta(days=1))
    assert "Fri 6 Jun 2014 to Sat 7 Jun 2014" == span_label(DAY, DAY + timedelta(days=2))
