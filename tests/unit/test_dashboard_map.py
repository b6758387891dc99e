"""The map: which tweets are asked for, how they cluster, and where its buttons lead."""

from collections.abc import Sequence
from typing import Any

import pytest
from dash.exceptions import PreventUpdate

from dashboard.figures.clusters import Cluster, cell_centre, cell_size, clustered
from dashboard.figures.world import label, world_figure
from dashboard.map_view import MAX_ZOOM, MapView
from dashboard.pages.map import Map, clicked, dragged, stepped
from dashboard.queries.located import MAX_MONTHS, located_tweets
from dashboard.queries.tweet_search import Wanted
from dashboard.queries.tweets import ShownTweet
from dashboard.state import MapState
from tests.e2e.dashboard_world import OPEN, World, total, tweet
from tickertape.domain.periods import Level
from tickertape.domain.tweet import Location

NEW_YORK, NEWARK = Location(40.71, -74.01, "New York, NY"), Location(40.74, -74.17, None)
LONDON = Location(51.5, 0, "UK")
NAMED = Location(None, None, "Toronto, Ontario")
EVERYTHING: dict[str, Any] = {"ticker": None, "sentiment": "all", "dates": None, "view": str(MapView()), "mark": ""}


def stored(locations: Sequence[Location | None], moods: Sequence[str] = ("positive",), **more: Any) -> World:
    """A world with a tweet at each location, a second apart, the first the newest."""
    world = World()
    world.play()
    for number, location in enumerate(locations):
        mood = moods[number % len(moods)]
        at = OPEN.replace(second=59 - number)
        world.dynamodb.put("recent_tweets", tweet(f"{number}", at, location=location, sentiment=mood, **more))
    return world


def found(world: World, limit: int = 100, **wanted: Any) -> list[ShownTweet]:
    return located_tweets(world.reader(), OPEN, Wanted(**wanted), limit).tweets


def marks(world: World, zoom: int) -> list[Cluster]:
    return clustered(found(world), zoom)


def show(world: World, seen: str | None = None, **choices: Any) -> tuple[Any, ...]:
    page = Map(world.reader(), world.redis_client, world.wall)
    return page.draw(**EVERYTHING | choices, touch=False, scheme="light", _tick=0, _click=0, seen=seen)


def test_a_tweet_with_a_place_is_found_without_the_others() -> None:
    """Only tweets with a location are read, the newest first, however many others there are."""
    world = stored([NEW_YORK, None, None, NAMED])
    assert ["0", "3"] == [each.id for each in found(world)]
    assert [NEW_YORK, NAMED] == [each.location for each in found(world)]
    assert ["0"] == [each.id for each in found(world, limit=1)]


def test_a_located_tweet_is_listed_once_by_its_ticker() -> None:
    """Its copy for the map is not in the index of tickers, nor in the listing of its day."""
    world = stored([NEW_YORK], tickers=["AAPL", "FB"])
    items = world.dynamodb.items("recent_tweets")
    assert ["AAPL#2014-W23", "FB#2014-W23"] == sorted(item["ticker_week"] for item in items if "ticker_week" in item)
    assert 1 == sum(item["day_shard"] == "2014-06#located" for item in items)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"ticker": "FB"}, []),
        ({"ticker": "AAPL"}, ["0", "1"]),
        ({"sentiment": "negative"}, ["1"]),
        ({"end": OPEN.replace(second=59)}, ["1"]),
        ({"start": OPEN.replace(year=2015)}, []),
    ],
)
def test_filters_narrow_the_map(wanted: dict[str, Any], expected: list[str]) -> None:
    """Ticker, sentiment and time each leave the tweets that fit."""
    assert expected == [each.id for each in found(stored([NEW_YORK, LONDON], ["positive", "negative"]), **wanted)]


def test_the_map_is_bounded_queries() -> None:
    """However many months there are, the calls are limited."""
    world = World()
    months = [f"{year}-{month:02}" for year in range(2008, 2014) for month in range(1, 13)]
    world.dynamodb.put("period_totals", [total(Level.MONTHLY, month, 1, 0, 0) for month in months])
    assert [] == found(world)
    assert 1 + MAX_MONTHS == len(world.dynamodb.queries)
    found(world)
    assert {"query"} == {"query" if "KeyConditions" in each else "scan" for each in world.dynamodb.queries}


def test_clusters_part_as_one_goes_nearer() -> None:
    """New York and Newark are one mark in the world and two in the metropolis; London is another in both."""
    world = stored([NEW_YORK, NEW_YORK, NEWARK, LONDON])
    assert [3, 1] == [len(each.tweets) for each in marks(world, 0)]
    assert [2, 1, 1] == [len(each.tweets) for each in marks(world, MAX_ZOOM + 1)]
    first = marks(world, 0)[0]
    assert ("New York, NY", 40.72) == (first.place, round(first.lat, 2))
    assert "51.5° N, 0.0° E" == marks(stored([LONDON._replace(place=None)]), 0)[0].place


def test_neighbours_across_a_line_are_one_mark() -> None:
    """Two places beside each other are together even where a line of the grid runs between them."""
    size = cell_size(0)
    border = [Location(size - 0.1, 5, None), Location(size - 0.1, 5, None), Location(size + 0.1, 5, None)]
    far = Location(2 * size - 0.1, 5, None)
    assert [3, 1] == [len(each.tweets) for each in marks(stored([*border, far]), 0)]


