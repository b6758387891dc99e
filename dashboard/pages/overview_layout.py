"""How the overview is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.grid import HEADER_PX
from dashboard.components.legend import legend, price_entries, sentiment_entries
from dashboard.components.metrics import metric_cards
from dashboard.components.panel import graph, panel, segments
from dashboard.components.pickers import picker_bar
from dashboard.components.ticker_table import ticker_table
from dashboard.figures.look import SIGN, STACK
from dashboard.figures.top_tickers import height
from dashboard.state import DAY, TOP_CHOICES, TWEET_CHOICES, ViewState

# Each view remembers which version of its data the browser shows.
VERSIONS = ("periods", "metrics", "top", "trend", "tweets", "series", "price")
# The controls that hold a choice, in the order of `ViewState`'s fields.
CONTROLS = (
    "level-picker",
    "period-picker",
    "ticker-picker",
    "series-picker",
    "top-size",
    "top-by",
    "tweets-size",
    "price-chart",
    "price-bars",
    "top-sort",
)
_SORTS = {
    "mentions": "By mentions",
    **{str(each): f"By share of {SIGN[each]} {each}" for each in STACK},
}
_TREND_PX, _PRICE_PX = 250, 410


def overview_layout(state: ViewState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in VERSIONS),
            dcc.Store(id="address-defaults", data=asdict(ViewState())),
            picker_bar(state),
            html.Div(id="overview-notice"),
            html.Div(metric_cards(None, None, state.level), id="metrics", className="metrics"),
            html.Div(
                [
                    html.Div([_top(state), _price(state), _trend()], className="column-main"),
                    html.Div(_tweets(state), className="column-side"),
                ],
                className="columns",
            ),
        ]
    )


def _top(state: ViewState) -> Component:
    pixels = height(int(state.top))
    bars = html.Div([legend(sentiment_entries(), "top-legend"), graph("top-figure", pixels)], className="half")
    table = html.Div(
        ticker_table("top-tickers-table"),
        id="top-table-box",
        className="table-box",
        style={"height": f"{pixels + HEADER_PX}px"},
    )
    return panel(
        "Top tickers",
        "top-caption",
        [
            dmc.Select(
                id="top-sort",
                value=state.sort,
                data=[{"value": each, "label": label} for each, label in _SORTS.items()],
                allowDeselect=False,
                size="xs",
                className="top-sort",
                **dashed(aria_label="Sorted by"),
            ),
            segments("top-by", "Length of the bars", state.by, {"count": "Count", "share": "Share"}),
            segments("top-size", "How many tickers", state.top, {size: size for size in TOP_CHOICES}),
        ],
        [html.Div([bars, table], className="halves")],
    )


def _trend() -> Component:
    return panel(
        "Trend",
        "trend-caption",
        [legend(sentiment_entries(), "trend-legend")],
        [graph("trend-figure", _TREND_PX)],
    )


def _price(state: ViewState) -> Component:
    symbol = dmc.Select(
        id="series-picker",
        value=state.series,
        data=[],
        searchable=True,
        allowDeselect=False,
        size="xs",
        placeholder="Symbol",
        nothingFoundMessage="No bars of that symbol",
        className="series-picker",
        **dashed(aria_label="Symbol"),
    )
    return panel(
        "Price",
        "price-caption",
        [
            symbol,
            segments("price-chart", "Kind of chart", state.chart, {"line": "Line", "candles": "Candles"}),
            segments("price-bars", "How many bars", state.bars, {DAY: "Day", "390": "390", "1000": "1,000"}),
        ],
        [
            legend(price_entries((), candles=state.chart == "candles"), "price-legend"),
            graph("price-figure", _PRICE_PX, tools=True),
        ],
    )


def _tweets(state: ViewState) -> Component:
    skeletons = [dmc.Skeleton(height=84, radius="md", className="tweet-skeleton") for _ in range(6)]
    return panel(
        "Recent tweets",
        "tweets-caption",
        [segments("tweets-size", "How many tweets", state.tweets, {size: size for size in TWEET_CHOICES})],
        # A region that scrolls has to be reached by the keyboard.
        [
            html.Div(
                skeletons,
                id="recent-tweets",
                className="tweets",
                tabIndex="0",
                role="region",
                **dashed(aria_label="Recent tweets"),
            )
        ],
    )
