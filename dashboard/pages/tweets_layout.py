"""How the page of tweets is laid out, without any data."""

from __future__ import annotations

from dataclasses import asdict

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.panel import labelled_segments, panel, segments
from dashboard.components.pickers import any_days_picker, any_ticker_picker, sentiment_choices
from dashboard.state import FEED_CHOICES, MAX_WORDS, FeedState

VERSIONS = ("feed", "feed-choices")
# The controls that hold a choice, in the order of `FeedState`'s fields.
CONTROLS = ("feed-ticker", "feed-sentiment", "feed-dates", "feed-words", "feed-lang", "feed-size")


def tweets_layout(state: FeedState) -> Component:
    """The page as an address asks for it; the callbacks fill it."""
    return html.Div(
        [
            *(dcc.Store(id=f"{name}-version") for name in VERSIONS),
            dcc.Store(id="feed-defaults", data=asdict(FeedState())),
            # What is shown ends here, so that a file holds the same tweets.
            dcc.Store(id="feed-until"),
            dcc.Download(id="feed-file"),
            html.Div(_filters(state), className="filter-bar", role="search", **dashed(aria_label="Which tweets")),
            html.Div([_list(state), _words()], className="columns"),
        ]
    )


def _filters(state: FeedState) -> list[Component]:
    return [
        any_ticker_picker("feed-ticker", state.ticker),
        any_days_picker("feed-dates", state.dates),
        dmc.TextInput(
            id="feed-words",
            label="Words",
            value=state.words,
            placeholder="All of these in the text",
            debounce=400,
            inputProps={"maxLength": MAX_WORDS},
        ),
        dmc.Select(
            id="feed-lang",
            label="Language",
            value=state.lang,
            data=language_options([], state.lang),
            placeholder="All languages",
            searchable=True,
            clearable=True,
            clearButtonProps={"aria-label": "All languages"},
        ),
        labelled_segments(
            "feed-sentiment", "Sentiment", state.sentiment, sentiment_choices(), "filter-sentiment picker-level"
        ),
    ]


def language_options(seen: list[str], chosen: str | None) -> list[dict[str, str]]:
    """The languages to choose from; the chosen one even where nobody wrote in it."""
    offered = dict.fromkeys([*seen, *([chosen] if chosen else [])])
    return [{"value": lang, "label": lang} for lang in offered if lang]


def _list(state: FeedState) -> Component:
    skeletons = [dmc.Skeleton(height=84, radius="md", className="tweet-skeleton") for _ in range(6)]
    return panel(
        "Tweets",
        "feed-caption",
        [
            segments("feed-size", "How many tweets at most", state.tweets, {size: size for size in FEED_CHOICES}),
            dmc.Button("Save as CSV", id="feed-save", size="xs", variant="default"),
        ],
        [
            html.Div(id="feed-notice"),
            html.Div(
                skeletons,
                id="feed-tweets",
                className="tweets",
                tabIndex="0",
                role="region",
                **dashed(aria_label="Tweets"),
            ),
        ],
    )


def _words() -> Component:
    return html.Div(
        panel(
            "Words",
            "feed-words-caption",
            [],
            [html.Div(id="feed-cloud", className="word-cloud", role="group", **dashed(aria_label="Frequent words"))],
        ),
        className="column-side",
    )
