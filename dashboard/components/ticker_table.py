"""The top tickers as a table: the same numbers as the bars, and some more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.figures.top_tickers import ROW_PX
from dashboard.queries.counts import Split
from dashboard.wording import NOTHING

# As high as the legend above the figure beside it.
HEADER_PX = 40
# The page's own colours and fonts: AG Grid's would be fetched from elsewhere and would not follow light and dark.
_THEME = """themeQuartz.withParams({
    fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, headerFontWeight: 600,
    backgroundColor: 'transparent', foregroundColor: 'var(--mantine-color-text)',
    headerBackgroundColor: 'transparent', headerTextColor: 'var(--faint)',
    borderColor: 'var(--line)',
    rowBorder: {style: 'solid', width: 1, color: 'var(--hover)'},
    wrapperBorder: false, wrapperBorderRadius: 0, columnBorder: false,
    rowHoverColor: 'var(--hover)', accentColor: 'var(--positive)', spacing: 6, cellHorizontalPadding: 8
})"""
# Enter on a focused row does what a click does.
_ON_KEY = (
    "params.event.key === 'Enter' && params.data && "
    "setEventData({ticker: params.data.ticker, at: params.event.timeStamp})"
)


def ticker_table(table_id: str) -> Component:
    """The empty table; `table_rows` fills it."""
    table: Component = dag.AgGrid(
        id=table_id,
        columnDefs=_columns(),
        rowData=None,
        # Rows keep their place in the page when only their numbers change.
        getRowId="params.data.ticker",
        columnSize="responsiveSizeToFit",
        defaultColDef={"resizable": False, "suppressMovable": True, "suppressHeaderMenuButton": True},
        rowClassRules={"row-selected": "params.data.selected"},
        eventListeners={"cellKeyDown": [_ON_KEY]},
        dashGridOptions={
            "theme": {"function": _THEME},
            "headerHeight": HEADER_PX,
            "rowHeight": ROW_PX,
            "suppressScrollOnNewData": True,
            "animateRows": False,
            "suppressNoRowsOverlay": True,
        },
        style={"height": "100%", "width": "100%"},
    )
    return table


def _columns() -> list[dict[str, Any]]:
    return [
        {"field": "ticker", "headerName": "Ticker", "cellClass": "cell-ticker", "minWidth": 64},
        _number("mentions", "Mentions", "d3.format(',')(params.value)", 86),
        # The legend beside the table has the words, for which there is no room where the fonts are wide.
        _number("positive", "▲", "d3.format(',')(params.value)", 44) | {"headerTooltip": "Positive mentions"},
        _number("neutral", "●", "d3.format(',')(params.value)", 44) | {"headerTooltip": "Neutral mentions"},
        _number("negative", "▼", "d3.format(',')(params.value)", 44) | {"headerTooltip": "Negative mentions"},
        _number("polarity", "Polarity", f"params.value === null ? '{NOTHING}' : d3.format('+.2f')(params.value)", 76)
        | {"headerTooltip": "Mean polarity of the mentions, from -1 (bad) to +1 (good)"},
        _number("authors", "Authors", "d3.format(',')(params.value)", 76),
    ]


def _number(field: str, name: str, shown: str, width: int) -> dict[str, Any]:
    return {
        "field": field,
        "headerName": name,
        "type": "rightAligned",
        "cellClass": "cell-number",
        "minWidth": width,
        "valueFormatter": {"function": shown},
    }


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
