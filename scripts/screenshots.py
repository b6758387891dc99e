"""Takes the README's pictures of the stack that runs: `make screenshots`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[1]
IMAGES = REPO / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
# Name, what the address asks for, width and height of the window, light or dark.
PICTURES = (
    ("dashboard", "?ticker=NVDA", 1400, 1560, "light"),
    ("dashboard-phone", "", 390, 844, "dark"),
)


def main() -> int:
    """Take every picture; returns the exit code."""
    status = subprocess.run(
        [sys.executable, "-m", "tickertape.cli.main", "status", "--json"], capture_output=True, text=True, check=False
    )
    url = json.loads(status.stdout or "{}").get("url") if status.returncode == 0 else None
    if not url:
        print("no healthy stack: `make up` first", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, query, width, height, scheme in PICTURES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(url + "/" + query)
            page.locator("#recent-tweets [data-tweet-id]").first.wait_for()
            page.locator("#price-figure .main-svg").first.wait_for()
            page.locator("#top-tickers-table .ag-row").first.wait_for()
            path = IMAGES / f"{name}.png"
            page.screenshot(path=path)
            print(path.relative_to(REPO))
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
