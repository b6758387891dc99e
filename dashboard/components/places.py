"""Tweets that name a place without saying where it lies: a table of the places, each with its mood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.tables import Cell, plain_table
from dashboard.components.tweets import clip
from dashboard.figures.look import SIGN, STACK
from dashboard.queries.tweets import ShownTweet
from dashboard.wording import count

MAX_PLACES = 25
_LONGEST = 60


def only_named(tweets: Iterable[ShownTweet]) -> dict[str, list[ShownTweet]]:
    """The tweets that have a place's name and no point, by that name, the most frequent first."""
    places: dict[str, list[ShownTweet]] = defaultdict(list)
    for tweet in tweets:
        if tweet.location and tweet.location.place and not tweet.location.point:
            places[tweet.location.place].append(tweet)
    return dict(sorted(places.items(), key=lambda each: (-len(each[1]), each[0])))


def places_table(places: dict[str, list[ShownTweet]], chosen: str | None) -> Component:
    """A row for each place; its name is a button that lists its tweets, pressed where they are listed."""
    # A phone has no room for the words.
    moods: list[Cell] = [[SIGN[each], html.Span(f" {each}", className="on-a-desk")] for each in STACK]
    heads: list[Cell] = ["Place", "Tweets", *moods]
    rows = [_row(name, tweets, pressed=name == chosen) for name, tweets in list(places.items())[:MAX_PLACES]]
    return plain_table("Places without a point on the map", heads, rows)


def _row(name: str, tweets: Sequence[ShownTweet], *, pressed: bool) -> list[Cell]:
    moods = Counter(tweet.sentiment for tweet in tweets)
    button = html.Button(
        html.Bdi(clip(name, _LONGEST)),
        id={"type": "map-place", "place": name},
        className="word place",
        **dashed(aria_pressed="true" if pressed else "false"),
    )
    return [button, count(len(tweets)), *(count(moods[each]) for each in STACK)]