@pytest.mark.parametrize(
    ("moods", "expected"),
    [
        (["positive", "positive", "negative"], "▲ 3"),
        (["positive", "negative"], "● 2"),
        (["negative"], "▼"),
    ],
)
def test_a_mark_says_its_mood_without_its_colour(moods: list[str], expected: str) -> None:
    """The sign is that of the most; where two are level it is neutral; one tweet needs no number."""
    (cluster,) = marks(stored([NEW_YORK] * len(moods), moods), 0)
    assert expected == label(cluster)
    figure = world_figure([cluster], MapView(), cluster.name, touch=False, scheme="dark")
    assert (expected,) == figure.data[0].text


def test_no_point_off_the_globe_is_drawn() -> None:
    """What another program wrote into an event ends up in no place."""
    strange = [Location(91, 0, None), Location("x", 0, "here"), Location(True, 0, None)]  # type: ignore[arg-type]  # so they come
    assert [] == marks(stored(strange), 0)


def test_places_without_a_point_are_a_table() -> None:
    """They are counted by name and mood, and a chosen one lists its tweets."""
    world = stored([NAMED, NEW_YORK, NAMED], ["positive", "negative", "neutral"])
    _, hint, caption, table, places_caption, tweets, listed, _ = show(world, mark="place:Toronto, Ontario")
    assert (None, "2 tweets without a point") == (hint, places_caption)
    assert "1 tweet with a point" in caption
    assert "Toronto, Ontario" in str(table)
    assert (2, "2, Toronto, Ontario") == (len(tweets), listed)


def test_a_chosen_cluster_lists_its_tweets() -> None:
    """One of another zoom, whose name means nothing now, lists all."""
    world = stored([NEW_YORK, NEW_YORK, LONDON])
    name = marks(world, 0)[0].name
    assert 2 == len(show(world, mark=f"cell:{name}")[5])
    assert 3 == len(show(world, mark=f"cell:{name}", view="40,-74,3")[5])


@pytest.mark.parametrize(
    ("locations", "choices", "expected"),
    [
        ([], {}, "make clean"),
        ([NAMED], {}, "the table below"),
        ([NEW_YORK], {"ticker": "FB"}, "Take back"),
        ([NEW_YORK], {}, "None"),
    ],
)
def test_an_empty_map_says_what_to_do(locations: list[Location], choices: dict[str, Any], expected: str) -> None:
    """Nothing located, nothing on the globe, and nothing that fits are three things."""
    assert expected in str(show(stored(locations), **choices)[1])


def test_nothing_new_is_not_sent_again() -> None:
    """A refresh that finds the same tweets sends nothing, and a zoom does."""
    world = stored([NEW_YORK])
    *_, version = show(world)
    with pytest.raises(PreventUpdate):
        show(world, seen=version)
    assert version != show(world, seen=version, view="40,-74,2")[-1]


def test_state_comes_from_the_address() -> None:
    """An address holds every choice; what makes no sense in it is left out."""
    given = "?ticker=aapl&sentiment=negative&dates=2014-06-06,2014-06-05&view=40.7,-74,3&mark=cell:3.12.40"
    expected = MapState("AAPL", "negative", ("2014-06-05", "2014-06-06"), "40.7,-74,3", "cell:3.12.40")
    assert expected == MapState.from_search(given)
    assert MapState() == MapState.from_search("?ticker=<b>&sentiment=glad&dates=x&view=nan,0,0&mark=cell:x")


@pytest.mark.parametrize("text", [None, "", "1,2", "a,b,c", "nan,0,1", "1e999,0,x"])
def test_a_view_that_makes_no_sense_is_the_world(text: str | None) -> None:
    """No address breaks the map."""
    assert MapView() == MapView.from_text(text)


def test_buttons_lead_nearer_and_back() -> None:
    """Nearer goes to the chosen cluster and forgets it; farther ends at the world."""
    view, mark = stepped("in", str(MapView()), "cell:0.6.5")
    assert (MapView(40, -70, 1), "") == (MapView.from_text(view), mark)
    assert (40, -70) == (round(cell_centre("0.6.5")[0]), round(cell_centre("0.6.5")[1]))
    assert (str(MapView()), "place:UK") == stepped("out", view, "place:UK")
    assert MAX_ZOOM == MapView(0, 0, MAX_ZOOM).stepped("in").zoom
    assert MapView() == MapView(1, 2, 5).stepped("all")


def test_dragging_and_clicking() -> None:
    """A drag moves the middle, around the world if need be; a second click takes a cluster back."""
    assert "10,-170,2" == dragged({"geo.center.lat": 10.0, "geo.center.lon": 190.0}, "0,0,2")
    with pytest.raises(PreventUpdate):
        dragged({"autosize": True}, "0,0,2")
    click = {"points": [{"customdata": ["0.6.5", "told"]}]}
    assert ("cell:0.6.5", None) == clicked(click, "")
    assert ("", None) == clicked(click, "cell:0.6.5")
    with pytest.raises(PreventUpdate):
        clicked(None, "")
