"""All stocks: side by side, from one start, their newest bars with their averages, and the highs of each hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.grid import HEADER_PX
from dashboard.components.legend import series_entries
from dashboard.components.market_tables import ROW_PX, highs_table, live_columns, live_rows
from dashboard.components.panel import notice
from dashboard.components.pickers import Option
from dashboard.figures.look import Scheme, message_figure
from dashboard.figures.market import height, indexed_figure, set_apart, side_by_side_figure
from dashboard.pages.prices_layout import CONTROLS, prices_layout
from dashboard.queries.market import MAX_STOCKS, Market, market
from dashboard.queries.prices import all_series
from dashboard.queries.reader import ServingReader
from dashboard.refresh import FAST, SCHEME, SLOW, keep_in_address, keeps_last, seen_of, version_of, version_unless
from dashboard.state import PricesState, tickers_of
from dashboard.wording import count, new_york

_MOST_ROWS = 12
# So long figures are kept for others who look at the same.
_DRAWN_S = 30.0
_SIZE = {"height": f"{height(12)}px"}
Seen = str | None


class Prices:
    """The page and its views. A view's last argument is the version that the browser shows already."""

    path = "/prices"
    title = "Prices"

    def __init__(self, reader: ServingReader) -> None:
        self._reader = reader

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return prices_layout(PricesState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        window, symbols = Input("market-window", "value"), Input("market-symbols", "value")
        app.callback(
            Output("market-symbols", "data"),
            version_of("market-choices"),
            symbols,
            *SLOW,
            seen_of("market-choices"),
        )(self.choices)
        app.callback(
            Output("market-bars", "figure"),
            Output("market-bars-box", "style"),
            Output("market-indexed", "figure"),
            Output("market-legend", "children"),
            Output("market-caption", "children"),
            Output("market-notice", "children"),
            version_of("market"),
            window,
            symbols,
            Input("market-by", "value"),
            SCHEME,
            *SLOW,
            seen_of("market"),
        )(self.figures)
        app.callback(
            Output("market-table", "columnDefs"),
            Output("market-table", "rowData"),
            Output("market-table-box", "style"),
            Output("market-live-caption", "children"),
            Output("market-highs", "children"),
            version_of("market-tables"),
            window,
            symbols,
            *FAST,
            seen_of("market-tables"),
        )(self.tables)
        for event, symbol_of in (("cellClicked", _clicked), ("eventData", _entered)):
            app.callback(
                Output("address", "pathname", allow_duplicate=True),
                Output("address", "search", allow_duplicate=True),
                Output("market-table", event),
                Input("market-table", event),
                prevent_initial_call=True,
            )(_open_with(symbol_of))
        keep_in_address(app, CONTROLS, "market-defaults")

    @keeps_last
    def choices(self, chosen: Sequence[str] | None, _tick: Any, _click: Any, seen: Seen) -> tuple[list[Option], str]:
        """The symbols that have bars. One Query."""
        known = sorted({series.symbol for series in all_series(self._reader)} | set(tickers_of(chosen)))
        version = version_unless(seen, known)
        return [{"value": symbol, "label": symbol} for symbol in known], version

    @keeps_last
    def figures(
        self,
        window: str,
        chosen: Sequence[str] | None,
        by: str,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, ...]:
        """The stocks side by side and from one start. One Query, and one for each stock with a new bar."""
        found = market(self._reader, window, tickers_of(chosen))
        version = version_unless(seen, window, chosen, by, scheme, found.outline)
        colours: Scheme = scheme or "light"
        if not found.stocks:
            empty = message_figure(colours, "No prices have arrived yet.\nSee tickertape status.")
            return empty, _SIZE, empty, [], "", None, version
        drawn: tuple[Any, ...] = self._reader.kept(
            ("market", version), _DRAWN_S, lambda: self._drawn(found, window, chosen, by, colours)
        )
        return *drawn, version

    def _drawn(
        self, found: Market, window: str, chosen: Sequence[str] | None, by: str, colours: Scheme
    ) -> tuple[Any, ...]:
        apart = set_apart(found.stocks, tickers_of(chosen))
        hint = _hint(found, window)
        return (
            side_by_side_figure(found.stocks, by=by, scheme=colours),
            {"height": f"{height(len(found.stocks))}px"},
            indexed_figure(found.stocks, apart=apart, window=found.window, scheme=colours),
            series_entries(apart),
            f"{count(len(found.stocks))} of {count(len(found.known))} symbols",
            notice(hint) if hint else None,
        )

    @keeps_last
    def tables(self, window: str, chosen: Sequence[str] | None, _tick: Any, _click: Any, seen: Seen) -> tuple[Any, ...]:
        """The newest bars and the highs of each hour. The Queries of `figures`."""
        found = market(self._reader, window, tickers_of(chosen))
        version = version_unless(seen, window, chosen, found.outline)
        rows = live_rows(found.stocks, tickers_of(chosen))
        windows = sorted({window for stock in found.stocks for window in stock.last.averages})
        size = {"height": f"{HEADER_PX + ROW_PX * min(max(len(rows), 2), _MOST_ROWS) + 4}px"}
        newest = max((stock.last.ts for stock in found.stocks), default=None)
        caption = f"up to {new_york(newest)[:-3]} New York · choose one to see what is said about it" if newest else ""
        intraday = [stock for stock in found.stocks if stock.interval in ("1m", "5m")]
        highs = highs_table(intraday)
        why = "there are only bars of days." if found.only_days else "try the day or the week."
        missing = f"Highs of hours need bars of minutes: {why}"
        return live_columns(windows), rows, size, caption, highs or notice(missing), version


def _hint(found: Market, window: str) -> str | None:
    """What the page shows other than asked for."""
    if found.window != window:
        return f"There are only bars of days, so the last {found.window} is shown instead of the last {window}."
    if len(found.known) > MAX_STOCKS:
        return (
            f"{count(len(found.known))} symbols have bars; the first {MAX_STOCKS} are compared. "
            "What you set apart is among them."
        )
    return None


def _clicked(cell: Mapping[str, Any] | None) -> str | None:
    return cell.get("rowId") if cell else None


def _entered(event: Mapping[str, Any] | None) -> str | None:
    return event["data"].get("ticker") if event else None


def _open_with(symbol_of: Callable[[Any], str | None]) -> Callable[[Any], tuple[str, str, None]]:
    def open_ticker(event: Any) -> tuple[str, str, None]:
        symbol = symbol_of(event)
        if not symbol:
            raise PreventUpdate
        return "/ticker", f"?t={symbol}&level=hourly", None

    return open_ticker
