"""The overview's views and the server around them, over a fake DynamoDB and a fake Redis."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError
from dash.exceptions import PreventUpdate

from dashboard.app import create_app
from dashboard.pages.overview import Overview
from dashboard.queries.reader import StoreAway
from dashboard.shell import Shell
from dashboard.state import LATEST
from tests.e2e.dashboard_world import RESOURCES, World, full_world
from tickertape.aws import NotDeployed, Resources

AWAY = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")


def overview(world: World) -> Overview:
    return Overview(world.reader(), world.redis_client, world.wall)


VIEWS: dict[str, tuple[int, Callable[[Overview], Any]]] = {
    "periods": (1, lambda page: page.periods("DAILY", LATEST, 0, 0, None)),
    "metrics": (1, lambda page: page.metrics("DAILY", "2014-06-06", 0, 0, None)),
    "top": (2, lambda page: page.top("DAILY", LATEST, None, "10", "count", "mentions", "light", 0, 0, None)),
    "trend": (3, lambda page: page.trend("DAILY", LATEST, "AAPL", "dark", 0, 0, None)),
    "tweets": (9, lambda page: page.live.tweets(None, "20", 0, 0, None)),
    "tweets of a ticker": (2, lambda page: page.live.tweets("AAPL", "20", 0, 0, None)),
    "series": (1, lambda page: page.live.series(0, 0, None, None, None)),
    "price": (1, lambda page: page.live.price("AAPL#1m", None, "line", "390", "light", 0, 0, None)),
    "price of a day": (2, lambda page: page.live.price("AAPL#1m", None, "candles", "day", "light", 0, 0, None)),
    "move_period": (1, lambda page: page.move_period("HOURLY", "2014-06")),
    "follow_ticker": (1, lambda page: page.live.follow_ticker("AAPL", None)),
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_a_few_queries(view: str) -> None:
    """A view makes a known number of Query calls, and none when it is drawn again within the interval."""
    expected, draw = VIEWS[view]
    world = full_world()
    page = overview(world)
    draw(page)
    assert expected == len(world.dynamodb.queries)
    draw(page)
    assert expected == len(world.dynamodb.queries)


def test_a_page_load_shares_its_queries() -> None:
    """Views that need the same items ask for them once."""
    world = full_world()
    page = overview(world)
    for _, draw in VIEWS.values():
        draw(page)
    assert 22 == len(world.dynamodb.queries)


@pytest.mark.parametrize("view", VIEWS)
def test_views_keep_what_they_show_while_the_store_is_away(view: str) -> None:
    """A view never fails because DynamoDB is away: it leaves the page as it is."""
    world = full_world()
    world.dynamodb.failure = AWAY
    with pytest.raises(PreventUpdate):
        VIEWS[view][1](overview(world))


def test_nothing_new_is_not_sent_again() -> None:
    """A refresh that finds the same data sends nothing, so nothing flickers."""
    world = full_world()
    page = overview(world)
    *_, version = page.metrics("DAILY", LATEST, 0, 0, None)
    world.seconds += 5
    with pytest.raises(PreventUpdate):
        page.metrics("DAILY", LATEST, 1, 0, version)


def test_first_batch_has_not_run() -> None:
    """Without any counts the page says which command makes them."""
    _, hint, _ = overview(World()).metrics("DAILY", LATEST, 0, 0, None)
    assert "tickertape batch run" in str(hint)


def test_empty_batch() -> None:
    """After a batch that found nothing the page says to start a tape."""
    world = World()
    world.play()
    _, hint, _ = overview(world).metrics("DAILY", LATEST, 0, 0, None)
    assert "make up" in str(hint)


@pytest.mark.parametrize(
    ("period", "words"), [("2014-06-08", "No tweets were counted"), ("2010-01-01", "before the first tweet")]
)
def test_period_without_tweets(period: str, words: str) -> None:
    """A link to a period without data says so instead of showing zeros."""
    _, hint, _ = overview(full_world()).metrics("DAILY", period, 0, 0, None)
    assert words in str(hint)


def test_pickers_that_disagree_show_the_latest() -> None:
    """While the level has changed and the period not yet, the latest period is shown."""
    cards, _, _ = overview(full_world()).metrics("HOURLY", "2014-06-06", 0, 0, None)
    assert "'30'" in str([getattr(cards[0].children[1], "data-value")])


def test_price_of_a_ticker_without_bars() -> None:
    """A ticker without bars leaves the chosen symbol and says so."""
    page = overview(full_world())
    assert "AAPL#1m" == page.live.follow_ticker("FB", "AAPL#1m")
    _, caption, _, _ = page.live.price("AAPL#1m", "FB", "line", "390", "light", 0, 0, None)
    assert caption.startswith("no bars of FB · AAPL 93.29 USD")


def test_no_prices_yet() -> None:
    """Without any series the figure says where to look."""
    figure, *_ = overview(World()).live.price(None, None, "line", "390", None, 0, 0, None)
    assert "tickertape status" in figure.layout.annotations[0].text


def test_banner_while_the_store_is_away() -> None:
    """The shell says what is wrong and stops saying so when it is over."""
    world = full_world()
    shell = Shell([overview(world)], world.reader(), world.redis_client, world.wall)
    assert [] == shell.status()[2]
    world.dynamodb.failure = AWAY
    world.seconds += 5
    assert "DynamoDB does not answer" in str(shell.status()[2])
    world.dynamodb.failure = None
    world.seconds += 5
    assert [] == shell.status()[2]


def test_unknown_address() -> None:
    """An address without a page says where the overview is."""
    world = full_world()
    shell = Shell([overview(world)], world.reader(), world.redis_client, world.wall)
    assert "no such page" in str(shell.route("/nowhere", None))


def test_links_mark_the_page_that_is_shown() -> None:
    """Screen readers are told which of the links is the current page; only that one is."""
    world = full_world()
    shell = Shell([overview(world)], world.reader(), world.redis_client, world.wall)
    _, links = shell.arrive(["/", ""])
    assert [("/", "page")] == [_link(each) for each in links]
    assert [("/", None)] == [_link(each) for each in shell.links("/nowhere")]


def _link(link: Any) -> tuple[str, str | None]:
    return link.href, getattr(link, "aria-current", None)


def app_of(world: World, resources: Callable[[], Resources] = lambda: RESOURCES) -> Any:
    """A client of the dashboard's server."""
    app = create_app(
        resources, lambda: cast(Any, world.dynamodb), world.redis_client, wall=world.wall, monotonic=world.monotonic
    )
    return app.server.test_client()


