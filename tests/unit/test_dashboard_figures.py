"""The figures, as pure functions of their data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.figures.look import PALETTES, Scheme, message_figure
from dashboard.figures.price import price_figure
from dashboard.figures.price_traces import split_label
from dashboard.figures.top_tickers import height, top_tickers_figure
from dashboard.figures.trend import trend_figure
from dashboard.figures.trend_ticks import MOST_TICKS, ticks
from dashboard.queries.counts import Split
from dashboard.queries.prices import PricedBar
from tests.e2e.dashboard_world import OPEN, minute_bars, ticker_split, total
from tickertape.domain.periods import Level
from tickertape.domain.sentiment import Sentiment

SPLITS = [
    ticker_split(Level.DAILY, "2014-06-06", "AAPL", 10, 20, 10),
    ticker_split(Level.DAILY, "2014-06-06", "FB", 0, 15, 5),
]


def bars(start: datetime, count: int) -> list[PricedBar]:
    items = minute_bars("AAPL", start, [90 + minute / 10 for minute in range(count)])
    return [PricedBar.of(item) for item in items[:-1]]


def test_bars_are_stacked_by_sentiment() -> None:
    """Each ticker is one bar of three parts, with its total at the end."""
    figure = top_tickers_figure(SPLITS, rows=5, by_share=False, selected=None, scheme="light")
    positive, neutral, negative, totals = figure.data
    assert [(10, 0), (20, 15), (10, 5)] == [positive.x, neutral.x, negative.x]
    assert (" 40", " 20") == totals.text
    assert "stack" == figure.layout.barmode


def test_shares_add_up() -> None:
    """By share every bar is 100 % long and says its parts in percent."""
    figure = top_tickers_figure(SPLITS, rows=5, by_share=True, selected=None, scheme="dark")
    assert [100, 100] == [sum(parts) for parts in zip(*(part.x for part in figure.data), strict=True)]
    assert ("25 %", "") == figure.data[0].text
    assert "share of mentions (%)" == figure.layout.xaxis.title.text


def test_the_figure_keeps_its_rows() -> None:
    """With fewer tickers than rows the bars keep their places and the figure its height."""
    few = top_tickers_figure(SPLITS[:1], rows=10, by_share=False, selected=None, scheme="light")
    many = top_tickers_figure(SPLITS, rows=10, by_share=False, selected=None, scheme="light")
    assert few.layout.yaxis.range == many.layout.yaxis.range
    assert height(10) - height(5) == 5 * (height(2) - height(1))


def test_small_counts_have_whole_steps() -> None:
    """An axis of few mentions is not labelled with halves."""
    few = [ticker_split(Level.DAILY, "2014-06-06", "AAPL", 1, 1, 0)]
    by_count = top_tickers_figure(few, rows=5, by_share=False, selected=None, scheme="light")
    in_time = trend_figure(few, level=Level.DAILY, selected=None, noun="mentions", scheme="light")
    assert (1, 1) == (by_count.layout.xaxis.dtick, in_time.layout.yaxis.dtick)


def test_the_chosen_ticker_is_bold() -> None:
    """The chosen ticker stands out, and no name is read as markup."""
    hostile = ticker_split(Level.DAILY, "2014-06-06", "<b>X", 1, 0, 0)
    figure = top_tickers_figure([*SPLITS, hostile], rows=5, by_share=False, selected="FB", scheme="light")
    assert ("AAPL", "<b>FB</b>", "&lt;b&gt;X") == figure.layout.yaxis.ticktext


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sentiments_differ_without_colour(scheme: Scheme) -> None:
    """In black and white the three parts are told apart by lightness or by pattern."""
    figure = top_tickers_figure(SPLITS, rows=5, by_share=False, selected=None, scheme=scheme)
    looks = [(round(_lightness(part.marker.color), 1), part.marker.pattern.shape) for part in figure.data[:3]]
    assert 3 == len(set(looks))


def _lightness(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_periods_without_data_stay_empty() -> None:
    """The trend's bars stand in time, so a gap is a gap."""
    splits = [Split.of_all(total(Level.DAILY, day, 1, 2, 3)) for day in ("2014-06-05", "2014-06-09")]
    figure = trend_figure(splits, level=Level.DAILY, selected=None, noun="tweets", scheme="light")
    assert ("2014-06-05 12:00:00", "2014-06-09 12:00:00") == figure.data[0].x
    assert [(1, 1), (2, 2), (3, 3)] == [part.y for part in figure.data]
    assert ("day (UTC)", "tweets a day") == (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text)


