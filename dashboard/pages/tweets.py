"""The tweets themselves: found by ticker, day, words, language and sentiment, with their words, and as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import redis
from dash import ALL, ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.csv_export import tweets_csv
from dashboard.components.panel import notice
from dashboard.components.pickers import Option
from dashboard.components.tweets import tweet_list
from dashboard.components.words import frequent_words, word_cloud
from dashboard.figures.look import SIGN, STACK
from dashboard.pages.tweet_choices import Dates, choices, wanted_tweets
from dashboard.pages.tweets_layout import CONTROLS, language_options, tweets_layout
from dashboard.queries.reader import ServingReader
from dashboard.queries.status import read_status
from dashboard.queries.tweet_search import Found, Wanted, search_tweets
from dashboard.queries.tweets import ShownTweet
from dashboard.refresh import SLOW, keep_in_address, keeps_last, seen_of, version_of, version_unless
from dashboard.state import FeedState
from dashboard.wording import count, new_york, period_label
from tickertape.domain.periods import Level
from tickertape.domain.times import format_utc, parse_utc

Seen = str | None


class Tweets:
    """The page and its views. A view's last argument is the version that the browser shows already."""

    path = "/tweets"
    title = "Tweets"

    def __init__(self, reader: ServingReader, redis_client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._reader = reader
        self._redis = redis_client
        self._wall = wall

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return tweets_layout(FeedState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        filters = [Input(control, "value") for control in CONTROLS]
        app.callback(
            Output("feed-tweets", "children"),
            Output("feed-notice", "children"),
            Output("feed-caption", "children"),
            Output("feed-cloud", "children"),
            Output("feed-words-caption", "children"),
            Output("feed-lang", "data"),
            Output("feed-until", "data"),
            version_of("feed"),
            *filters,
            *SLOW,
            seen_of("feed"),
        )(self.tweets)
        app.callback(
            Output("feed-ticker", "data"),
            Output("feed-dates", "minDate"),
            Output("feed-dates", "maxDate"),
            version_of("feed-choices"),
            Input("feed-ticker", "value"),
            *SLOW,
            seen_of("feed-choices"),
        )(self.choices)
        app.callback(
            Output("feed-file", "data"),
            Input("feed-save", "n_clicks"),
            State("feed-until", "data"),
            *(State(control, "value") for control in CONTROLS),
            prevent_initial_call=True,
        )(self.save)
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "chooseWord"),
            Output("feed-words", "value"),
            Input({"type": "feed-word", "word": ALL}, "n_clicks"),
            State("feed-words", "value"),
            prevent_initial_call=True,
        )
        keep_in_address(app, CONTROLS, "feed-defaults")

    @keeps_last
    def tweets(
        self,
        ticker: str | None,
        sentiment: str,
        dates: Dates,
        words: str,
        lang: str | None,
        size: str,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, ...]:
        """The tweets that fit, and their words. At most `MAX_QUERIES` Queries, and one for the days."""
        wanted = wanted_tweets(ticker, sentiment, dates, words, lang)
        found = self._search(wanted, int(size))
        version = version_unless(seen, wanted, size, found.tweets, found.gave_up)
        frequent = frequent_words(tweet.text for tweet in found.tweets)
        hint = _hint(found, wanted)
        return (
            tweet_list(found.tweets),
            notice(hint) if hint else None,
            _caption(found.tweets),
            word_cloud(frequent, wanted.words),
            "choose one to look for it" if frequent else "none to show",
            language_options([each for each, _ in found.languages.most_common()], lang),
            format_utc(found.tweets[0].created_at) if found.tweets else None,
            version,
        )

    @keeps_last
    def choices(self, ticker: str | None, _tick: Any, _click: Any, seen: Seen) -> tuple[list[Option], Any, Any, str]:
        """The tickers of the newest year with data, and the days there are. Three Queries."""
        return choices(self._reader, ticker, seen)

    @keeps_last
    def save(
        self,
        click: int | None,
        until: str | None,
        ticker: str | None,
        sentiment: str,
        dates: Dates,
        words: str,
        lang: str | None,
        size: str,
    ) -> dict[str, Any]:
        """What is shown as a file, without what came since. As many Queries as to show it."""
        if not click or not until:
            raise PreventUpdate
        wanted = wanted_tweets(ticker, sentiment, dates, words, lang, shown_until=parse_utc(until))
        found = self._search(wanted, int(size))
        name = f"tweets-{ticker or 'all'}-{until[:10]}.csv"
        return {"content": tweets_csv(found.tweets), "filename": name, "type": "text/csv"}

    def _search(self, wanted: Wanted, limit: int) -> Found:
        return search_tweets(self._reader, read_status(self._redis, self._wall()).now, wanted, limit)


def _caption(tweets: Sequence[ShownTweet]) -> str:
    """How many there are, and in what mood: `12: ▲ 5, ● 4, ▼ 3`."""
    if not tweets:
        return ""
    moods = Counter(tweet.sentiment for tweet in tweets)
    parts = ", ".join(f"{SIGN[each]} {count(moods[each])}" for each in STACK)
    return f"{count(len(tweets))}: {parts}"


def _hint(found: Found, wanted: Wanted) -> str | None:
    """Why there are no tweets, or no more of them, and what to do."""
    if found.gave_up:
        back_to = f", back to {new_york(found.oldest)} New York" if found.oldest else ""
        return (
            f"Looked at the newest {count(found.looked_at)} tweets{back_to}. "
            "There are older ones: choose a ticker or days to look further back."
        )
    if found.tweets:
        return None
    if found.looked_at:
        return f"None of the {count(found.looked_at)} tweets there fits. Take back a word, language or sentiment."
    if wanted.start:
        first = period_label(Level.DAILY, wanted.start.date().isoformat())
        return f"No tweet{_about(wanted)} on these days (from {first}). Choose others, or take them back."
    return f"No tweet{_about(wanted)} has arrived yet. See `tickertape status`."


def _about(wanted: Wanted) -> str:
    return f" about {wanted.ticker}" if wanted.ticker else ""
