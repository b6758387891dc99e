"""`up` alone: the demo tape, full at first and then living."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Stack
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
# The last of the demo's three sessions, a half day.
LAST_SESSION = "2025-11-28T14:30:00Z"
_PATIENCE_S = 120.0


def counted(stack: Stack, where: str) -> int:
    (row,) = stack.json("sql", f"SELECT count(*) AS n FROM tweets WHERE created_at {where} '{LAST_SESSION}'")  # noqa: S608  # a constant
    return int(row["n"])


def test_the_demo_is_loaded_up_to_its_last_session_which_then_plays(tmp_path: Path) -> None:
    """All but the last session is there when `up` returns; the last one comes in bit by bit, and nothing is lost."""
    stack = Stack(tmp_path / "home")
    try:
        said = stack.run("up", "--runtime", "embedded").stdout
        assert stack.url in said
        assert "the clock runs from 2025-11-28T14:30:00Z at speed 60" in said
        before = counted(stack, "<")
        # Seldom: each look takes a second of what the pipeline needs.
        wait_for(lambda: counted(stack, ">=") >= 50, _PATIENCE_S, every_s=4)
        assert before == counted(stack, "<")
        assert stack.json("verify")["ok"]
    finally:
        stack.run("down")
