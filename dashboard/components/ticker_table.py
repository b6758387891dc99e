"""The top tickers as a table: the same numbers as the bars, and some more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

from dashboard.components.grid import grid, number_column
from dashboard.figures.top_tickers import ROW_PX
from dashboard.queries.counts import Split


def ticker_table(table_id: str) -> Component:
    """The empty table; `table_rows` fills it. Its header is as high as the legend above the figure beside it."""
    return grid(table_id, _columns(), ROW_PX)


def _columns() -> list[dict[str, Any]]:
    return [
        {"field": "ticker", "headerName": "Ticker", "cellClass": "cell-ticker", "minWidth": 84},
        number_column("mentions", "Mentions", ",", 86),
        # The legend beside the table has the words, for which there is no room where the fonts are wide.
        number_column("positive", "▲", ",", 44, "Positive mentions"),
        number_column("neutral", "●", ",", 44, "Neutral mentions"),
        number_column("negative", "▼", ",", 44, "Negative mentions"),
        number_column("polarity", "Polarity", "+.2f", 76, "Mean polarity of the mentions, from -1 (bad) to +1 (good)"),
        number_column("authors", "Authors", ",", 76),
    ]


def table_rows(splits: Sequence[Split], selected: str | None) -> list[dict[str, Any]]:
    """The rows of the table, the most mentioned ticker first."""
    return [
        {
            "ticker": split.ticker,
            "mentions": split.mentions,
            "positive": split.positive,
            "neutral": split.neutral,
            "negative": split.negative,
            "polarity": split.polarity,
            "authors": split.authors,
            "selected": split.ticker == selected,
        }
        for split in splits
    ]