def test_the_chosen_period_is_marked() -> None:
    """The chosen period is framed; one that is not shown is not."""
    splits = [Split.of_all(total(Level.HOURLY, "2014-06-06T14", 1, 2, 3))]
    marked = trend_figure(splits, level=Level.HOURLY, selected="2014-06-06T14", noun="tweets", scheme="light")
    unmarked = trend_figure(splits, level=Level.HOURLY, selected="2014-06-07T14", noun="tweets", scheme="light")
    assert (1, 0) == (len(marked.layout.shapes), len(unmarked.layout.shapes))
    assert "tweets an hour" == marked.layout.yaxis.title.text


def test_clicking_a_bar_names_its_period() -> None:
    """Each bar carries the name of its period, and its hover says New York's time and UTC's."""
    splits = [Split.of_all(total(Level.HOURLY, "2014-06-06T14", 1, 2, 3))]
    figure = trend_figure(splits, level=Level.HOURLY, selected=None, noun="tweets", scheme="light")
    period, title = figure.data[0].customdata[0]
    assert ("2014-06-06T14", "Fri 6 Jun 2014, 10:00 ET<br>(2014-06-06 14:00:00 UTC)") == (period, title)


@pytest.mark.parametrize(
    ("level", "days"),
    [
        (Level.HOURLY, 1),
        (Level.HOURLY, 7),
        (Level.DAILY, 10),
        (Level.DAILY, 92),
        (Level.MONTHLY, 1098),
        (Level.YEARLY, 7300),
    ],
)
def test_ticks_fit(level: Level, days: int) -> None:
    """The axis has a few labels, each at the start of a period."""
    shown = ticks(OPEN - timedelta(days=days), OPEN, level)
    assert 2 <= len(shown) <= MOST_TICKS + 1
    assert all(start.minute == 0 for start, _ in shown)


def test_each_year_is_named_once() -> None:
    """With its first label, so that no day is taken for one of another year."""
    shown = ticks(datetime(2014, 1, 1, tzinfo=UTC), datetime(2016, 4, 1, tzinfo=UTC), Level.WEEKLY)
    years = [text.split("<br>")[1] for _, text in shown if "<br>" in text]
    assert (["2014", "2015", "2016"], 5) == (years, len(shown))


def test_hours_are_labelled_at_new_yorks_midnight() -> None:
    """Over the change to winter time the labels stay at midnight in New York."""
    shown = ticks(datetime(2014, 10, 31, tzinfo=UTC), datetime(2014, 11, 5, tzinfo=UTC), Level.HOURLY)
    assert ["00:00<br>31 Oct", "00:00<br>1 Nov", "00:00<br>2 Nov", "00:00<br>3 Nov", "00:00<br>4 Nov"] == [
        text for _, text in shown
    ]
    assert [4, 4, 4, 5, 5] == [start.hour for start, _ in shown]


def test_the_line_breaks_between_sessions() -> None:
    """Between two days the price has an empty point, and the time between is left out of the axis."""
    shown = [*bars(OPEN - timedelta(days=1), 3), *bars(OPEN, 2)]
    figure = price_figure(shown, partition="AAPL#1m", interval="1m", candles=False, scheme="light")
    assert (90.0, 90.1, 90.2, None, 90.0, 90.1) == figure.data[0].y
    assert ("2014-06-05 10:03:00", "2014-06-06 10:00:00") == figure.layout.xaxis.rangebreaks[0].bounds
    assert 1 == len(figure.layout.xaxis.rangebreaks)


def test_price_is_in_new_york_time_with_utc_at_hand() -> None:
    """A bar stands at New York's time and its hover says UTC's."""
    figure = price_figure(bars(OPEN, 1), partition="AAPL#1m", interval="1m", candles=False, scheme="light")
    assert "2014-06-06 10:00:00" == figure.data[0].x[0]
    assert "2014-06-06 14:00:00 UTC" == figure.data[0].customdata[0]


