"""The search: whole words in every tweet of the lake, narrowed, counted over time, page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.header import trouble
from dashboard.components.panel import notice
from dashboard.components.saved_searches import saved_list
from dashboard.components.tweets import tweet_list
from dashboard.figures.look import SIGN, STACK, Scheme, message_figure
from dashboard.figures.trend import trend_figure
from dashboard.pages.search_layout import CONTROLS, choice_options, search_layout, switched_off
from dashboard.queries.full_text import Page, SearchAway, SearchReader, Timeline
from dashboard.queries.reader import SLOW_S
from dashboard.queries.tweet_search import days_between
from dashboard.refresh import SCHEME, SLOW, keep_in_address, seen_of, version_of, version_unless
from dashboard.search_state import SearchState, area_of, in_address, place_of
from dashboard.state import ANY, days_of
from dashboard.wording import UNIT, count, new_york
from tickertape.domain.search import Place, SearchQuery
from tickertape.domain.sentiment import Sentiment

_INSTANT = timedelta(milliseconds=1)
Dates = Sequence[str | None] | None
Seen = str | None
T = TypeVar("T")


class Search:
    """The page and its views. A view's last argument is the version that the browser shows already."""

    path = "/search"
    title = "Search"

    def __init__(self, reader: SearchReader) -> None:
        self._reader = reader

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return search_layout(SearchState.from_search(search)) if self._reader.is_on else switched_off()

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        *narrowing, size = (Input(control, "value") for control in CONTROLS)
        after = Input("search-after", "data")
        app.callback(
            Output("search-tweets", "children"),
            Output("search-caption", "children"),
            Output("search-next", "data"),
            Output("search-older", "disabled"),
            Output("search-newer", "disabled"),
            Output("search-area", "error"),
            Output("search-notice", "children"),
            version_of("search"),
            *narrowing,
            size,
            after,
            *SLOW,
            seen_of("search"),
        )(self.tweets)
        app.callback(
            Output("search-figure", "figure"),
            Output("search-figure-caption", "children"),
            version_of("search-figure"),
            *narrowing,
            SCHEME,
            *SLOW,
            seen_of("search-figure"),
        )(self.figure)
        app.callback(
            Output("search-ticker", "data"),
            Output("search-lang", "data"),
            Output("search-dates", "minDate"),
            Output("search-dates", "maxDate"),
            version_of("search-choices"),
            Input("search-ticker", "value"),
            Input("search-lang", "value"),
            *SLOW,
            seen_of("search-choices"),
        )(self.choices)
        app.callback(
            Output("search-after", "data"),
            Output("search-trail", "data"),
            Input("search-newer", "n_clicks"),
            Input("search-older", "n_clicks"),
            *narrowing,
            size,
            State("search-after", "data"),
            State("search-trail", "data"),
            State("search-next", "data"),
            prevent_initial_call=True,
        )(lambda *choices: turn_page(str(ctx.triggered_id), *choices[-3:]))
        app.callback(
            Output("search-saved-list", "children"),
            Input("search-saved", "data"),
            Input("address-written", "data"),
        )(self.saved)
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "saveSearch"),
            Output("search-saved", "data"),
            Output("search-name", "value"),
            Input("search-keep", "n_clicks"),
            Input("search-name", "n_submit"),
            Input({"type": "search-forget", "name": ALL}, "n_clicks"),
            State("search-name", "value"),
            State("address-written", "data"),
            prevent_initial_call=True,
        )
        keep_in_address(app, [*CONTROLS, after], "search-defaults")

    def tweets(
        self,
        words: str,
        ticker: str | None,
        dates: Dates,
        lang: str | None,
        area: str | None,
        sentiment: str,
        size: str,
        after: Sequence[str] | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, ...]:
        """The tweets of one page. While the search is away, or an area makes no sense, they stay and it is said."""
        try:
            query = _query(words, ticker, dates, lang, area, sentiment)
            page = self._reader.page(query, int(size), place_of(after))
            hint = None if page.total else self._hint(query)
        except ValueError as wrong:
            return (*_unchanged(5), _sentence(wrong), None, version_unless(seen, "area", str(wrong)))
        except SearchAway as away:
            told = f"{away} What is shown below is its last answer; this page asks again every {SLOW_S:.0f} s."
            banner = trouble("The search does not answer", told)
            return (*_unchanged(5), None, banner, version_unless(seen, "away", str(away)))
        version = version_unless(seen, query, size, after, page)
        return (
            tweet_list(page.tweets, query.words),
            _caption(page, place_of(after)),
            list(in_address(page.last)),
            page.last is None,
            not after,
            None,
            notice(hint) if hint else None,
            version,
        )

    def figure(
        self,
        words: str,
        ticker: str | None,
        dates: Dates,
        lang: str | None,
        area: str | None,
        sentiment: str,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, ...]:
        """How many match over time, by sentiment; all pages of them."""
        query = _query_or_stay(words, ticker, dates, lang, area, sentiment)
        timeline = _or_stay(lambda: self._reader.timeline(query))
        version = version_unless(seen, query, scheme, timeline)
        shown = scheme or "light"
        if not timeline.splits:
            return message_figure(shown, "Nothing to count"), "", version
        figure = trend_figure(timeline.splits, level=timeline.level, selected=None, noun="tweets found", scheme=shown)
        return figure, _sums(timeline), version

    def choices(self, ticker: str | None, lang: str | None, _tick: Any, _click: Any, seen: Seen) -> tuple[Any, ...]:
        """The tickers and languages of all that is indexed, and its days."""
        everything = _or_stay(self._reader.everything)
        version = version_unless(seen, ticker, lang, everything)
        first, last = (moment and moment.date().isoformat() for moment in (everything.first, everything.last))
        return (
            choice_options(everything.tickers, ticker),
            choice_options(everything.languages, lang),
            first,
            last,
            version,
        )

    def saved(self, saved: Sequence[dict[str, Any]] | None, address: str | None) -> list[Component]:
        """What this browser has saved; the one that is shown is marked."""
        current = replace(SearchState.from_search(address), after=())
        return saved_list(self.path, saved, current)

    def _hint(self, query: SearchQuery) -> str:
        """Why nothing was found, and what to do."""
        if not self._reader.everything().total:
            return (
                "No tweet is indexed yet: they come with the next ones that reach the lake. "
                "Those that are there already come with `tickertape search reindex`."
            )
        if query.area:
            return "No tweet fits. Few are written with a point on the map, and only those are in an area."
        return "No tweet fits. Words are looked for whole: `moon` does not find moonshot. Take back a word or a filter."


