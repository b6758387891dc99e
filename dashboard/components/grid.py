"""What the tables share: the look, columns of numbers, and that Enter on a row does what a click does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.wording import NOTHING

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
HEADER_PX = 40


def grid(grid_id: str, columns: Sequence[dict[str, Any]], row_px: int, **options: Any) -> Component:
    """An empty table whose rows are named by their `ticker`; one that is `selected` is marked."""
    table: Component = dag.AgGrid(
        id=grid_id,
        columnDefs=list(columns),
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
            "rowHeight": row_px,
            "suppressScrollOnNewData": True,
            "animateRows": False,
            "suppressNoRowsOverlay": True,
            **options,
        },
        style={"height": "100%", "width": "100%"},
    )
    return table


def number_column(field: str, name: str, form: str, width: int, tooltip: str | None = None) -> dict[str, Any]:
    """A column of numbers in one of d3's forms (`,.2f`), a dash where there is none; `width` in pixels at least."""
    shown = f"params.value == null ? '{NOTHING}' : d3.format('{form}')(params.value)"
    return {
        "field": field,
        "headerName": name,
        "type": "rightAligned",
        "cellClass": "cell-number",
        "minWidth": width,
        "valueFormatter": {"function": shown},
        **({"headerTooltip": tooltip} if tooltip else {}),
    }
