"""Asking for runs of the batch, their history and their lock in a real Redis."""

import pytest
import redis

from tests.waiting import wait_for
from tickertape.control.batch import (
    BatchFailed,
    BatchLocked,
    RunLock,
    history,
    is_rebuild,
    last_run,
    master_of,
    next_request,
    outcome,
    report_run,
    report_step,
    request_run,
    steps_begun,
    wait_for_run,
)
from tickertape.control.keys import BATCH_LOCK


def test_runs_are_asked_for_in_order_and_each_says_what_it_is(control: redis.Redis) -> None:
    """The first asked for is the first given out, and a rebuild is told from a plain run."""
    asked = [request_run(control), request_run(control, rebuild=True)]
    given = [next_request(control, 0.1), next_request(control, 0.1), next_request(control, 0.1)]
    assert [*asked, None] == given
    assert [False, True] == [is_rebuild(control, run_id) for run_id in asked]


def test_who_waits_is_told_the_counts_or_the_error(control: redis.Redis) -> None:
    """A run that is done gives its counts, a failed one its reason."""
    good, bad = request_run(control), request_run(control)
    report_run(control, good, "done", tweets=3)
    report_run(control, bad, "failed", error="the lake is away")
    assert {"tweets": 3} == wait_for_run(control, good, 1.0)
    with pytest.raises(BatchFailed, match="the lake is away"):
        wait_for_run(control, bad, 1.0)


def test_the_history_has_the_newest_run_first(control: redis.Redis) -> None:
    """Failed runs are in it; the last run is the last that succeeded."""
    for number, state in enumerate(("done", "failed")):
        run_id = request_run(control, rebuild=bool(number))
        report_run(control, run_id, "running")
        report_run(control, run_id, state, number=number)
    told = [(run["state"], run["rebuild"], run["number"]) for run in history(control, 5)]
    assert [("failed", True, 1), ("done", False, 0)] == told
    assert all(run["started_at"] <= run["finished_at"] for run in history(control, 5))
    assert 0 == (last_run(control) or {})["number"]


def test_two_runs_never_overlap(control: redis.Redis) -> None:
    """One process holds the lock; it may take it again, and nobody else before it gave it back."""
    ours, theirs = RunLock(control), RunLock(control)
    ours.acquire(0)
    ours.acquire(0)
    with pytest.raises(BatchLocked):
        theirs.acquire(0.3)
    theirs.release()
    with pytest.raises(BatchLocked):
        theirs.acquire(0)
    ours.release()
    theirs.acquire(0)
    assert not ours.renew()


def test_a_lock_whose_holder_was_killed_is_waited_for(control: redis.Redis) -> None:
    """It expires, and the next process has it."""
    RunLock(control).acquire(0)
    control.pexpire(BATCH_LOCK, 300)
    RunLock(control).acquire(5)


def test_a_lock_is_held_for_as_long_as_a_run_takes(control: redis.Redis) -> None:
    """It is renewed meanwhile, and given back at the end."""
    with RunLock(control).held(0, renew_s=0.01):
        control.pexpire(BATCH_LOCK, 1000)
        wait_for(lambda: int(str(control.pttl(BATCH_LOCK))) > 1000)
    RunLock(control).acquire(0)


def test_a_run_says_where_it_was_asked_for_and_how_far_it_is(control: redis.Redis) -> None:
    """Whoever watches it sees each step begin, and what became of it."""
    here, there = request_run(control), request_run(control, master="spark://10.0.0.7:7077")
    assert ["", "spark://10.0.0.7:7077"] == [master_of(control, here), master_of(control, there)]
    assert (0, None) == (steps_begun(control, there), outcome(control, there))
    report_run(control, there, "running")
    report_step(control, there)
    report_step(control, there)
    assert (2, None) == (steps_begun(control, there), outcome(control, there))
    report_run(control, there, "failed", error="no worker")
    assert "failed" == outcome(control, there)
    assert "spark://10.0.0.7:7077" == history(control, 1)[0]["master"]
