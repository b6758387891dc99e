"""Asking the warm Spark session for a run of the batch, waiting for what became of it, and the runs that were."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from tickertape.control.keys import BATCH_HISTORY, BATCH_LAST, BATCH_LOCK, BATCH_REQUESTS, batch_run
from tickertape.control.redis_client import read_hash

_KEPT_S = 7 * 24 * 3600
_KEPT_RUNS = 500
# A holder that was killed blocks the next run for so long at most.
LOCK_S = 30
_TURN_S = 0.2
_RENEW_S = 3.0


class BatchFailed(Exception):
    """A run of the batch ended in an error, or did not end in time."""


class BatchLocked(Exception):
    """Another process runs the batch over the same tables."""


def request_run(client: redis.Redis, *, rebuild: bool = False, master: str = "") -> str:
    """Ask for a run; returns its id.

    Args:
        rebuild: fetch, count, upload and compare everything again.
        master: where to run it, as Spark writes it; '' for the warm session.
    """
    run_id = new_run(client, rebuild=rebuild, master=master)
    client.rpush(BATCH_REQUESTS, run_id)
    return run_id


def new_run(client: redis.Redis, *, rebuild: bool, master: str) -> str:
    """Write down a run that the caller makes himself; returns its id."""
    run_id = uuid.uuid4().hex[:12]
    request: dict[Any, Any] = {
        "state": "requested",
        "requested_at": repr(time.time()),
        "rebuild": "1" if rebuild else "0",
        "master": master,
    }
    client.hset(batch_run(run_id), mapping=request)
    client.expire(batch_run(run_id), _KEPT_S)
    return run_id


def next_request(client: redis.Redis, timeout_s: float) -> str | None:
    """The next run asked for, or None when nobody asked within `timeout_s` seconds."""
    answer = client.blpop([BATCH_REQUESTS], timeout=timeout_s)
    return None if answer is None else str(answer[1])


def is_rebuild(client: redis.Redis, run_id: str) -> bool:
    """Whether everything was asked for again."""
    return client.hget(batch_run(run_id), "rebuild") == "1"


def master_of(client: redis.Redis, run_id: str) -> str:
    """Where a run was asked for; '' for the warm session."""
    return str(client.hget(batch_run(run_id), "master") or "")


def report_step(client: redis.Redis, run_id: str) -> None:
    """A run begins its next step: the proof, for whoever watches it, that it is not stuck."""
    client.hincrby(batch_run(run_id), "steps", 1)


def steps_begun(client: redis.Redis, run_id: str) -> int:
    """How many steps a run has begun."""
    return int(str(client.hget(batch_run(run_id), "steps") or 0))


def outcome(client: redis.Redis, run_id: str) -> str | None:
    """`done` or `failed`, or None while a run has not ended."""
    state = client.hget(batch_run(run_id), "state")
    return str(state) if state in ("done", "failed") else None


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
        "master": run.get("master", ""),
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
    """The newest runs that ended, the newest first: `run_id, state, rebuild, master, started_at, finished_at`, counts.

    Times in seconds of Unix time.
    """
    stored: Any = client.lrange(BATCH_HISTORY, 0, most - 1)
    return [dict(json.loads(entry)) for entry in stored]


class RunLock:
    """Two runs never overlap: held by one process, and lost by it when it no longer says that it lives."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._owner = uuid.uuid4().hex

    @contextmanager
    def held(self, wait_s: float, renew_s: float = _RENEW_S) -> Iterator[None]:
        """Take it or wait for it, and hold it for as long as the block takes: a thread says that this process lives.

        Raises:
            BatchLocked: another process has it still after `wait_s` seconds.
        """
        self.acquire(wait_s)
        ended = threading.Event()
        threading.Thread(target=self._renew_until, args=(ended, renew_s), name="run-lock", daemon=True).start()
        try:
            yield
        finally:
            ended.set()
            self.release()

    def _renew_until(self, ended: threading.Event, renew_s: float) -> None:
        while not ended.wait(renew_s):
            try:
                self.renew()
            except redis.RedisError:
                # It is away, or starts again: the next look may be in time.
                continue

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
