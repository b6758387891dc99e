"""Asking the warm Spark session for a run of the batch, and waiting for what became of it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import redis

from tickertape.control.keys import BATCH_LAST, BATCH_REQUESTS, batch_run
from tickertape.control.redis_client import read_hash

_KEPT_S = 7 * 24 * 3600


class BatchFailed(Exception):
    """A run of the batch ended in an error, or did not end in time."""


def request_run(client: redis.Redis) -> str:
    """Ask for a run; returns its id."""
    run_id = uuid.uuid4().hex[:12]
    client.hset(batch_run(run_id), mapping={"state": "requested", "requested_at": repr(time.time())})
    client.expire(batch_run(run_id), _KEPT_S)
    client.rpush(BATCH_REQUESTS, run_id)
    return run_id


def next_request(client: redis.Redis, timeout_s: float) -> str | None:
    """The next run asked for, or None when nobody asked within `timeout_s` seconds."""
    answer = client.blpop([BATCH_REQUESTS], timeout=timeout_s)
    return None if answer is None else str(answer[1])


def report_run(client: redis.Redis, run_id: str, state: str, **result: Any) -> None:
    """Say what became of a run: `running`, `done` with its counts, or `failed` with its error."""
    client.hset(batch_run(run_id), mapping={"state": state, "result": json.dumps(result)})
    client.expire(batch_run(run_id), _KEPT_S)
    if state == "done":
        client.set(BATCH_LAST, json.dumps({"run_id": run_id, "finished_at": time.time(), **result}))


def wait_for_run(client: redis.Redis, run_id: str, timeout_s: float) -> dict[str, Any]:
    """Wait for a run to end; returns its counts.

    Raises:
        BatchFailed: it failed, or had not ended after `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        run = read_hash(client, batch_run(run_id))
        result: dict[str, Any] = json.loads(run.get("result", "{}"))
        if run.get("state") == "done":
            return result
        if run.get("state") == "failed":
            raise BatchFailed(str(result.get("error", "no reason given")))
        time.sleep(0.1)
    raise BatchFailed(f"run {run_id} had not ended after {timeout_s:.0f} s; see `tickertape logs spark`")


def last_run(client: redis.Redis) -> dict[str, Any] | None:
    """The counts of the newest run that succeeded, or None."""
    stored = client.get(BATCH_LAST)
    return None if stored is None else dict(json.loads(str(stored)))
