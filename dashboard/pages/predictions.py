"""What the models say of the next hour or session, and how that fared: by ticker, with what came."""

from __future__ import annotations

from typing import Any

import redis
from dash import Dash, Input, Output
from dash.development.base_component import Component

from dashboard.components.panel import notice
from dashboard.components.prediction_tables import list_table, now_table, record_table
from dashboard.figures.look import Scheme, message_figure
from dashboard.figures.predictions import chance_figure
from dashboard.pages.predictions_layout import CONTROLS, INTERVALS, LEARNERS, predictions_layout
from dashboard.queries.predictions import PredictedSeries, newest_predictions, predicted_tickers, why_silent
from dashboard.queries.reader import ServingReader
from dashboard.refresh import SCHEME, SLOW, keep_in_address, keeps_last, seen_of, version_of, version_unless
from dashboard.state import PredictionsState
from dashboard.wording import count

Seen = str | None
_SESSION = "1d"
_ONLY_SESSIONS = "Nothing is said of the next hour, which takes bars of minutes: the next session is shown instead."
_AWAY = "Redis does not answer, see `tickertape status`."


class Predictions:
    """The page and its views. A view's last argument is the version that the browser shows already."""

    path = "/predictions"
    title = "Predictions"

    def __init__(self, reader: ServingReader, redis_client: redis.Redis) -> None:
        self._reader = reader
        self._redis = redis_client

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return predictions_layout(PredictionsState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        interval, ticker = Input("predictions-interval", "value"), Input("predictions-ticker", "value")
        app.callback(
            Output("predictions-ticker", "data"),
            Output("predictions-now", "children"),
            Output("predictions-record", "children"),
            Output("predictions-caption", "children"),
            Output("predictions-notice", "children"),
            version_of("predictions"),
            interval,
            *SLOW,
            seen_of("predictions"),
        )(self.tables)
        app.callback(
            Output("predictions-chances", "figure"),
            Output("predictions-list", "children"),
            Output("predictions-ticker-caption", "children"),
            version_of("predictions-ticker"),
            interval,
            ticker,
            Input("predictions-by", "value"),
            SCHEME,
            *SLOW,
            seen_of("predictions-ticker"),
        )(self.one_ticker)
        keep_in_address(app, CONTROLS, "predictions-defaults")

    @keeps_last
    def tables(self, interval: str, _tick: Any, _click: Any, seen: Seen) -> tuple[Any, ...]:
        """What is said of every ticker, and how each model fared. One Query, two where there are only sessions."""
        shown, series = self._said(interval)
        silent = None if series else self._why_silent(interval)
        version = version_unless(seen, interval, series, silent)
        if not series:
            return [], [], [], "", notice(silent or _AWAY), version
        said = f"does the next {INTERVALS[shown].lower()} close higher? · {count(len(series))} tickers"
        names = [each.ticker for each in series]
        hint = None if shown == interval else notice(_ONLY_SESSIONS)
        return names, now_table(series, LEARNERS), record_table(series, LEARNERS), said, hint, version

    @keeps_last
    def one_ticker(
        self, interval: str, ticker: str | None, by: str, scheme: Scheme | None, _tick: Any, _click: Any, seen: Seen
    ) -> tuple[Any, ...]:
        """One ticker's predictions and what came. Two Queries, three where there are only sessions."""
        colours: Scheme = scheme or "light"
        interval, series = self._said(interval)
        known = [each.ticker for each in series]
        shown = ticker or (known[0] if known else None)
        found = newest_predictions(self._reader, shown, interval) if shown else []
        told = [each for each in found if each.learner == by]
        version = version_unless(seen, interval, shown, by, scheme, told)
        if not told:
            return message_figure(colours, f"Nothing was said of {shown or 'any ticker'} yet."), [], "", version
        marks = "\N{BLACK CIRCLE} right \N{MULTIPLICATION SIGN} wrong \N{WHITE CIRCLE} not known, or did not move"
        return chance_figure(told, scheme=colours), list_table(told), f"{shown} · {marks}", version

    def _said(self, interval: str) -> tuple[str, list[PredictedSeries]]:
        """What was said over candles of that length, or of sessions where there are no hours; and over which."""
        series = predicted_tickers(self._reader, interval)
        if series or interval == _SESSION:
            return interval, series
        sessions = predicted_tickers(self._reader, _SESSION)
        return (_SESSION, sessions) if sessions else (interval, series)

    def _why_silent(self, interval: str) -> str:
        try:
            return why_silent(self._redis, interval)
        except redis.RedisError:
            return _AWAY
