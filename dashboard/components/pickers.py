"""The choices at the top of the page: level, period and ticker; and what each offers."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.panel import labelled_segments
from dashboard.figures.look import SIGN
from dashboard.queries.counts import Split
from dashboard.state import ANY, LATEST, ViewState
from dashboard.wording import LEVEL_NAMES, count, period_label
from tickertape.domain.periods import Level
from tickertape.domain.sentiment import Sentiment

# A list of a thousand entries is slow to open; typing finds the others.
_LISTED = 150
Option = dict[str, str]


def picker_bar(state: ViewState) -> Component:
    """Level, period and ticker side by side."""
    return html.Div(
        [_level_picker(state.level), _period_picker(state), _ticker_picker(state.ticker)],
        className="picker-bar",
    )


def _level_picker(level: Level) -> Component:
    choices = {str(each): name for each, name in LEVEL_NAMES.items()}
    return labelled_segments("level-picker", "Counts per", str(level), choices, "picker picker-level")


def _period_picker(state: ViewState) -> Component:
    picker: Component = dmc.Select(
        id="period-picker",
        label="Period",
        value=state.period,
        data=period_options(state.level, [], state.period),
        searchable=True,
        allowDeselect=False,
        limit=_LISTED,
        nothingFoundMessage="No period with data by that name",
        className="picker picker-period",
    )
    return picker


def _ticker_picker(ticker: str | None) -> Component:
    picker: Component = dmc.Select(
        id="ticker-picker",
        label="Ticker",
        value=ticker,
        data=ticker_options([], ticker),
        placeholder="All tickers",
        searchable=True,
        clearable=True,
        limit=_LISTED,
        nothingFoundMessage="Not mentioned in this period",
        clearButtonProps={"aria-label": "Show all tickers"},
        className="picker picker-ticker",
    )
    return picker


def any_ticker_picker(picker_id: str, ticker: str | None) -> Component:
    """One of the tickers that were mentioned this year, or all of them."""
    picker: Component = dmc.Select(
        id=picker_id,
        label="Ticker",
        value=ticker,
        data=ticker_options([], ticker),
        placeholder="All tickers",
        searchable=True,
        clearable=True,
        limit=_LISTED,
        nothingFoundMessage="Not mentioned this year",
        clearButtonProps={"aria-label": "All tickers"},
    )
    return picker


def any_days_picker(picker_id: str, dates: Sequence[str]) -> Component:
    """A day or several, or all of them; `dates` are none, or the first and the last."""
    picker: Component = dmc.DatePickerInput(
        id=picker_id,
        label="Days (UTC)",
        type="range",
        value=list(dates or (None, None)),
        valueFormat="D MMM YYYY",
        placeholder="All days",
        allowSingleDateInRange=True,
        className="filter-dates",
        clearable=True,
        clearButtonProps={"aria-label": "All days"},
    )
    return picker


def sentiment_choices() -> dict[str, str]:
    """All, or one of the three, each with its sign."""
    return {ANY: "All", **{str(each): f"{SIGN[each]} {each.capitalize()}" for each in Sentiment}}


def period_options(level: Level, names: Sequence[str], chosen: str) -> list[Option]:
    """The newest period under its own name, then every period with data, the newest first, and the chosen one."""
    latest = f"Latest: {period_label(level, names[0])}" if names else "Latest"
    # A link may lead to a period that the list is too short for.
    offered = names if chosen in (LATEST, *names) else sorted([*names, chosen], reverse=True)
    return [
        {"value": LATEST, "label": latest},
        *({"value": name, "label": period_label(level, name)} for name in offered),
    ]


def ticker_options(splits: Sequence[Split], chosen: str | None) -> list[Option]:
    """The period's tickers, the most mentioned first, and the chosen one even if nobody mentioned it."""
    options = [{"value": str(split.ticker), "label": f"{split.ticker} ({count(split.mentions)})"} for split in splits]
    if chosen and chosen not in {split.ticker for split in splits}:
        options.insert(0, {"value": chosen, "label": f"{chosen} (0)" if splits else chosen})
    return options
