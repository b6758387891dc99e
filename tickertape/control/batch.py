"""Asking the warm Spark session for a run of the batch, waiting for what became of it, and the runs that were."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import redis

from tickertape.control.keys import BATCH_HISTORY, BATCH_LAST, BATCH_LOCK, BATCH_REQUESTS, batch_run
from tickertape.control.redis_client import read_hash

_KEPT_S = 7 * 24 * 3600
_KEPT_RUNS = 500
# A holder that was killed blocks the next run for so long at most.
LOCK_S = 30
_TURN_S = 0.2


class BatchFailed(Exception):
    """A run of the batch ended in an error, or did not end in time."""


class BatchLocked(Exception):
    """Another process runs the batch over the same tables."""


def request_run(client: redis.Redis, *, rebuild: bool = False) -> str:
    """Ask for a run; returns its id.

    Args:
        rebuild: fetch, count, upload and compare everything again.
    """
    run_id = uuid.uuid4().hex[:12]
    request: dict[Any, Any] = {
        "state": "requested",
        "requested_at": repr(time.time()),
        "rebuild": "1" if rebuild else "0",
    }
    client.hset(batch_run(run_id), mapping=request)
    client.expire(batch_run(run_id), _KEPT_S)
    client.rpush(BATCH_REQUESTS, run_id)
    return run_id


def next_request(client: redis.Redis, timeout_s: float) -> str | None:
    """The next run asked for, or None when nobody asked within `timeout_s` seconds."""
    answer = client.blpop([BATCH_REQUESTS], timeout=timeout_s)
    return None if answer is None else str(answer[1])


def is_rebuild(client: redis.Redis, run_id: str) -> bool:
    """Whether everything was asked for again."""
    return client.hget(batch_run(run_id), "rebuild") == "1"


def report_run(client: redis.Redis, run_id: str, state: str, **result: Any) -> None:
    """Say what became of a run: `running`, `done` with its counts, or `failed` with its error."""
    now = time.time()
    times: dict[Any, Any] = {"started_at": repr(now)} if state == "running" else {"finished_at": repr(now)}
    client.hset(batch_run(run_id), mapping={"state": state, "result": json.dumps(result), **times})
    client.expire(batch_run(run_id), _KEPT_S)
    if state == "running":
        return
    run = read_hash(client, batch_run(run_id))
    entry = {
        "run_id": run_id,
        "state": state,
        "rebuild": run.get("rebuild") == "1",
        "started_at": float(run.get("started_at", now)),
        "finished_at": now,
        **result,
    }
    client.lpush(BATCH_HISTORY, json.dumps(entry))
    client.ltrim(BATCH_HISTORY, 0, _KEPT_RUNS - 1)
    if state == "done":
        client.set(BATCH_LAST, json.dumps({"run_id": run_id, "finished_at": now, **result}))


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


def history(client: redis.Redis, most: int) -> list[dict[str, Any]]:
    """The newest runs that ended, the newest first: `run_id, state, rebuild, started_at, finished_at` and the counts.

    Times in seconds of Unix time.
    """
    stored: Any = client.lrange(BATCH_HISTORY, 0, most - 1)
    return [dict(json.loads(entry)) for entry in stored]


class RunLock:
    """Two runs never overlap: held by one process, and lost by it when it no longer says that it lives."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._owner = uuid.uuid4().hex

    def acquire(self, wait_s: float) -> None:
        """Take it, or wait for it: a holder that was killed loses it after `LOCK_S`.

        Raises:
            BatchLocked: another process has it still after `wait_s` seconds.
        """
        deadline = time.monotonic() + wait_s
        while not self._client.set(BATCH_LOCK, self._owner, nx=True, ex=LOCK_S) and not self.renew():
            if time.monotonic() >= deadline:
                raise BatchLocked(f"another process has been running the batch for {wait_s:.0f} s and more")
            time.sleep(_TURN_S)

    def renew(self) -> bool:
        """Hold it for longer; whether it was still held."""
        if self._client.get(BATCH_LOCK) != self._owner:
            return False
        return bool(self._client.expire(BATCH_LOCK, LOCK_S))

    def release(self) -> None:
        """Give it back, if it is still held."""
        if self._client.get(BATCH_LOCK) == self._owner:
            self._client.delete(BATCH_LOCK)
