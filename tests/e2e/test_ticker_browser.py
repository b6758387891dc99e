"""The page of tickers in a browser: two compared, an interval zoomed into by click and by keyboard, its tweets."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched
from tests.e2e.dashboard_world import World, rollup, total
from tickertape.domain.periods import Level

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


def test_zoom_lists_the_tweets_of_the_interval(watched: Watched, address: str, world: World) -> None:
    """A click on an hour lists its tweets and stands in the address; the buttons zoom out, and a reload keeps it."""
    hours = ["2014-06-06T12", "2014-06-06T13"]
    world.dynamodb.put("ticker_rollups", [rollup(Level.HOURLY, hour, "AAPL", 3, 3, 3) for hour in hours])
    # A ticker's counts are shown as its period's total says.
    world.dynamodb.put("period_totals", [total(Level.HOURLY, hour, 3, 3, 3) for hour in hours])
    page = watched.page
    shown = page.locator("#compare-tweets [data-tweet-id]")
    page.goto(f"{address}ticker?t=AAPL&level=hourly")
    expect(shown).to_have_count(12, timeout=PATIENCE_MS)
    # The bar of 14:00 UTC has one tweet, that of 13:00 the other eleven. plotly listens in a layer above its bars.
    page.locator("#compare-figure .bars path").nth(2).click(force=True)
    expect(shown).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator("#compare-tweets-caption")).to_contain_text("10:00 to 11:00 ET", timeout=PATIENCE_MS)
    page.wait_for_url("**&span=2014-06-06T14:00:00Z,2014-06-06T15:00:00Z")
    page.reload()
    expect(shown).to_have_count(1, timeout=PATIENCE_MS)
    page.locator("#compare-out").focus()
    page.keyboard.press("Enter")
    expect(shown).to_have_count(12, timeout=PATIENCE_MS)
    assert ({"127.0.0.1"}, []) == (watched.hosts, watched.complaints)


def test_a_phone_compares(browser: Browser, address: str) -> None:
    """On a phone nothing is wider than the screen, and a drag is left to scrolling."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}ticker?t=AAPL,FB")
    expect(page.locator("#compare-legend")).to_have_text("AAPLFB", timeout=PATIENCE_MS)
    expect(page.locator("#compare-figure .scatterlayer .trace").first).to_be_attached(timeout=PATIENCE_MS)
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    context.close()
