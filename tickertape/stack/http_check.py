"""A health check over HTTP: `python -m tickertape.stack.http_check URL` exits 0 when it answers with success."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

_TIMEOUT_S = 5.0
# What is asked is on this machine: no proxy stands in between.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http_problem(url: str, timeout_s: float = _TIMEOUT_S) -> str | None:
    """Why `url` does not answer with success, or None when it does."""
    try:
        with _DIRECT.open(url, timeout=timeout_s):
            return None
    except urllib.error.HTTPError as error:
        return f"{url} answers {error.code}"
    except (OSError, ValueError) as error:
        return f"{url}: {getattr(error, 'reason', error)}"


def main() -> int:
    """Ask once; 0 when it answers."""
    problem = http_problem(sys.argv[1])
    if problem:
        print(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
