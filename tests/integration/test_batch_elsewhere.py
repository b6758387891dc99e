"""Runs of the batch beside the warm session: killed in the middle, and to the end."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
import redis

from tests.integration.conftest import Stack
from tests.integration.test_catalogue import client, files
from tests.waiting import wait_for
from tickertape.control.batch import BatchFailed, request_run, steps_begun, wait_for_run
from tickertape.control.keys import BATCH_LOCK
from tickertape.lake.keys import Table
from tickertape.lake.sql import run_sql
from tickertape.lake.store import S3Store
from tickertape.lake.views import LakeTables
from tickertape.serving.store import scan

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
MASTER = "local[2]"
# Tweets are fetched by then, and are being counted: the longest step.
STEPS = 2
ATTRIBUTES = ("period", "ticker", "level", "period_start", "mentions")


def everything(stack: Stack) -> list[Any]:
    """The rows of all curated tables, and the items that the page reads."""
    tables = LakeTables(files(stack, S3Store(client(stack, "s3"), "tickertape-lake")))
    rows: list[Any] = [run_sql(f"SELECT * FROM {table} ORDER BY ALL", tables) for table in Table]  # noqa: S608  # ours
    dynamodb = client(stack, "dynamodb")
    items = [scan(dynamodb, name, ATTRIBUTES) for name in ("ticker_rollups", "period_totals")]
    return [*rows, *(sorted(map(str, found)) for found in items)]


def kill_run(service: psutil.Process) -> None:
    """Kill -9 the process that the service has started for a run."""
    (found,) = [child for child in service.children() if MASTER in child.cmdline()]
    found.kill()


def test_a_run_that_is_killed_is_made_good_by_the_next(stack: Stack) -> None:
    """Kill -9 in the middle of a rebuild: it has failed, and a run that goes to its end makes the same tables."""
    before = everything(stack)
    # Looked up ahead: asking for it takes seconds on a busy machine.
    service = psutil.Process(stack.json("status")["services"]["spark"]["pid"])
    control = redis.Redis.from_url(f"redis://127.0.0.1:{stack.ports['REDIS']}/0", decode_responses=True)
    run_id = request_run(control, rebuild=True, master=MASTER)
    wait_for(lambda: steps_begun(control, run_id) >= STEPS, 120)
    kill_run(service)
    with pytest.raises(BatchFailed, match="the process of the run ended with -9"):
        wait_for_run(control, run_id, 30)
    # As if the time had passed that the lock of a killed run is kept.
    control.delete(BATCH_LOCK)
    assert stack.json("batch", "run", "--master", MASTER)["unreadable_objects"] == []
    assert before == everything(stack)
    told = [(run["state"], run["master"]) for run in stack.json("batch", "history", "--last", "2")]
    assert [("done", MASTER), ("failed", MASTER)] == told
