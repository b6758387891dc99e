"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], limit_s: float = 20.0, every_s: float = 0.01) -> None:
    """Return as soon as the condition holds, asked again and again; fail when it does not within the limit."""
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until, f"waited {limit_s} s in vain"
        time.sleep(every_s)
