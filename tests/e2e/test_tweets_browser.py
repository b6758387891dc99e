"""The page of tweets in a browser: filters, words, a shared link, the file."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched
from tests.e2e.dashboard_world import OPEN, World, tweet
from tickertape.domain.telling import TellingWord

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
HOSTILE = [
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    "=HYPERLINK(1) \u202eoverride \u2067 $AAPL",
    "to the mo\u200bon moon",
    "\N{ROCKET}" * 10_000,
]


def test_tweets_are_found_shared_and_saved(watched: Watched, address: str, world: World, tmp_path: Path) -> None:
    """A word narrows the list, the address shows the same list again, and the file holds it; markup stays text."""
    for number, text in enumerate(HOSTILE):
        at = OPEN + timedelta(seconds=number + 1)
        told = [TellingWord("moon", 0.4)] if text.endswith("moon") else None
        hostile = tweet(f"90{number}", at, text, author="<b>\u202eann", tickers=["FB"], words=told)
        world.dynamodb.put("recent_tweets", hostile)
    page = watched.page
    shown = page.locator("#feed-tweets [data-tweet-id]")
    page.goto(f"{address}tweets")
    expect(shown).to_have_count(16, timeout=PATIENCE_MS)
    expect(page.locator("#links [aria-current='page']")).to_have_text("Tweets", timeout=PATIENCE_MS)
    expect(page.locator("[data-tweet-id='900'] .tweet-text")).to_have_text(HOSTILE[0], timeout=PATIENCE_MS)
    assert page.evaluate("window.hacked === undefined")
    page.locator("#feed-cloud").get_by_role("button", name="moon,").click()
    expect(shown).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator(".told.positive")).to_have_text("moon", timeout=PATIENCE_MS)
    page.wait_for_url("**/tweets?words=moon")
    page.reload()
    expect(page.locator("#feed-words")).to_have_value("moon", timeout=PATIENCE_MS)
    expect(shown).to_have_count(1, timeout=PATIENCE_MS)
    with page.expect_download() as download:
        page.locator("#feed-save").click()
    download.value.save_as(tmp_path / "shown.csv")
    header, line = (tmp_path / "shown.csv").read_text("utf-8").splitlines()
    assert header.startswith("id,created_at,") and line.startswith("902,2014-06-06T14:00:03Z,")
    page.locator("#links").get_by_text("Prices").press("Enter")
    expect(page.locator("#market-caption")).to_have_text("1 of 1 symbols", timeout=PATIENCE_MS)
    page.go_back()
    expect(page.locator("#feed-words")).to_have_value("moon", timeout=PATIENCE_MS)
    assert ({"127.0.0.1"}, []) == (watched.hosts, watched.complaints)


def test_a_phone_reads_tweets(browser: Browser, address: str) -> None:
    """On a phone nothing is wider than the screen, and a sentiment is chosen by keyboard."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address + "tweets?ticker=AAPL")
    expect(page.locator("#feed-tweets [data-tweet-id]")).to_have_count(12, timeout=PATIENCE_MS)
    page.locator("#feed-sentiment input[value='all']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#feed-tweets [data-sentiment='positive']")).to_have_count(4, timeout=PATIENCE_MS)
    expect(page.locator("#feed-caption")).to_have_text("4: ▲ 4, ● 0, ▼ 0", timeout=PATIENCE_MS)
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    context.close()
