"""The browser that the tests drive: Debian's, found where its package puts it."""

from pathlib import Path

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
# In one place, for a machine that does several things at once.
PATIENCE_MS = 20_000
