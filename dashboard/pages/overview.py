"""The overview: how much is said about which tickers, in what mood, and what their prices do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis
from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.grid import HEADER_PX
from dashboard.components.metrics import metric_cards
from dashboard.components.panel import notice
from dashboard.components.pickers import Option, period_options, ticker_options
from dashboard.components.ticker_table import table_rows
from dashboard.events import point_value
from dashboard.figures.look import Scheme, message_figure
from dashboard.figures.top_tickers import height, top_tickers_figure
from dashboard.figures.trend import trend_figure
from dashboard.pages.overview_layout import CONTROLS, overview_layout
from dashboard.pages.overview_live import LiveViews
from dashboard.queries import counts
from dashboard.queries.reader import ServingReader
from dashboard.queries.status import read_status
from dashboard.refresh import SCHEME, SLOW, keep_in_address, keeps_last, seen_of, version_of, version_unless
from dashboard.state import LATEST, ViewState
from dashboard.wording import UNIT, count, period_label
from tickertape.domain.periods import Level, is_period

Seen = str | None
_LEVEL = Input("level-picker", "value")
_PERIOD = Input("period-picker", "value")
_TICKER = Input("ticker-picker", "value")


class Overview:
    """The page, and its views of what was counted. A view's last argument is the version that is shown already."""

    path = "/"
    title = "Overview"

    def __init__(self, reader: ServingReader, redis_client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._reader = reader
        self._redis = redis_client
        self._wall = wall
        self.live = LiveViews(reader, redis_client, wall)

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return overview_layout(ViewState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        self._register_counts(app)
        self.live.register(app)
        self._register_choices(app)

    def _register_counts(self, app: Dash) -> None:
        app.callback(
            Output("period-picker", "data"), version_of("periods"), _LEVEL, _PERIOD, *SLOW, seen_of("periods")
        )(self.periods)
        app.callback(
            Output("metrics", "children"),
            Output("overview-notice", "children"),
            version_of("metrics"),
            _LEVEL,
            _PERIOD,
            *SLOW,
            seen_of("metrics"),
        )(self.metrics)
        app.callback(
            Output("top-figure", "figure"),
            Output("top-figure-box", "style"),
            Output("top-tickers-table", "rowData"),
            Output("top-table-box", "style"),
            Output("ticker-picker", "data"),
            Output("top-caption", "children"),
            version_of("top"),
            _LEVEL,
            _PERIOD,
            _TICKER,
            Input("top-size", "value"),
            Input("top-by", "value"),
            Input("top-sort", "value"),
            SCHEME,
            *SLOW,
            seen_of("top"),
        )(self.top)
        app.callback(
            Output("trend-figure", "figure"),
            Output("trend-caption", "children"),
            version_of("trend"),
            _LEVEL,
            _PERIOD,
            _TICKER,
            SCHEME,
            *SLOW,
            seen_of("trend"),
        )(self.trend)

    def _register_choices(self, app: Dash) -> None:
        app.callback(
            Output("period-picker", "value", allow_duplicate=True),
            _LEVEL,
            State("period-picker", "value"),
            prevent_initial_call=True,
        )(self.move_period)
        clicks = (
            ("top-figure", "clickData", point_value),
            ("top-tickers-table", "cellClicked", lambda cell: cell and cell.get("rowId")),
            ("top-tickers-table", "eventData", lambda event: event and event["data"].get("ticker")),
        )
        for component, event, ticker_of in clicks:
            app.callback(
                Output("ticker-picker", "value", allow_duplicate=True),
                # Emptied, so that a second click on the same place is an event again.
                Output(component, event),
                Input(component, event),
                State("ticker-picker", "value"),
                prevent_initial_call=True,
            )(_choose_with(ticker_of))
        app.callback(
            Output("period-picker", "value", allow_duplicate=True),
            Output("trend-figure", "clickData"),
            Input("trend-figure", "clickData"),
            State("period-picker", "value"),
            prevent_initial_call=True,
        )(_choose_with(point_value, otherwise=LATEST))
        keep_in_address(app, CONTROLS, "address-defaults")

    @keeps_last
    def periods(self, level: str, period: str, _tick: Any, _click: Any, seen: Seen) -> tuple[list[Option], str]:
        """What the period picker offers. One Query."""
        names = counts.periods(self._reader, Level(level))
        version = version_unless(seen, level, period, names)
        return period_options(Level(level), names, _fitting(level, period)), version

    @keeps_last
    def metrics(
        self, level: str, period: str, _tick: Any, _click: Any, seen: Seen
    ) -> tuple[list[Component], Component | None, str]:
        """The four numbers, and why there are none. One Query."""
        current, previous = counts.period_and_previous(self._reader, Level(level), _fitting(level, period))
        hint = None if current else self._why_empty(Level(level), period, any_counts=previous is not None)
        version = version_unless(seen, level, current, previous, hint)
        return metric_cards(current, previous, Level(level)), notice(hint) if hint else None, version

    def _why_empty(self, level: Level, period: str, *, any_counts: bool) -> str:
        if any_counts:
            return f"No tweets were counted in {period_label(level, period)}. Choose another period."
        if is_period(level, period):
            # Older than anything, or nothing at all: the newest period tells which.
            newest, _ = counts.period_and_previous(self._reader, level, LATEST)
            if newest:
                return f"{period_label(level, period)} is before the first tweet. Choose another period."
        if read_status(self._redis, self._wall()).batch_at:
            return "The last batch found no tweets in the lake. Start a tape with `make up`."
        return "The first batch has not run: `tickertape batch run`"

    @keeps_last
    def top(
        self,
        level: str,
        period: str,
        ticker: str | None,
        size: str,
        by: str,
        sort: str,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, ...]:
        """The top tickers as bars and as a table, and what the ticker picker offers. Two Queries and two gets."""
        name = self._resolved(Level(level), period)
        ranked = counts.ranked_tickers(self._reader, Level(level), name) if name else []
        version = version_unless(seen, level, period, ticker, size, by, sort, scheme, ranked)
        shown = counts.sorted_by(ranked, sort)[: int(size)]
        if shown:
            figure = top_tickers_figure(
                shown, rows=int(size), by_share=by == "share", selected=ticker, scheme=scheme or "light"
            )
        else:
            figure = message_figure(scheme or "light", "No ticker was mentioned." if name else "No counts yet.")
        box, table_box = ({"height": f"{height(int(size)) + extra}px"} for extra in (0, HEADER_PX))
        least = f" · of {counts.LEAST_MENTIONS} mentions or more" if sort != "mentions" else ""
        caption = f"{period_label(Level(level), name)} · {len(shown)} of {count(len(ranked))}{least}" if name else ""
        return (
            figure,
            box,
            table_rows(shown, ticker),
            table_box,
            ticker_options(ranked, ticker),
            caption,
            version,
        )

    @keeps_last
    def trend(
        self,
        level: str,
        period: str,
        ticker: str | None,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, str, str]:
        """The counts over time. Two Queries, three for a ticker."""
        each = Level(level)
        newest = self._resolved(each, LATEST)
        splits = counts.trend(self._reader, each, ticker, newest, _fitting(level, period)) if newest else []
        version = version_unless(seen, level, period, ticker, scheme, splits)
        noun = "mentions" if ticker else "tweets"
        caption = f"{noun} of {ticker} a {UNIT[each]}" if ticker else f"tweets a {UNIT[each]}"
        caption = caption.replace(" a hour", " an hour")
        if not splits:
            text = f"Nobody mentioned {ticker} in this time." if ticker and newest else "No counts yet."
            return message_figure(scheme or "light", text), caption, version
        selected = newest if period == LATEST else period
        figure = trend_figure(splits, level=each, selected=selected, noun=noun, scheme=scheme or "light")
        return figure, caption, version

    @keeps_last
    def move_period(self, level: str, period: str) -> str:
        """The period to show when the level changes. At most one Query."""
        return counts.newest_within(self._reader, Level(level), period or LATEST)

    def _resolved(self, level: Level, period: str) -> str | None:
        """The period's own name; for the latest one the newest with data. At most one Query."""
        if is_period(level, period or ""):
            return period
        newest, _ = counts.period_and_previous(self._reader, level, LATEST)
        return newest.period if newest else None


def _fitting(level: str, period: str | None) -> str:
    """The period, or the latest while the two pickers do not agree."""
    return period if period and is_period(Level(level), period) else LATEST


def _choose_with(
    value_of: Callable[[Any], str | None], otherwise: str | None = None
) -> Callable[[Any, str | None], tuple[str | None, None]]:
    def choose(event: Any, chosen: str | None) -> tuple[str | None, None]:
        value = value_of(event)
        if value is None:
            raise PreventUpdate
        # A second click takes the choice back.
        return (otherwise if value == chosen else value), None

    return choose
