"""The page of the running stack, in a browser, against counts made from the file."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS
from tests.integration.conftest import Stack
from tests.integration.tapes import Tape, counted_mentions, counted_tweets

pytestmark = [
    pytest.mark.integration,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


def test_the_numbers_on_the_page_are_those_of_the_file(stack: Stack, tape: Tape) -> None:
    """Totals, the leaderboard and the newest tweets are what a plain count over the tape says."""
    tweets = counted_tweets(tape.folder)
    mentions = counted_mentions(tape.folder)
    ranked = sorted(((count, ticker) for (ticker,), count in mentions.items()), key=lambda pair: (-pair[0], pair[1]))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{stack.url}/?level=yearly")
        expect(page.locator("#metric-tweets")).to_have_attribute("data-value", str(len(tweets)), timeout=PATIENCE_MS)
        expect(page.locator("#metric-mentions")).to_have_attribute("data-value", str(mentions.total()))
        cells = page.locator("#top-tickers-table .ag-row").first.locator(".ag-cell")
        expect(cells.nth(0)).to_have_text(ranked[0][1])
        expect(cells.nth(1)).to_have_text(str(ranked[0][0]))
        shown = page.locator("#recent-tweets [data-tweet-id]")
        expect(shown.first).to_be_visible()
        ids = shown.evaluate_all("elements => elements.map(element => element.dataset.tweetId)")
        expect(page.locator("#price-figure .main-svg").first).to_be_visible()
        browser.close()
    newest = sorted(tweets, key=lambda tweet_id: (tweets[tweet_id][0], tweet_id), reverse=True)[: len(ids)]
    assert newest == ids


def test_sentiments_on_the_page_add_up(stack: Stack) -> None:
    """The three sentiments of the batch are those of single tweets, judged by their own words."""
    rows = stack.json(
        "sql", "SELECT sentiment, count(*) AS n, sum(sign(polarity)::INT) AS signs FROM tweets GROUP BY 1"
    )
    signs = {"positive": 1, "neutral": 0, "negative": -1}
    assert {row["sentiment"]: signs[row["sentiment"]] * row["n"] for row in rows} == Counter(
        {row["sentiment"]: row["signs"] for row in rows}
    )
