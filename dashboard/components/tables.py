"""Plain tables of few rows, which scroll sideways where they are too wide."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed

Cell = str | Component | list[str | Component]


def plain_table(
    label: str, heads: Sequence[Cell], rows: Sequence[Sequence[Cell]], *, texts: Collection[int] = (0,)
) -> Component:
    """A table whose first column names the row.

    Args:
        label: what it shows, for screen readers.
        texts: the columns that hold text, from 0; the others hold numbers and stand at the right.
    """
    head = html.Tr([html.Th(name, scope="col", className=_side(at, texts)) for at, name in enumerate(heads)])
    body = [html.Tr([_cell(at, cell, texts) for at, cell in enumerate(row)]) for row in rows]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="plain-table")
    # A region that scrolls has to be reached by the keyboard.
    return html.Div(table, className="table-scroll", tabIndex="0", role="region", **dashed(aria_label=label))


def _cell(at: int, cell: Cell, texts: Collection[int]) -> Component:
    if at == 0:
        return html.Th(cell, scope="row")
    return html.Td(cell, className=_side(at, texts))


def _side(at: int, texts: Collection[int]) -> str:
    return "" if at in texts else "number"
