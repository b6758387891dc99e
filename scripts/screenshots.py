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
_TWEETS, _PLOT, _ROWS = "[data-tweet-id]", ".main-svg", ".ag-center-cols-container .ag-row"
# Name, address, width and height of the window, light or dark, and what has to be there first.
PICTURES = (
    ("dashboard", "/?ticker=NVDA", 1400, 1560, "light", (_TWEETS, f"#price-figure {_PLOT}", _ROWS)),
    ("dashboard-phone", "/", 390, 844, "dark", (_TWEETS, _ROWS)),
    ("tweets", "/tweets", 1400, 900, "light", (_TWEETS, "#feed-cloud button")),
    ("ticker", "/ticker?t=NVDA&level=HOURLY", 1400, 900, "dark", (_TWEETS, f"#compare-figure {_PLOT}")),
    ("prices", "/prices", 1400, 900, "light", (_PLOT, _ROWS)),
    ("operations", "/operations", 1400, 900, "light", ("table",)),
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
        for name, address, width, height, scheme, parts in PICTURES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(url + address)
            for part in parts:
                page.locator(part).first.wait_for()
            path = IMAGES / f"{name}.png"
            page.screenshot(path=path)
            print(path.relative_to(REPO))
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
