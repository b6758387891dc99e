"""What axe finds on the pages, as people meet them: light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
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
    violations = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **rules})["violations"]
    return [
        f"{where}: {found['id']}, {node['target']}, {' '.join(node.get('failureSummary', '').split())}"
        for found in violations
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


def test_axe_finds_nothing_serious_on_any_page(watched: Watched, operations: str) -> None:
    """Every page that the header links to, in both schemes and at both widths."""
    page, links = watched.page, watched.page.locator("#links a")
    page.emulate_media(reduced_motion="reduce")
    page.goto(operations)
    expect(links.first).to_be_visible(timeout=PATIENCE_MS)
    paths = links.evaluate_all("links => links.map(link => link.pathname)")
    # Once: from page to page the document stays.
    page.evaluate(AXE_SCRIPT)
    found = []
    for path in paths:
        page.locator(f"#links a[href='{path}']").click()
        see(page, f"#links a[href='{path}']", "aria-current", "page")
        expect(page.locator(".tweet-skeleton, [data-dash-is-loading=true]")).to_have_count(0, timeout=PATIENCE_MS)
        for width, height in WINDOWS:
            page.set_viewport_size({"width": width, "height": height})
            for scheme, rules in RULES.items():
                page.emulate_media(color_scheme=scheme)
                see(page, "html", "data-mantine-color-scheme", scheme)
                found += findings(page, rules, f"{path} {scheme} {width}")
    assert [] == found, "\n".join(found)
    assert {"/", "/tweets", "/ticker", "/prices", "/map", "/operations"} <= set(paths)
