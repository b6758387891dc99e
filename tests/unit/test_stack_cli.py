"""The commands: wrong calls end with 2 and one line, and nothing running is said so."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tickertape.cli.context import NOTHING_RUNS
from tickertape.cli.logs import _Tail
from tickertape.cli.main import app

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TICKERTAPE_HOME", str(tmp_path / "home"))
    for name in ("TICKERTAPE_TAPE", "TICKERTAPE_SINCE", "TICKERTAPE_UNTIL"):
        monkeypatch.setenv(name, "")
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    folder = tmp_path / "tape"
    folder.mkdir()
    (folder / "bars.csv").write_text("symbol,ts,open,high,low,close,volume\nA,2025-11-25T14:30:00Z,1,1,1,1,1\n")
    return folder


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--speed", "fast"], "--speed: a number from 1 to 100000, or max, was expected, 'fast' came"),
        (["--speed", "0"], "--speed: a number from 1"),
        (["--from", "yesterday"], "--from: a time such as 2025-11-28T14:30:00Z was expected"),
        (["--to", "2025-11-25T14:30:00"], "with its zone; '2025-11-25T14:30:00' came"),
        (["--from", "2025-11-26T00:00:00Z", "--to", "2025-11-25T00:00:00Z"], "is after --to"),
        (["--from", "2030-01-01T00:00:00Z"], "nothing is left of the tape"),
        (["--runtime", "cloud"], "--runtime: one of auto, compose, airgap, embedded was expected, 'cloud' came"),
    ],
)
def test_a_wrong_option_ends_with_one_line(tape: Path, tmp_path: Path, words: list[str], why: str) -> None:
    result = call("up", "--tape", tape, *words)
    assert 2 == result.exit_code
    assert why in result.stderr
    assert 1 == len(result.stderr.splitlines())
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (None, b"", "does not exist"),
        ("notes.txt", b"", "holds neither tweets.jsonl[.gz] nor bars*.csv[.gz]"),
        ("tweets.jsonl", b"", "is empty"),
        ("tweets.jsonl.gz", b"plain", "the tape cannot be read"),
        ("tweets.jsonl.gz", gzip.compress(b"{}\n" * 5000)[:-9], "the tape cannot be read"),
    ],
)
def test_a_tape_that_cannot_be_played_ends_with_one_line(
    tmp_path: Path, name: str | None, content: bytes, why: str
) -> None:
    folder = tmp_path / "bad"
    if name:
        folder.mkdir()
        (folder / name).write_bytes(content)
    result = call("up", "--tape", folder)
    assert 2 == result.exit_code
    assert why in result.stderr
    assert 1 == len(result.stderr.splitlines())


def test_a_port_that_is_none_is_a_wrong_call(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERTAPE_AWS_PORT", "many")
    monkeypatch.setattr("tickertape.stack.start.ensure_ready", lambda *_: None)
    result = call("up", "--tape", tape)
    assert (2, "TICKERTAPE_AWS_PORT: a port from 1 to 65535 was expected, 'many' came\n") == (
        result.exit_code,
        result.stderr,
    )


@pytest.mark.parametrize("words", [["status"], ["batch", "run"], ["batch", "run", "--json"]])
def test_without_a_stack_the_commands_say_how_to_start_one(words: list[str]) -> None:
    result = call(*words)
    assert (1, f"{NOTHING_RUNS}\n", "") == (result.exit_code, result.stderr, result.stdout)


def test_the_status_of_nothing_is_still_one_document() -> None:
    result = call("status", "--json")
    assert (1, {"running": False, "services": {}}) == (result.exit_code, json.loads(result.stdout))


def test_down_of_nothing_succeeds_with_one_line() -> None:
    result = call("down")
    assert (0, "nothing is running\n") == (result.exit_code, result.stdout)


def test_clean_removes_the_home(tmp_path: Path) -> None:
    (tmp_path / "home/data/set").mkdir(parents=True)
    assert 0 == call("clean").exit_code
    assert not (tmp_path / "home").exists()


def test_logs_name_what_there_is(tmp_path: Path) -> None:
    assert (1, "there are no logs yet: `make up` writes them\n") == _code_and_error(call("logs"))
    logs = tmp_path / "home/logs"
    logs.mkdir(parents=True)
    (logs / "spark.log").write_text("one\ntwo\nthree\n")
    (logs / "stocks.log").write_text("four\n")
    assert (2, "no log of 'sparc'; there are spark, stocks\n") == _code_and_error(call("logs", "sparc"))
    assert "two\nthree\n" == call("logs", "spark", "-n", "2").stdout
    assert "spark  | three\nstocks | four\n" == call("logs", "-n", "1").stdout


def _code_and_error(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stderr


def test_following_a_log_goes_on_when_it_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\n")
    tail = _Tail(path)
    assert ["old"] == tail.last(10)
    with path.open("a") as log:
        log.write("whole\nha")
    assert ["whole"] == tail.new()
    with path.open("a") as log:
        log.write("lf\n")
    path.rename(tmp_path / "a.log.1")
    path.write_text("new\n")
    assert ["half", "new"] == tail.new()


def test_doctor_names_each_check_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without Docker, as on a machine that has none: Java is then needed.
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("JAVA_HOME", "/nonexistent")
    result = call("doctor")
    assert 1 == result.exit_code
    for word in ("Python", "MiniStack", "Redis", "Java", "Memory", "Disk", "openjdk-17-jre-headless"):
        assert word in result.stdout


def test_a_usage_error_ends_with_2() -> None:
    assert 2 == call("up", "--no-such-option").exit_code
    assert 2 == call("no-such-command").exit_code


def test_help_is_there_at_once() -> None:
    best = min(_seconds_of_help() for _ in range(3))
    # Half a second is the promise; a busy machine has this long.
    assert best < 1.5


def _seconds_of_help() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "tickertape.cli.main", "--help"], cwd=REPO, check=True, capture_output=True)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("preparation", "said"),
    [
        ("sys.modules['ensurepip'] = None", "apt-get install python3-venv"),
        ("sys.version_info = (3, 9, 2)", "Python 3.11 or later is needed, this is 3.9"),
    ],
)
def test_bootstrap_says_what_this_python_lacks(preparation: str, said: str) -> None:
    program = f"import sys; sys.path.insert(0, 'scripts'); {preparation}; import bootstrap; sys.exit(bootstrap.main())"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPO, check=False, capture_output=True, text=True)
    assert 1 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.splitlines())
