"""The map in a browser: its outlines come from here, a mark lists its tweets, and a phone has all of it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched
from tests.e2e.dashboard_world import OPEN, World, tweet
from tickertape.domain.tweet import Location

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
PLACES = (
    Location(40.71, -74.01, "New York, NY"),
    Location(39.95, -75.17, "Philadelphia, PA"),
    Location(51.51, -0.13, "London, England"),
    Location(None, None, "Toronto, Ontario"),
)
MARKS = "#map-figure .scattergeo path.point"


@pytest.fixture(autouse=True)
def located(world: World) -> None:
    """Tweets from two neighbours, from across the sea, and from a place that only has a name."""
    for number, location in enumerate(PLACES):
        at = OPEN + timedelta(seconds=number)
        world.dynamodb.put("recent_tweets", tweet(f"80{number}", at, location=location, sentiment="negative"))


def test_a_mark_lists_its_tweets(watched: Watched, address: str) -> None:
    """A click lists them and stands in the address, nearer they part, and a link shows the same."""
    page = watched.page
    listed = page.locator("#map-tweets [data-tweet-id]")
    page.goto(f"{address}map")
    expect(page.locator(MARKS)).to_have_count(2, timeout=PATIENCE_MS)
    expect(page.locator("#map-figure .layer.land path")).to_have_attribute("d", re.compile("^M"), timeout=PATIENCE_MS)
    expect(listed).to_have_count(4, timeout=PATIENCE_MS)
    page.locator(MARKS).first.click(force=True)
    expect(listed).to_have_count(2, timeout=PATIENCE_MS)
    page.wait_for_url("**/map?mark=cell:0.*")
    page.locator("#map-in").click()
    # Towards the mark that was chosen, which is none of those seen from here.
    page.wait_for_url("**/map?view=40,-70,1")
    page.get_by_role("button", name="Toronto").click()
    page.wait_for_url("**/map?view=40,-70,1&mark=place:Toronto*")
    page.goto(f"{address}map?view=40,-75,4&mark=place:Toronto, Ontario")
    expect(page.locator(MARKS)).to_have_count(3, timeout=PATIENCE_MS)
    expect(listed).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator("#map-tweets-caption")).to_have_text("1, Toronto, Ontario", timeout=PATIENCE_MS)
    assert ({"127.0.0.1"}, []) == (watched.hosts, watched.complaints)


def test_a_phone_has_the_map(browser: Browser, address: str) -> None:
    """Nothing is wider than the screen, and a drag on the map scrolls the page."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}map?sentiment=negative")
    expect(page.locator(MARKS)).to_have_count(2, timeout=PATIENCE_MS)
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    assert page.evaluate("document.querySelector('#map-figure .js-plotly-plot').layout.dragmode === false")
    context.close()