def test_healthy_when_the_store_answers() -> None:
    """The health check proves that DynamoDB answers, not that Python runs."""
    answer = app_of(full_world()).get("/healthz")
    assert (200, "ok") == (answer.status_code, answer.text)


def test_unhealthy_while_the_store_is_away() -> None:
    """Without DynamoDB the health check says why it fails."""
    world = full_world()
    world.dynamodb.failure = AWAY
    answer = app_of(world).get("/healthz")
    assert 503 == answer.status_code
    assert "DynamoDB does not answer" in answer.text


def test_serves_before_the_stack_is_deployed() -> None:
    """The server starts without resources, and is healthy once they are there."""
    world = full_world()
    deployed: list[Resources] = []

    def load() -> Resources:
        if not deployed:
            raise NotDeployed("no stack")
        return deployed[0]

    client = app_of(world, load)
    assert (200, 503) == (client.get("/").status_code, client.get("/healthz").status_code)
    deployed.append(RESOURCES)
    world.seconds += 5
    assert 200 == client.get("/healthz").status_code


def test_page_names_no_other_host() -> None:
    """The served page and its settings load nothing from elsewhere."""
    client = app_of(full_world())
    document = client.get("/").text + client.get("/assets/style.css").text + client.get("/assets/tickertape.js").text
    sources = [part.split('"')[0] for part in document.replace("'", '"').split('src="')[1:]]
    assert [] == [source for source in sources if source.startswith(("http", "//"))]


def test_store_away_is_not_hidden_from_the_reader() -> None:
    """The reader itself raises; only views turn that into keeping what they show."""
    world = full_world()
    world.dynamodb.failure = AWAY
    with pytest.raises(StoreAway):
        world.reader().check()
