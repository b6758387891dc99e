"""The dashboard in a browser, over the fake stores: what a reader sees, clicks and shares."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched, see
from tests.e2e.dashboard_world import OPEN, World, minute_bars, tweet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


def test_page_asks_only_its_own_host(watched: Watched, address: str) -> None:
    """The whole page comes from the one server, without an error in the console."""
    watched.page.goto(address)
    see(watched.page, "#metric-tweets", "data-value", "60")
    see(watched.page, "#metric-mentions", "data-value", "90")
    expect(watched.page.locator("#recent-tweets [data-tweet-id]")).to_have_count(12, timeout=PATIENCE_MS)
    expect(watched.page.locator("#price-figure .main-svg").first).to_be_visible(timeout=PATIENCE_MS)
    expect(watched.page.locator("#top-tickers-table .ag-row")).to_have_count(3, timeout=PATIENCE_MS)
    assert ({"127.0.0.1"}, []) == (watched.hosts, watched.complaints)


def test_a_link_shows_the_same_view(watched: Watched, address: str) -> None:
    """Level, period and ticker are read from the address and written to it."""
    watched.page.goto(address + "?level=hourly&period=2014-06-06T13&ticker=AAPL")
    see(watched.page, "#metric-tweets", "data-value", "30")
    expect(watched.page.locator("#tweets-caption")).to_have_text("about AAPL", timeout=PATIENCE_MS)
    watched.page.locator("#level-picker").get_by_text("Daily").click()
    see(watched.page, "#metric-tweets", "data-value", "60")
    watched.page.wait_for_url("**/?period=2014-06-06&ticker=AAPL*")


def test_clicking_a_ticker_chooses_it(watched: Watched, address: str) -> None:
    """A click on a row shows the ticker's tweets; Enter on the next row does the same."""
    watched.page.goto(address)
    watched.page.locator("#top-tickers-table .ag-row .cell-ticker", has_text="FB").click()
    expect(watched.page.locator("#tweets-caption")).to_have_text("about FB", timeout=PATIENCE_MS)
    expect(watched.page.locator("#price-caption")).to_contain_text("no bars of FB", timeout=PATIENCE_MS)
    watched.page.keyboard.press("ArrowUp")
    watched.page.keyboard.press("Enter")
    expect(watched.page.locator("#tweets-caption")).to_have_text("about AAPL", timeout=PATIENCE_MS)


def test_new_tweets_and_bars_appear(watched: Watched, address: str, world: World) -> None:
    """What arrives shows up without a click."""
    watched.page.goto(address)
    expect(watched.page.locator("#price-caption")).to_contain_text("93.29", timeout=PATIENCE_MS)
    world.dynamodb.put("recent_tweets", tweet("999", OPEN + timedelta(seconds=9), "$AAPL \N{ROCKET}"))
    world.dynamodb.put("prices", minute_bars("AAPL", OPEN, [99.5]))
    see(watched.page, "#recent-tweets [data-tweet-id] >> nth=0", "data-tweet-id", "999")
    expect(watched.page.locator("#price-caption")).to_contain_text("99.50", timeout=PATIENCE_MS)


def test_hostile_tweets_are_harmless(watched: Watched, address: str, world: World) -> None:
    """Markup is shown and not run, an override stays in its tweet, and a long tweet stays in its place."""
    texts = [
        "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
        "\u202eoverride \u2067 $AAPL",
        "\N{ROCKET}" * 10_000,
        "x" * 25_000,
    ]
    for number, text in enumerate(texts):
        at = OPEN + timedelta(seconds=number + 1)
        world.dynamodb.put("recent_tweets", tweet(f"90{number}", at, text, author="<b>\u202eann</b>"))
    watched.page.goto(address)
    expect(watched.page.locator("[data-tweet-id='900'] .tweet-text")).to_have_text(texts[0], timeout=PATIENCE_MS)
    assert watched.page.evaluate("window.hacked === undefined")
    assert 0 == watched.page.locator("#recent-tweets script, #recent-tweets img, #recent-tweets b").count()
    for number in range(len(texts)):
        box = watched.page.locator(f"[data-tweet-id='90{number}']").bounding_box()
        assert box
        assert box["height"] < 300
        assert box["x"] + box["width"] <= 1400
    assert [] == watched.complaints


def test_store_away_and_back(watched: Watched, address: str, world: World) -> None:
    """While DynamoDB is away the page keeps its data under a banner, and goes on when it is back."""
    watched.page.goto(address)
    see(watched.page, "#metric-tweets", "data-value", "60")
    world.dynamodb.failure = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")
    world.redis.away = True
    expect(watched.page.locator("#banner")).to_contain_text("DynamoDB does not answer", timeout=PATIENCE_MS)
    expect(watched.page.locator("#clock")).to_contain_text("Redis does not answer", timeout=PATIENCE_MS)
    see(watched.page, "#metric-tweets", "data-value", "60")
    world.dynamodb.failure, world.redis.away = None, False
    expect(watched.page.locator("#banner")).to_be_empty(timeout=PATIENCE_MS)
    assert [] == watched.complaints


def test_dark_figures_follow_the_switch(watched: Watched, address: str) -> None:
    """The switch turns the page dark, its figures included."""
    watched.page.goto(address)
    expect(watched.page.locator("#trend-figure .bars path").first).to_be_visible(timeout=PATIENCE_MS)
    watched.page.locator("#color-scheme").click()
    expect(watched.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark", timeout=PATIENCE_MS)
    first_bar = watched.page.locator("#trend-figure .bars path").first
    expect(first_bar).to_have_css("fill", "rgb(86, 180, 233)", timeout=PATIENCE_MS)


def _ticks_at_refresh(page: Page) -> int:
    """How often the page's fast clock has ticked, as a press of the button reports it."""
    with page.expect_request(_is_status_refresh) as sent:
        page.locator("#refresh").click()
    body: Any = sent.value.post_data_json
    # Without a value before the first tick.
    (ticks,) = (each.get("value") for each in body["inputs"] if each["id"] == "tick-fast")
    return int(ticks or 0)


def _is_status_refresh(request: Request) -> bool:
    body = request.post_data or ""
    return "clock.children" in body and '"refresh.n_clicks"' in body


def test_pause_stops_the_refreshes(watched: Watched, address: str, world: World) -> None:
    """With auto-refresh off nothing changes until the button is pressed."""
    watched.page.clock.install()
    watched.page.goto(address)
    expect(watched.page.locator("[data-tweet-id='100']")).to_be_visible(timeout=PATIENCE_MS)
    watched.page.locator("#auto-refresh").focus()
    watched.page.keyboard.press("Space")
    see(watched.page, "#page", "data-refresh", "off")
    ticks = _ticks_at_refresh(watched.page)
    watched.page.clock.fast_forward(60_000)
    assert ticks == _ticks_at_refresh(watched.page)
    world.dynamodb.put("recent_tweets", tweet("999", OPEN + timedelta(seconds=9)))
    world.seconds += 5
    watched.page.locator("#refresh").click()
    expect(watched.page.locator("[data-tweet-id='999']")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("path", ["", "?level=hourly&by=share&chart=candles&top=15"])
def test_a_phone_scrolls_one_way(browser: Browser, address: str, path: str) -> None:
    """On a phone nothing is wider than the screen."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(address + path)
    expect(page.locator("[data-tweet-id]").first).to_be_attached(timeout=PATIENCE_MS)
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    context.close()
