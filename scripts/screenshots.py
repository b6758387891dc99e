"""Takes the pictures of `docs/gallery.md` and the README of the stack that runs: `make screenshots`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

REPO = Path(__file__).resolve().parents[1]
IMAGES = REPO / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
_TWEETS, _PLOT, _ROWS = "[data-tweet-id]", ".main-svg", ".ag-center-cols-container .ag-row"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page.

    Attributes:
        parts: what has to be there first.
        height: of a desk's window, in pixels.
        service, profile: what has to run for it, where that is not part of every stack.
    """

    name: str
    address: str
    parts: Sequence[str]
    height: int = 900
    service: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at; without a height it is the page's own."""

    name: str
    width: int
    scheme: Literal["light", "dark"]
    height: int | None = None


PICTURES = (
    Picture("overview", "/?ticker=NVDA", (_TWEETS, f"#price-figure {_PLOT}", _ROWS), 1560),
    Picture("tweets", "/tweets", (_TWEETS, "#feed-cloud button")),
    Picture("ticker", "/ticker?t=NVDA,AAPL&level=hourly", (_TWEETS, f"#compare-figure {_PLOT}")),
    Picture("prices", "/prices", (f"#market-indexed {_PLOT}", _ROWS)),
    Picture(
        "search", "/search?words=buy", (_TWEETS, f"#search-figure {_PLOT}"), service="opensearch", profile="search"
    ),
    Picture(
        "predictions",
        "/predictions",
        (f"#predictions-chances {_PLOT}", "#predictions-now td"),
        service="analysis",
        profile="analysis",
    ),
    Picture("map", "/map", (_TWEETS, "#map-figure .scattergeo .point", "#map-figure .land path[d]")),
    Picture("operations", "/operations", ("table",), 1100),
)
_PATIENCE_MS = 60_000
LOOKS = (Look("light", 1400, "light"), Look("dark", 1400, "dark"), Look("phone", 390, "light", 844))


def main() -> int:
    """Take every picture; returns the exit code."""
    status = subprocess.run(
        [sys.executable, "-m", "tickertape.cli.main", "status", "--json"], capture_output=True, text=True, check=False
    )
    said = json.loads(status.stdout or "{}")
    url = said.get("url") if status.returncode == 0 else None
    if not url:
        print("no healthy stack: `make up` first", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in PICTURES:
            if picture.service and picture.service not in said["services"]:
                print(f"{picture.name}: not taken, the stack runs without COMPOSE_PROFILES={picture.profile}")
                continue
            for look in LOOKS:
                path = IMAGES / f"{picture.name}-{look.name}.png"
                _take(browser, url, picture, look, path)
                print(path.relative_to(REPO))
        browser.close()
    return 0


def _take(browser: Browser, url: str, picture: Picture, look: Look, path: Path) -> None:
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height or picture.height}, color_scheme=look.scheme
    )
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(url + picture.address)
    for part in picture.parts:
        page.locator(part).first.wait_for(state="attached")
    # What is being made anew is shown pale, and a figure grows into its place.
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-dash-is-loading=true], .tweet-skeleton")).to_have_count(0, timeout=_PATIENCE_MS)
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
