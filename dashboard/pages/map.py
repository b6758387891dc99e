"""Where tweets were written, and in what mood: clusters on a map, and a table of places that are only named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import redis
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.panel import notice
from dashboard.components.pickers import Option
from dashboard.components.places import MAX_PLACES, only_named, places_table
from dashboard.components.tweets import tweet_list
from dashboard.events import point_value
from dashboard.figures.clusters import Cluster, cell_centre, clustered
from dashboard.figures.look import Scheme
from dashboard.figures.world import world_figure
from dashboard.map_view import MapView, Step
from dashboard.pages.map_layout import CONTROLS, STEPS, map_layout
from dashboard.pages.tweet_choices import Dates, choices, wanted_tweets
from dashboard.queries.located import Located, located_tweets
from dashboard.queries.reader import ServingReader
from dashboard.queries.status import read_status
from dashboard.queries.tweet_search import Wanted
from dashboard.queries.tweets import ShownTweet
from dashboard.refresh import SCHEME, SLOW, keep_in_address, keeps_last, seen_of, version_of, version_unless
from dashboard.state import MapState
from dashboard.wording import count, new_york

# What a browser draws and a reader takes in; the caption says when there are more.
MAX_TWEETS = 500
# The list beside the map.
_LISTED = 50
_CELL, _PLACE = "cell:", "place:"
Seen = str | None


class Map:
    """The page and its views. A view's last argument is the version that the browser shows already."""

    path = "/map"
    title = "Map"

    def __init__(self, reader: ServingReader, redis_client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._reader = reader
        self._redis = redis_client
        self._wall = wall

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""
        return map_layout(MapState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the choices."""
        view, mark = Input("map-view", "data"), Input("map-mark", "data")
        app.callback(
            Output("map-figure", "figure"),
            Output("map-notice", "children"),
            Output("map-caption", "children"),
            Output("map-places", "children"),
            Output("map-places-caption", "children"),
            Output("map-tweets", "children"),
            Output("map-tweets-caption", "children"),
            version_of("map"),
            *(Input(control, "value") for control in CONTROLS),
            view,
            mark,
            Input("map-touch", "data"),
            SCHEME,
            *SLOW,
            seen_of("map"),
        )(self.draw)
        app.callback(
            Output("map-ticker", "data"),
            Output("map-dates", "minDate"),
            Output("map-dates", "maxDate"),
            version_of("map-choices"),
            Input("map-ticker", "value"),
            *SLOW,
            seen_of("map-choices"),
        )(self.choices)
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "touch"), Output("map-touch", "data"), Input("map-touch", "id")
        )
        _register_turns(app)
        keep_in_address(app, [*CONTROLS, view, mark], "map-defaults")

    @keeps_last
    def draw(
        self,
        ticker: str | None,
        sentiment: str,
        dates: Dates,
        view: str,
        mark: str,
        touch: bool | None,
        scheme: Scheme | None,
        _tick: Any,
        _click: Any,
        seen: Seen,
    ) -> tuple[Any, ...]:
        """The map, the places and the tweets. At most `MAX_MONTHS` Queries, and one for the months."""
        wanted = wanted_tweets(ticker, sentiment, dates)
        now = read_status(self._redis, self._wall()).now
        found = located_tweets(self._reader, now, wanted, MAX_TWEETS)
        version = version_unless(seen, wanted, view, mark, touch, scheme, found.tweets)
        shown = MapView.from_text(view)
        clusters = clustered(found.tweets, shown.zoom)
        places = only_named(found.tweets)
        # A mark of another zoom, or whose tweets are gone, lists all.
        cluster = next((each for each in clusters if _CELL + each.name == mark), None)
        place = next((name for name in places if _PLACE + name == mark), None)
        listed = cluster.tweets if cluster else places[place] if place else found.tweets
        hint = _hint(found, clusters, wanted)
        return (
            world_figure(
                clusters, shown, cluster.name if cluster else None, touch=bool(touch), scheme=scheme or "light"
            ),
            notice(hint) if hint else None,
            _caption(clusters, found),
            places_table(places, place) if places else notice("No tweet here names a place only."),
            _places_caption(places),
            tweet_list(listed[:_LISTED]),
            _listed_caption(cluster.place if cluster else place, listed),
            version,
        )

    @keeps_last
    def choices(self, ticker: str | None, _tick: Any, _click: Any, seen: Seen) -> tuple[list[Option], Any, Any, str]:
        """The tickers of the newest year with data, and the days there are. Three Queries."""
        return choices(self._reader, ticker, seen)


def _register_turns(app: Dash) -> None:
    """Attach what changes the part of the world, and what is chosen on it."""
    view, mark = (Output(each, "data", allow_duplicate=True) for each in ("map-view", "map-mark"))
    seen = State("map-view", "data")
    app.callback(view, Input("map-figure", "relayoutData"), seen, prevent_initial_call=True)(dragged)
    app.callback(
        view,
        mark,
        *(Input(f"map-{step}", "n_clicks") for step in STEPS),
        seen,
        State("map-mark", "data"),
        prevent_initial_call=True,
    )(_step)
    app.callback(
        mark,
        # Emptied, so that a second click on the same mark is an event again.
        Output("map-figure", "clickData"),
        Input("map-figure", "clickData"),
        State("map-mark", "data"),
        prevent_initial_call=True,
    )(clicked)
    app.callback(
        mark,
        Input({"type": "map-place", "place": ALL}, "n_clicks"),
        State("map-mark", "data"),
        prevent_initial_call=True,
    )(_place)
    app.callback(mark, Input("map-unmark", "n_clicks"), prevent_initial_call=True)(lambda _click: "")


def dragged(change: Mapping[str, Any] | None, view: str) -> str:
    """The part of the world that a viewer dragged the map to."""
    lat, lon = ((change or {}).get(f"geo.center.{each}") for each in ("lat", "lon"))
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        # A change of size, say.
        raise PreventUpdate
    return str(MapView.from_text(view).moved(lat, lon))


def clicked(click: Mapping[str, Any] | None, mark: str) -> tuple[str, None]:
    """The clicked cluster; none when it was chosen already."""
    name = point_value(click)
    if not name:
        raise PreventUpdate
    return _toggled(_CELL + name, mark), None


def stepped(step: Step, view: str, mark: str) -> tuple[str, str]:
    """The part of the world that a button leads to; the clusters of another zoom are others, so none is chosen then."""
    towards = cell_centre(mark.removeprefix(_CELL)) if mark.startswith(_CELL) else None
    return str(MapView.from_text(view).stepped(step, towards)), "" if towards else mark


def _step(*args: Any) -> tuple[str, str]:
    *_clicks, view, mark = args
    step: Step = str(ctx.triggered_id).removeprefix("map-")  # type: ignore[assignment]  # one of the buttons' ids
    return stepped(step, view, mark)


def _place(clicks: Sequence[int | None], mark: str) -> str:
    if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
        # Rows came or went.
        raise PreventUpdate
    return _toggled(_PLACE + str(ctx.triggered_id["place"]), mark)


def _toggled(chosen: str, mark: str) -> str:
    return "" if chosen == mark else chosen


def _caption(clusters: Sequence[Cluster], found: Located) -> str:
    placed = sum(len(cluster.tweets) for cluster in clusters)
    if not placed:
        return ""
    of_all = f", of the newest {count(MAX_TWEETS)} with a place" if len(found.tweets) == MAX_TWEETS else ""
    since = new_york(found.tweets[-1].created_at)
    return f"{count(placed)} {_tweets(placed)} with a point{of_all}, since {since} ET"


def _places_caption(places: Mapping[str, Sequence[ShownTweet]]) -> str:
    more = f"; the {MAX_PLACES} most named of {count(len(places))}" if len(places) > MAX_PLACES else ""
    tweets = sum(map(len, places.values()))
    return f"{count(tweets)} {_tweets(tweets)} without a point{more}" if places else ""


def _listed_caption(where: str | None, listed: Sequence[ShownTweet]) -> str:
    newest = f"the newest {_LISTED} of {count(len(listed))}" if len(listed) > _LISTED else count(len(listed))
    return f"{newest}, {where}" if where else newest


def _tweets(number: int) -> str:
    return "tweet" if number == 1 else "tweets"


def _hint(found: Located, clusters: Sequence[Cluster], wanted: Wanted) -> str | None:
    """Why the map is empty, and what to do."""
    if clusters:
        return None
    if found.tweets:
        return "None of these tweets has a point on the globe: the table below has the places that they name."
    if found.looked_at or wanted.start:
        return "No tweet with a place fits. Take back the ticker, the days or the sentiment."
    return (
        "No tweet so far says where it was written: most people do not tell, and Bluesky never does. "
        "The demo tape has some: `make up`. Tweets stored before there was a map come onto it when their tape is "
        "delivered anew: `make clean`, then `make up`."
    )
