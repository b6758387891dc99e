"""The GitHub workflow says what GitHub expects, and calls only what the Makefile has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).parents[2]
TARGETS = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(), re.MULTILINE))


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REPO / ".github/workflows/ci.yml").read_text())["jobs"]
    return found


def test_every_job_has_a_machine_a_limit_and_steps_of_one_kind() -> None:
    """A step uses an action of a named version or runs a command, never both."""
    for name, job in jobs().items():
        assert job["runs-on"], name
        assert job["timeout-minutes"], name
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1")), step


def test_every_target_that_is_called_exists() -> None:
    """A renamed target must not be found out on GitHub."""
    commands = [step["run"] for job in jobs().values() for step in job["steps"] if "run" in step]
    called = {target for command in commands for target in re.findall(r"make ([a-z-]+)", command)}
    assert {"test", "test-docker", "up", "verify"} <= called
    assert set() == called - TARGETS