def turn_page(
    pressed: str, after: Sequence[str] | None, trail: Sequence[Sequence[str]] | None, following: Sequence[str] | None
) -> tuple[list[str], list[list[str]]]:
    """The place of the page that is shown next, and those of the pages above it; a new question begins at the top.

    Args:
        pressed: the id of the control that was turned.
        after, trail: the place and the places as they are.
        following: the place of the next page.

    Raises:
        PreventUpdate: the page stays.
    """
    here, above = list(after or ()), [list(place) for place in trail or ()]
    match pressed:
        case "search-older" if following:
            return list(following), [*above, here]
        case "search-newer" if here:
            # A link may lead into the middle, with nothing known to be above it but the top.
            return (above[-1], above[:-1]) if above else ([], [])
        case "search-older" | "search-newer":
            raise PreventUpdate
    if not here:
        raise PreventUpdate
    return [], []


def _query(
    words: str | None, ticker: str | None, dates: Dates, lang: str | None, area: str | None, sentiment: str
) -> SearchQuery:
    days = days_of(dates)
    since, end = days_between(*days) if days else (None, None)
    return SearchQuery(
        words=(words or "").strip(),
        ticker=ticker or None,
        since=since,
        until=end - _INSTANT if end else None,
        sentiment=None if sentiment == ANY else Sentiment(sentiment),
        lang=lang or None,
        area=area_of(area),
    )


def _query_or_stay(*choices: Any) -> SearchQuery:
    try:
        return _query(*choices)
    except ValueError as wrong:
        raise PreventUpdate from wrong


def _or_stay(question: Callable[[], T]) -> T:
    """What is answered; a view stays as it is while the search is away, which the list of tweets says."""
    try:
        return question()
    except SearchAway as away:
        raise PreventUpdate from away


def _unchanged(outputs: int) -> list[Any]:
    return [no_update] * outputs


def _caption(page: Page, after: Place | None) -> str:
    """How many are shown, and from where on: `50 of 1,204, the newest first`."""
    if not page.total:
        return "none found"
    begin = f"those before {new_york(after.created_at)} New York" if after else "the newest first"
    return f"{count(len(page.tweets))} of {count(page.total)}, {begin}"


def _sums(timeline: Timeline) -> str:
    """`1,204 an hour: ▲ 500, ● 404, ▼ 300`."""
    moods = timeline.by_mood()
    parts = ", ".join(f"{SIGN[mood]} {count(moods[mood])}" for mood in STACK)
    return f"by {UNIT[timeline.level]}; {count(sum(moods.values()))} in all: {parts}"


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}"
