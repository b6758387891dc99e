"""Prices as tables: each stock's newest bar with its averages, and the highs of each hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.grid import grid, number_column
from dashboard.queries.market import HourlyHigh, Stock, hourly_highs
from dashboard.wording import NEW_YORK, NOTHING, utc
from tickertape.domain.times import format_utc

ROW_PX = 32


def live_table(table_id: str) -> Component:
    """The empty table of newest bars; `live_rows` and `live_columns` fill it."""
    return grid(table_id, live_columns(()), ROW_PX, tooltipShowDelay=300)


def live_columns(windows: Sequence[int]) -> list[dict[str, Any]]:
    """Symbol, time and prices, and a column for each window that any of the stocks has an average of."""
    averages = [
        number_column(f"sma_{window}", f"SMA {window}", ",.2f", 84, f"Mean of the last {window} closing prices (USD)")
        for window in windows
    ]
    return [
        {"field": "ticker", "headerName": "Symbol", "cellClass": "cell-ticker", "minWidth": 76, "pinned": "left"},
        {
            "field": "at",
            "headerName": "Bar of",
            "type": "rightAligned",
            "minWidth": 112,
            "tooltipField": "utc",
            "headerTooltip": "Start of the newest bar, New York time",
            "cellClass": "cell-number",
        },
        number_column("close", "Close", ",.2f", 84, "Last price (USD)"),
        number_column("change", "Change %", "+.2f", 92, "From the first close of the window"),
        number_column("open", "Open", ",.2f", 80, "Of the newest bar (USD)"),
        number_column("high", "High", ",.2f", 80, "Of the newest bar (USD)"),
        number_column("low", "Low", ",.2f", 80, "Of the newest bar (USD)"),
        number_column("volume", "Shares", ",", 92, "Volume of the newest bar"),
        *averages,
    ]


def live_rows(stocks: Sequence[Stock], apart: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each stock."""
    return [
        {
            "ticker": stock.symbol,
            "at": f"{_local(stock):%-d %b, %H:%M}" if stock.interval != "1d" else f"{_local(stock):%-d %b %Y}",
            "utc": utc(stock.last.ts),
            "close": stock.last.close,
            "change": round(stock.change * 100, 4),
            "open": stock.last.open,
            "high": stock.last.high,
            "low": stock.last.low,
            "volume": stock.last.volume,
            "selected": stock.symbol in apart,
            **{f"sma_{window}": value for window, value in stock.last.averages.items()},
        }
        for stock in stocks
    ]


def _local(stock: Stock) -> Any:
    return stock.last.ts.astimezone(NEW_YORK)


def highs_table(stocks: Sequence[Stock]) -> Component | None:
    """The high of each hour of the newest day and when it was reached; the highest of all of a stock's in bold."""
    highs = {stock.symbol: hourly_highs(stock.bars) for stock in stocks}
    day = max((each.hour.date() for found in highs.values() for each in found), default=None)
    if day is None:
        return None
    by_symbol = {
        symbol: {each.hour: each for each in found if each.hour.date() == day} for symbol, found in highs.items()
    }
    hours = sorted({hour for found in by_symbol.values() for hour in found})
    head = html.Tr([html.Th("Symbol", scope="col"), *(html.Th(f"{hour:%H:%M}", scope="col") for hour in hours)])
    rows = [
        html.Tr(
            [
                html.Th(symbol, scope="row"),
                *(_high(found.get(hour), max(each.high for each in found.values())) for hour in hours),
            ]
        )
        for symbol, found in by_symbol.items()
        if found
    ]
    caption = html.Caption(f"USD, hours of {hours[-1]:%a %-d %b %Y}, New York time", className="faint")
    return html.Table([caption, html.Thead(head), html.Tbody(rows)], className="highs")


def _high(high: HourlyHigh | None, highest: float) -> Component:
    if high is None:
        return html.Td(NOTHING)
    price, at = f"{high.high:,.2f}", f"{high.at.astimezone(NEW_YORK):%H:%M}"
    return html.Td(
        [
            html.Strong(price, **dashed(aria_label=f"{price}, the highest")) if high.high == highest else price,
            html.Time(at, dateTime=format_utc(high.at), title=utc(high.at), className="faint"),
        ]
    )
