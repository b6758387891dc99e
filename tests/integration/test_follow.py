"""A folder that other programs append to, and standard input, as live sources."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.records import own, raw
from tests.integration.conftest import PROGRAM, REPO, Stack
from tests.waiting import wait_for

pytestmark = pytest.mark.integration
HEADER = "symbol,ts,open,high,low,close,volume\n"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "home")
    yield made
    made.run("down")


def append(folder: Path, numbers: range) -> None:
    with (folder / "tweets.jsonl").open("ab") as tweets:
        for number in numbers:
            tweets.write(raw(own(id=str(number))) + b"\n")
    with (folder / "bars.csv").open("a") as bars:
        for number in numbers:
            bars.write(f"AAPL,2015-11-27T15:{number:02}:00Z,100,101,99,100,10\n")


def ingest(stack: Stack) -> Any:
    # Whichever exit code: on a busy machine the page may answer late, and the counts are there all the same.
    return stack.json("status", code=None)["ingest"]


def accepted(stack: Stack) -> tuple[int, int]:
    found = ingest(stack)
    return found["twitter"]["counts"].get("accepted", 0), found["stocks"]["counts"].get("accepted", 0)


def test_what_is_appended_comes_in_once_also_what_came_while_nothing_ran(stack: Stack, tmp_path: Path) -> None:
    """Lines before the start, while it runs and while it is down: each is delivered once; the clock is the wall's."""
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "bars.csv").write_text(HEADER)
    append(folder, range(5))
    stack.run("up", "--runtime", "embedded", "--tape", str(folder), "--follow")
    wait_for(lambda: accepted(stack) == (5, 5))
    append(folder, range(5, 20))
    wait_for(lambda: accepted(stack) == (20, 20))
    assert "wall" == stack.json("status")["clock"]["kind"]
    stack.run("down")
    append(folder, range(20, 30))
    stack.run("up", "--runtime", "embedded", "--tape", str(folder), "--follow")
    wait_for(lambda: accepted(stack) == (30, 30))
    stack.run("batch", "run")
    report = stack.json("verify")
    assert report["ok"], report
    assert [30] * 5 == [hop["delivered"] for hop in report["tweets"]["hops"]]


def test_any_program_can_feed_tweets_through_standard_input(stack: Stack) -> None:
    """What is piped into `up --tape - --follow` is in the data store, and the command ends with its input."""
    lines = b"".join(raw(own(id=str(number))) + b"\n" for number in range(7)) + b"broken"
    subprocess.run(
        [PROGRAM, "up", "--runtime", "embedded", "--tape", "-", "--follow"],
        env=stack.environment(),
        cwd=REPO,
        input=lines,
        check=True,
        timeout=120,
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: accepted(stack)[0] == 7)
    wait_for(lambda: ingest(stack)["twitter"]["counts"].get("quarantined:not_json") == 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--live", "--tape", "fixtures/demo"], "--live"),
        (["--follow"], "--tape FOLDER"),
        (["--tape", "-"], "--follow"),
        (["--live", "--speed", "60"], "--speed"),
        (["--tape", "no/such/folder", "--follow"], "no/such/folder"),
    ],
)
def test_what_does_not_go_together_is_said(stack: Stack, words: list[str], said: str) -> None:
    """Exit code 2 and one line, before anything is started."""
    assert said in stack.run("up", *words, code=2).stderr
