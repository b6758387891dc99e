"""The browser that the tests drive: Debian's, found where its package puts it."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
# In one place, for a machine that does several things at once.
PATIENCE_MS = 20_000


class Watched:
    """A page, the hosts it asked and what its console complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str | None] = set()
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)


def see(page: Page, selector: str, attribute: str, value: str) -> None:
    """Wait until an element has an attribute of that value."""
    expect(page.locator(selector)).to_have_attribute(attribute, value, timeout=PATIENCE_MS)
