"""The overview's views of what arrives now: the newest tweets, and a series of bars with its averages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis
from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.legend import price_entries
from dashboard.components.panel import notice
from dashboard.components.pickers import Option
from dashboard.components.tweets import tweet_list
from dashboard.figures.look import Scheme, message_figure
from dashboard.figures.price import price_figure
from dashboard.queries import prices
from dashboard.queries.reader import ServingReader
from dashboard.queries.status import read_status
from dashboard.queries.tweets import recent_tweets
from dashboard.refresh import FAST, SCHEME, keeps_last, seen_of, version_of, version_unless
from dashboard.wording import new_york

Seen = str | None
_TICKER = Input("ticker-picker", "value")


class LiveViews:
    """Views; the last argument of each is the version that the browser shows already."""

    def __init__(self, reader: ServingReader, redis_client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._reader = reader
        self._redis = redis_client
        self._wall = wall

    def register(self, app: Dash) -> None:
        """Attach the views, and the choice of a series."""
        app.callback(
            Output("recent-tweets", "children"),
            Output("tweets-caption", "children"),
            version_of("tweets"),
            _TICKER,
            Input("tweets-size", "value"),
            *FAST,
            seen_of("tweets"),
        )(self.tweets)
        app.callback(
            Output("series-picker", "data"),
            Output("series-picker", "value", allow_duplicate=True),
            version_of("series"),
            *FAST,
            State("series-picker", "value"),
            State("ticker-picker", "value"),
            seen_of("series"),
            prevent_initial_call="initial_duplicate",
        )(self.series)
        app.callback(
            Output("price-figure", "figure"),
            Output("price-caption", "children"),
            Output("price-legend", "children"),
            version_of("price"),
            Input("series-picker", "value"),
            _TICKER,
            Input("price-chart", "value"),
            Input("price-bars", "value"),
            SCHEME,
            *FAST,
            seen_of("price"),
        )(self.price)
        app.callback(
            Output("series-picker", "value", allow_duplicate=True),
            _TICKER,
            State("series-picker", "value"),
            prevent_initial_call=True,
        )(self.follow_ticker)

    @keeps_last
    def tweets(
        self, ticker: str | None, size: str, _tick: Any, _click: Any, seen: Seen
    ) -> tuple[list[Component], str, str]:
        """The newest tweets. Up to 25 Queries, for a ticker usually two, else 9."""
        now = read_status(self._redis, self._wall()).now
        found = recent_tweets(self._reader, now, ticker, int(size))
        version = version_unless(seen, ticker, found)
        about = f"about {ticker}" if ticker else "all tickers"
        if found:
            return tweet_list(found), about, version
        text = f"No tweet about {ticker} yet." if ticker else "No tweet has arrived yet. See `tickertape status`."
        return [notice(text)], about, version

    @keeps_last
    def series(
        self, _tick: Any, _click: Any, chosen: str | None, ticker: str | None, seen: Seen
    ) -> tuple[list[Option], str | None, str]:
        """What the symbol picker offers, and the first choice. One Query."""
        known = prices.all_series(self._reader)
        names = [(series.partition, series.label) for series in known]
        # The bars go on, the list stays: only a new series is a change.
        version = version_unless(seen, names, chosen is None)
        options = [{"value": partition, "label": label} for partition, label in names]
        return options, chosen or prices.default_series(known, ticker), version

    @keeps_last
    def price(
        self,
        partition: str | None,
        ticker: str | None,
        chart: str,
        window: str,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, str, list[Component], str]:
        """A series' bars with their averages. One Query, two for a day."""
        if not partition and prices.all_series(self._reader):
            # The series is being chosen.
            raise PreventUpdate
        bars = prices.bars(self._reader, partition, window) if partition else []
        version = version_unless(seen, partition, ticker, chart, window, scheme, bars)
        symbol, _, interval = (partition or "").rpartition("#")
        if not bars:
            text = f"No bars of {symbol} yet." if symbol else "No prices have arrived yet.\nSee tickertape status."
            return message_figure(scheme or "light", text), "", [], version
        candles = chart == "candles"
        figure = price_figure(
            bars, partition=str(partition), interval=interval, candles=candles, scheme=scheme or "light"
        )
        missing = f"no bars of {ticker} · " if ticker and ticker != symbol else ""
        caption = f"{missing}{symbol} {bars[-1].close:,.2f} USD at {new_york(bars[-1].ts)[:-3]}"
        return figure, caption, price_entries(prices.windows_of(bars), candles=candles), version

    @keeps_last
    def follow_ticker(self, ticker: str | None, chosen: str | None) -> str | None:
        """The series of a newly chosen ticker; the one shown stays when there is none. At most one Query."""
        known = prices.all_series(self._reader)
        if ticker and any(series.symbol == ticker for series in known):
            same = chosen and chosen.rpartition("#")[0] == ticker
            return chosen if same else prices.default_series(known, ticker)
        return chosen