def test_averages_start_when_their_window_is_full() -> None:
    """An average has no point before its window is full, and no line while none is."""
    figure = price_figure(bars(OPEN, 6), partition="AAPL#1m", interval="1m", candles=False, scheme="light")
    assert ["close", "SMA 5", "volume"] == [trace.name for trace in figure.data]
    assert (None, None, None, None, 90.2, 90.3) == figure.data[1].y


def test_any_windows_are_told_apart() -> None:
    """Averages of other windows than usual have lines of their own, each with another look."""
    shown = [replace(bar, averages=dict.fromkeys((3, 7, 50, 200), 90.0)) for bar in bars(OPEN, 3)]
    figure = price_figure(shown, partition="AAPL#1m", interval="1m", candles=False, scheme="light")
    lines = figure.data[1:5]
    assert ["SMA 3", "SMA 7", "SMA 50", "SMA 200"] == [line.name for line in lines]
    assert 4 == len({(line.line.color, line.line.dash) for line in lines})


def test_a_split_is_marked_and_prices_stay_raw() -> None:
    """A line names the split at its first bar; the prices on both sides are those that were paid."""
    close = datetime(2014, 6, 6, 20, tzinfo=UTC)
    days = [
        PricedBar(close, 645.0, 645.0, 645.0, 645.0, 1, {}),
        PricedBar(close + timedelta(days=3), 92.0, 92.0, 92.0, 92.0, 1, {}, split=7.0),
    ]
    figure = price_figure(days, partition="AAPL#1d", interval="1d", candles=False, scheme="dark")
    assert ["2014-06-09"] == [line.x0 for line in figure.layout.shapes]
    assert ["7:1 split"] == [note.text for note in figure.layout.annotations]
    assert (645.0, 92.0) == figure.data[0].y


@pytest.mark.parametrize(
    ("ratio", "label"),
    [(7.0, "7:1 split"), (1.5, "3:2 split"), (0.1, "1:10 reverse split"), (1 / 15, "1:15 reverse split")],
)
def test_splits_are_named_as_people_do(ratio: float, label: str) -> None:
    """A ratio is worded as new shares to old ones."""
    assert label == split_label(ratio)


def test_candles_carry_all_four_prices() -> None:
    """Candles show open, high, low and close, and the axes name their units."""
    figure = price_figure(bars(OPEN, 2), partition="AAPL#1m", interval="1m", candles=True, scheme="dark")
    candles = figure.data[0]
    assert ((90.0, 90.1), (90.1, 90.2)) == (candles.close, tuple(round(high, 6) for high in candles.high))
    titles = [axis.title.text for axis in (figure.layout.yaxis, figure.layout.yaxis2, figure.layout.xaxis)]
    assert ["price (USD)", "volume (shares)", "New York time"] == titles


def test_days_have_no_times() -> None:
    """Daily bars stand at their dates, weekends left out."""
    close = datetime(2014, 6, 6, 20, tzinfo=UTC)
    shown = [PricedBar(close + timedelta(days=day), 1, 1, 1, 1, 1, {}) for day in (0, 3)]
    figure = price_figure(shown, partition="AAPL#1d", interval="1d", candles=False, scheme="light")
    assert ("2014-06-06", "2014-06-09") == figure.data[0].x
    assert ("sat", "mon") == figure.layout.xaxis.rangebreaks[0].bounds


def test_zoom_outlives_a_refresh() -> None:
    """The same series keeps the viewer's zoom, another one does not."""
    revisions = [
        price_figure(bars(OPEN, count), partition=name, interval="1m", candles=False, scheme="light").layout.uirevision
        for name, count in (("AAPL#1m", 2), ("AAPL#1m", 3), ("FB#1m", 2))
    ]
    assert ["AAPL#1m", "AAPL#1m", "FB#1m"] == revisions


def test_an_empty_figure_says_why() -> None:
    """A figure without data shows a sentence instead of axes."""
    figure = message_figure("light", "No bars of <b>X yet.\nWait.")
    assert "No bars of &lt;b&gt;X yet.<br>Wait." == figure.layout.annotations[0].text
    assert not figure.layout.xaxis.visible


def test_both_schemes_colour_the_same_things() -> None:
    """Light and dark have a colour for each sentiment and each average."""
    light, dark = PALETTES["light"], PALETTES["dark"]
    assert set(Sentiment) == set(light.sentiment) == set(dark.sentiment)
    assert len(light.averages) == len(dark.averages)
