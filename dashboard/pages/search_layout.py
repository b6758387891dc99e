"""How the page of the search is laid out, without any data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.header import trouble
from dashboard.components.legend import legend, sentiment_entries
from dashboard.components.panel import graph, labelled_segments, panel, segments
from dashboard.components.pickers import Option
from dashboard.components.saved_searches import MAX_NAME
from dashboard.figures.look import SIGN
from dashboard.search_state import MAX_WORDS, PAGE_CHOICES, REGIONS, SearchState
from dashboard.state import ANY
from dashboard.wording import count
from tickertape.domain.sentiment import Sentiment

VERSIONS = ("search", "search-figure", "search-choices")
# The controls that hold a choice, in the order of `SearchState`'s fields; the page's place follows them.
CONTROLS = (
    "search-words",
    "search-ticker",
    "search-dates",
    "search-lang",
    "search-area",
    "search-sentiment",
    "search-size",
)
_SENTIMENTS = {ANY: "All", **{str(each): f"{SIGN[each]} {each.capitalize()}" for each in Sentiment}}
_FIGURE_PX = 190


def search_layout(state: SearchState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in VERSIONS),
            dcc.Store(id="search-defaults", data=asdict(SearchState())),
            # The place that this page is below, those of the pages above it, and the one of the next page.
            dcc.Store(id="search-after", data=list(state.after)),
            dcc.Store(id="search-trail", data=[]),
            dcc.Store(id="search-next", data=[]),
            # In this browser only: the server does not know who asks, and a common list would be everybody's.
            dcc.Store(id="search-saved", storage_type="local"),
            html.Div(_filters(state), className="search-bar", role="search", **dashed(aria_label="What to look for")),
            html.Div(id="search-notice", role="status", **dashed(aria_live="polite")),
            html.Div([html.Div([_timeline(), _list(state)], className="column-main"), _saved()], className="columns"),
        ]
    )


def switched_off() -> Component:
    """The page where no search is run."""
    return trouble(
        "The search is off",
        "It takes memory that not everybody has. Switch it on with `COMPOSE_PROFILES=search make up`, or name an "
        "OpenSearch of your own in `OPENSEARCH_URL`. The page of tweets looks through the newest ones meanwhile.",
    )


def _filters(state: SearchState) -> list[Component]:
    return [
        dmc.TextInput(
            id="search-words",
            label="Words",
            value=state.words,
            placeholder="Whole words, all of them in the text",
            debounce=400,
            inputProps={"maxLength": MAX_WORDS, "type": "search"},
            className="search-words",
        ),
        labelled_segments("search-sentiment", "Sentiment", state.sentiment, _SENTIMENTS, "search-mood picker-level"),
        dmc.Select(
            id="search-ticker",
            label="Ticker",
            value=state.ticker,
            data=choice_options({}, state.ticker),
            placeholder="All tickers",
            searchable=True,
            clearable=True,
            limit=150,
            nothingFoundMessage="In no indexed tweet",
            clearButtonProps={"aria-label": "All tickers"},
        ),
        dmc.DatePickerInput(
            id="search-dates",
            label="Days (UTC)",
            type="range",
            value=list(state.dates or (None, None)),
            valueFormat="D MMM YYYY",
            placeholder="All days",
            allowSingleDateInRange=True,
            className="filter-dates",
            clearable=True,
            clearButtonProps={"aria-label": "All days"},
        ),
        dmc.Select(
            id="search-lang",
            label="Language",
            value=state.lang,
            data=choice_options({}, state.lang),
            placeholder="All languages",
            searchable=True,
            clearable=True,
            clearButtonProps={"aria-label": "All languages"},
        ),
        dmc.Autocomplete(
            id="search-area",
            label="Written in",
            value=state.area,
            data=list(REGIONS),
            placeholder="Region, or W,S,E,N in degrees",
            debounce=400,
            clearable=True,
            clearButtonProps={"aria-label": "Everywhere"},
        ),
    ]


def choice_options(counts: Mapping[str, int], chosen: str | None) -> list[Option]:
    """What there is to choose from, the most frequent first with its number; the chosen one even if there is none."""
    options = [{"value": name, "label": f"{name} ({count(number)})"} for name, number in counts.items() if name]
    if chosen and chosen not in counts:
        options.insert(0, {"value": chosen, "label": f"{chosen} (0)" if counts else chosen})
    return options


def _timeline() -> Component:
    return panel(
        "Over time",
        "search-figure-caption",
        [legend(sentiment_entries(), "search-legend")],
        [graph("search-figure", _FIGURE_PX)],
    )


def _list(state: SearchState) -> Component:
    skeletons = [dmc.Skeleton(height=84, radius="md", className="tweet-skeleton") for _ in range(4)]
    return panel(
        "Tweets",
        "search-caption",
        [
            segments("search-size", "How many tweets a page", state.tweets, {size: size for size in PAGE_CHOICES}),
            html.Div(
                [
                    dmc.Button("Newer", id="search-newer", size="xs", variant="default", disabled=True),
                    dmc.Button("Older", id="search-older", size="xs", variant="default", disabled=True),
                ],
                className="pager",
                role="group",
                **dashed(aria_label="Pages"),
            ),
        ],
        [
            html.Div(
                skeletons,
                id="search-tweets",
                className="tweets",
                tabIndex="0",
                role="region",
                **dashed(aria_label="Tweets found"),
            )
        ],
    )


def _saved() -> Component:
    return html.Div(
        panel(
            "Saved searches",
            "search-saved-caption",
            [],
            [
                html.Div(
                    [
                        dmc.TextInput(
                            id="search-name",
                            placeholder="A name for this search",
                            # Enter sends the text along; else it may be told of Enter first, without what was typed.
                            debounce=True,
                            size="xs",
                            inputProps={"maxLength": MAX_NAME},
                            **dashed(aria_label="A name for this search"),
                        ),
                        dmc.Button("Save", id="search-keep", size="xs", variant="default"),
                    ],
                    className="save-line",
                ),
                html.Div(id="search-saved-list", className="saved-list"),
            ],
            caption="kept in this browser only",
        ),
        className="column-side",
    )
