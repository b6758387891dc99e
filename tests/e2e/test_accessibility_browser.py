"""What axe finds on the pages, as people meet them: light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.figures.look import Scheme
from tests.e2e.browsing import CHROMIUM, PATIENCE_MS, Watched, see

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
GRAVE = {"serious", "critical"}
# The scheme changes colours and nothing else.
RULES: dict[Scheme, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
WINDOWS = ((1400, 1000), (390, 844))


def findings(page: Page, rules: dict[str, Any], where: str) -> list[str]:
    """What is serious or worse: the page, the rule, and where."""
    violations = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return [
        f"{where}: {found['id']}, {node['target']}, {' '.join(node.get('failureSummary', '').split())}"
        for found in violations
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


def test_axe_finds_nothing_serious_on_any_page(watched: Watched, operations: str) -> None:
    """Every page that the header links to, in both schemes and at both widths."""
    page = watched.page
    page.goto(operations)
    expect(page.locator("#links a").first).to_be_visible(timeout=PATIENCE_MS)
    paths = page.locator("#links a").evaluate_all("links => links.map(link => link.pathname)")
    found = []
    for path in paths:
        page.goto(operations.replace("/operations", path))
        expect(page.locator("#page h2").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".tweet-skeleton")).to_have_count(0, timeout=PATIENCE_MS)
        page.wait_for_load_state("networkidle")
        for width, height in WINDOWS:
            page.set_viewport_size({"width": width, "height": height})
            for scheme, rules in RULES.items():
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                see(page, "html", "data-mantine-color-scheme", scheme)
                found += findings(page, rules, f"{path} {scheme} {width}")
    assert [] == found, "\n".join(found)
    assert {"/", "/tweets", "/ticker", "/prices", "/operations"} <= set(paths)
