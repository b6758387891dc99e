"""One ticker, or several compared: talk and price over time, and the tweets of the interval that is zoomed into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import redis
from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from dashboard.components.legend import price_entries, sentiment_entries, series_entries
from dashboard.components.panel import notice
from dashboard.components.pickers import Option, ticker_options
from dashboard.components.tweets import tweet_list
from dashboard.figures.compare import compare_figure
from dashboard.figures.look import Scheme, message_figure
from dashboard.pages.ticker_layout import CONTROLS, ticker_layout
from dashboard.pages.ticker_zoom import interval_of, register_zoom
from dashboard.queries import counts
from dashboard.queries.compare import Compared, compare, from_first_data, tweets_about, window
from dashboard.queries.prices import windows_of
from dashboard.queries.reader import ServingReader
from dashboard.queries.status import read_status
from dashboard.refresh import SCHEME, SLOW, keep_in_address, keeps_last, seen_of, version_of, version_unless
from dashboard.state import TickerState, days_of, tickers_of
from dashboard.wording import UNIT, count, span_label
from tickertape.domain.periods import Level
from tickertape.domain.times import format_utc

MAX_TWEETS = 100
# So long a figure is kept for others who look at the same.
_DRAWN_S = 30.0
_CHOOSE = "Choose a ticker above, or several to compare them."
Seen = str | None


class Ticker:
    """The page and its views. A view's last argument is the version that the browser shows already."""

    path = "/ticker"
    title = "Ticker"

    def __init__(self, reader: ServingReader, redis_client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._reader = reader
        self._redis = redis_client
        self._wall = wall

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return ticker_layout(TickerState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        tickers, level = Input("compare-tickers", "value"), Input("compare-level", "value")
        until, span = Input("compare-until", "value"), Input("compare-span", "data")
        app.callback(
            Output("compare-tickers", "data"),
            Output("compare-tickers", "value"),
            Output("compare-until", "minDate"),
            Output("compare-until", "maxDate"),
            version_of("compare-choices"),
            *SLOW,
            State("compare-tickers", "value"),
            seen_of("compare-choices"),
        )(self.choices)
        app.callback(
            Output("compare-figure", "figure"),
            Output("compare-legend", "children"),
            Output("compare-caption", "children"),
            Output("compare-window", "data"),
            version_of("compare"),
            tickers,
            level,
            until,
            Input("compare-measure", "value"),
            Input("compare-chart", "value"),
            span,
            Input("compare-touch", "data"),
            SCHEME,
            *SLOW,
            seen_of("compare"),
        )(self.figure)
        app.callback(
            Output("compare-tweets", "children"),
            Output("compare-tweets-caption", "children"),
            version_of("compare-tweets"),
            tickers,
            level,
            until,
            span,
            *SLOW,
            seen_of("compare-tweets"),
        )(self.tweets)
        register_zoom(app)
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "touch"),
            Output("compare-touch", "data"),
            Input("compare-touch", "id"),
        )
        keep_in_address(app, CONTROLS, "compare-defaults")

    @keeps_last
    def choices(
        self, _tick: Any, _click: Any, chosen: Sequence[str] | None, seen: Seen
    ) -> tuple[list[Option], Any, Any, Any, str]:
        """The tickers of the newest year with data, the most mentioned at first, and the days there are. 3 Queries."""
        ranked = counts.tickers_of_newest_year(self._reader)
        days = counts.periods(self._reader, Level.DAILY)
        tickers = list(tickers_of(chosen))
        # Only at first: who takes every ticker away wants none.
        default = [str(ranked[0].ticker)] if not tickers and not seen and ranked else None
        version = version_unless(seen, tickers, ranked, days)
        options = ticker_options(ranked, None)
        known = {option["value"] for option in options}
        options = [{"value": each, "label": each} for each in tickers if each not in known] + options
        # What was chosen while this was under way must not be taken back.
        value = default or no_update
        return options, value, days[-1] if days else None, days[0] if days else None, version

    @keeps_last
    def figure(
        self,
        chosen: Sequence[str] | None,
        level: str,
        until: str | None,
        measure: str,
        chart: str,
        span: Sequence[str] | None,
        touch: bool | None,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, list[Component], str, list[str] | None, str]:
        """Talk and price. One Query for the time, one for the series, two for each ticker."""
        tickers = tickers_of(chosen)
        shown = window(self._reader, Level(level), _day(until)) if tickers else None
        found = compare(self._reader, tickers, shown) if shown else []
        outlines = [each.outline for each in found]
        version = version_unless(seen, tickers, level, until, measure, chart, span, touch, scheme, shown, outlines)
        if shown is None:
            text = "No counts yet. See tickertape status." if tickers else _CHOOSE
            return message_figure(scheme or "light", text), [], "", None, version
        shown = from_first_data(shown, found)
        whole = [format_utc(shown.start), format_utc(shown.end)]
        if not any(each.splits or each.bars for each in found):
            text = f"Nothing about {', '.join(tickers)} in this time.\nChoose another day, level or ticker."
            return message_figure(scheme or "light", text), [], "", whole, version
        candles = chart == "candles" and len(found) == 1
        figure = self._reader.kept(
            ("compare", version),
            _DRAWN_S,
            lambda: compare_figure(
                found,
                shown,
                measure=measure,
                candles=candles,
                span=interval_of(span),
                scheme=scheme or "light",
                touch=bool(touch),
            ),
        )
        return figure, _legend(found, measure, candles=candles), _caption(found, Level(level)), whole, version

    @keeps_last
    def tweets(
        self,
        chosen: Sequence[str] | None,
        level: str,
        until: str | None,
        span: Sequence[str] | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[list[Component], str, str]:
        """The newest tweets of the interval, or of all the time shown. One Query for the time, one for each ticker."""
        tickers = tickers_of(chosen)
        shown = window(self._reader, Level(level), _day(until)) if tickers else None
        interval = interval_of(span) or ((shown.start, shown.end) if shown else None)
        if interval is None:
            version = version_unless(seen, tickers, None)
            return [notice("No counts yet. See `tickertape status`." if tickers else _CHOOSE)], "", version
        # The live layer is ahead of the counts: without a zoom or a day the newest tweet of all is shown.
        end = None if not span and not until else interval[1]
        now = read_status(self._redis, self._wall()).now
        found = tweets_about(self._reader, now, tickers, interval[0], end, MAX_TWEETS)
        version = version_unless(seen, tickers, interval, found)
        caption = span_label(*interval) if interval_of(span) else "of all the time shown; zoom in to choose an interval"
        if not found:
            return [notice("No tweet about it in this interval. Zoom out, or choose another.")], caption, version
        more = f"the newest {MAX_TWEETS} · " if len(found) == MAX_TWEETS else f"{count(len(found))} · "
        return tweet_list(found), more + caption, version


def _day(until: str | None) -> str | None:
    days = days_of([until])
    return days[0] if days else None


def _legend(found: Sequence[Compared], measure: str, *, candles: bool) -> list[Component]:
    if len(found) > 1:
        return series_entries([each.ticker for each in found])
    (one,) = found
    talk = sentiment_entries() if measure == "mentions" else series_entries(["mean polarity"])
    return [*talk, *(price_entries(windows_of(one.bars), candles=candles) if one.bars else [])]


def _caption(found: Sequence[Compared], level: Level) -> str:
    """How often each was mentioned in all, and for which there are no prices."""
    parts = [f"{each.ticker} {count(sum(split.mentions for split in each.splits))} mentions" for each in found]
    without = [each.ticker for each in found if not each.bars]
    missing = f" · no bars of {', '.join(without)}" if without else ""
    return f"{', '.join(parts)}, a {UNIT[level]} each{missing}".replace(" a hour", " an hour")
