"""Watching the process of a run at another master, with a real Redis between the two."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from pyarrow import fs
from pyspark.sql import SparkSession

from spark import service
from spark.elsewhere import watch
from spark.runs import Options
from spark.session import SparkUnavailable
from spark.transforms.spam import SpamRules
from tickertape.control.batch import BatchFailed, request_run, wait_for_run
from tickertape.domain.spark_master import SparkMaster

Begin = Callable[[str], list[str]]
# As `spark/runs.py` tells of a run, without Spark.
TELL = """
import sys
from tickertape.control.batch import report_run, report_step
from tickertape.control.redis_client import connect
control, run_id = connect({url!r}), {run_id!r}
report_run(control, run_id, "running")
report_step(control, run_id)
{end}
"""
DONE = 'report_run(control, run_id, "done", tweets=3)'


def process(redis_url: str, run_id: str, end: str) -> list[str]:
    return [sys.executable, "-c", TELL.format(url=redis_url, run_id=run_id, end=end)]


def test_a_run_elsewhere_ends_as_it_says_itself(control: redis.Redis, redis_url: str) -> None:
    """Its counts are the run's, and its steps were seen."""
    run_id = request_run(control, master="local[1]")
    seen: list[None] = []
    assert watch(control, run_id, process(redis_url, run_id, DONE), lambda: seen.append(None))
    assert {"tweets": 3} == wait_for_run(control, run_id, 1.0)


@pytest.mark.parametrize("end", ["import os; os.kill(os.getpid(), 9)", "sys.exit(0)"])
def test_a_run_elsewhere_that_ends_without_a_word_has_failed(control: redis.Redis, redis_url: str, end: str) -> None:
    """Killed or ended, whoever waits for it is told."""
    run_id = request_run(control, master="local[1]")
    assert not watch(control, run_id, process(redis_url, run_id, end), lambda: None)
    with pytest.raises(BatchFailed, match="the process of the run ended with"):
        wait_for_run(control, run_id, 1.0)


def test_two_runs_elsewhere_spill_to_folders_of_their_own(
    control: redis.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made and emptied before the lock is taken; nothing of them is left."""
    folders: list[Path] = []

    def start(work_dir: Path, *, master: SparkMaster) -> SparkSession:
        (work_dir / "scratch").mkdir(parents=True)
        folders.append(work_dir)
        raise SparkUnavailable("no Java")

    monkeypatch.setattr(service, "start_session", start)
    monkeypatch.setattr(service, "_stop_on_signals", lambda: None)
    options = Options(interval_s=1.0, spam=SpamRules(), top=0, lake=fs.LocalFileSystem())
    for _ in range(2):
        assert 1 == service.run_once(redis_url, tmp_path, options, SparkMaster("local[1]"), None, rebuild=False)
    assert 2 == len(set(folders))
    assert not any(folder.exists() for folder in folders)
