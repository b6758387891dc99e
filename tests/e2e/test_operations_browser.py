"""The operations page in a browser, over a real Redis: knobs by mouse and keyboard, and two viewers side by side."""

from __future__ import annotations

import pytest
import redis
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched, see
from tickertape.control.clock import read_state
from tickertape.control.flags import read_flags

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


def test_knobs_turn_by_mouse_and_by_keyboard(watched: Watched, operations: str, control: redis.Redis) -> None:
    """Each says what it did and shows what it is set to, without a word on the console."""
    page = watched.page
    page.goto(operations)
    see(page, "#speed-60", "aria-pressed", "true")
    page.locator("#clock-pause").click()
    expect(page.locator("#ops-said")).to_contain_text("The clock stands", timeout=PATIENCE_MS)
    expect(page.locator("#clock-pause")).to_be_disabled(timeout=PATIENCE_MS)
    page.locator("#speed-text").fill("120")
    page.keyboard.press("Enter")
    expect(page.locator("#ops-said")).to_contain_text("at 120 times", timeout=PATIENCE_MS)
    page.locator("#flag-tweets-kinesis").focus()
    page.keyboard.press("Space")
    see(page, "#flag-tweets-kinesis", "aria-checked", "false")
    page.locator("#seek-text").fill("nonsense")
    page.locator("#seek-set").click()
    expect(page.locator("#ops-said.bad")).to_contain_text("2014-06-09 09:30", timeout=PATIENCE_MS)
    assert [] == watched.complaints
    state = read_state(control)
    assert state is not None
    assert (True, 120.0, False) == (state.paused, state.speed, read_flags(control)["tweets.kinesis"])


def test_two_viewers_do_not_disturb_each_other(watched: Watched, browser: Browser, operations: str) -> None:
    """One's turn is the other's news, and what the other types stays."""
    other = browser.new_context().new_page()
    other.goto(operations)
    other.locator("#seek-text").fill("2014-06-0")
    watched.page.goto(operations)
    # A page behind another one draws when it likes, and a click waits until what it clicks stands still.
    watched.page.bring_to_front()
    watched.page.locator("#gate-stocks-closed").click()
    see(watched.page, "#gate-stocks-closed", "aria-pressed", "true")
    see(other, "#gate-stocks-closed", "aria-pressed", "true")
    assert "2014-06-0" == other.locator("#seek-text").input_value()
    expect(other.locator("#ops-said")).to_contain_text("changes for everyone")
    other.context.close()


def test_a_tweet_is_looked_up_by_a_link(watched: Watched, operations: str) -> None:
    """The address has the id; one that is not there says where to look."""
    page = watched.page
    page.goto(f"{operations}?tweet=105")
    expect(page.locator("#trace-found [data-tweet-id='105']")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("#trace-id").fill("404")
    page.locator("#trace-ask").click()
    expect(page.locator("#trace-found")).to_contain_text("tickertape trace 404", timeout=PATIENCE_MS)
    page.wait_for_url("**/operations?tweet=404")


def test_a_phone_shows_all_of_it(browser: Browser, operations: str) -> None:
    """At 390 px nothing is wider than the screen, and every knob is as high as a finger."""
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(operations)
    expect(page.locator("#ops-hops table")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("Math.min(...[...document.querySelectorAll('.knob')].map(e => e.offsetHeight))") >= 40
    page.context.close()
