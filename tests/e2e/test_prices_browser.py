"""The page of prices in a browser: all stocks, a shared view, and from a row to what is said about it."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched
from tests.e2e.dashboard_world import OPEN, World, minute_bars

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


def test_stocks_are_compared_and_lead_on(watched: Watched, address: str, world: World) -> None:
    """A new bar appears by itself; a row opens the ticker's page, and back is the same view."""
    world.dynamodb.put("prices", minute_bars("FB", OPEN - timedelta(minutes=30), [60.0 + n for n in range(30)]))
    page = watched.page
    page.goto(f"{address}prices?by=volume&t=FB")
    rows = page.locator("#market-table .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(2, timeout=PATIENCE_MS)
    expect(page.locator("#market-legend")).to_have_text("FB", timeout=PATIENCE_MS)
    expect(page.locator("#market-highs tbody tr")).to_have_count(2, timeout=PATIENCE_MS)
    world.dynamodb.put("prices", minute_bars("FB", OPEN, [99.5]))
    expect(rows.nth(1).locator("[col-id='close']")).to_have_text("99.50", timeout=PATIENCE_MS)
    rows.nth(1).locator("[col-id='close']").click()
    page.wait_for_url("**/ticker?t=FB&level=hourly")
    expect(page.locator("#compare-caption")).to_contain_text("FB", timeout=PATIENCE_MS)
    page.go_back()
    page.wait_for_url("**/prices?by=volume&t=FB")
    expect(page.locator("#market-legend")).to_have_text("FB", timeout=PATIENCE_MS)
    assert ({"127.0.0.1"}, []) == (watched.hosts, watched.complaints)


def test_a_phone_shows_prices(browser: Browser, address: str) -> None:
    """On a phone nothing is wider than the screen: wide tables scroll by themselves."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}prices")
    expect(page.locator("#market-highs tbody tr")).to_have_count(1, timeout=PATIENCE_MS)
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    context.close()
