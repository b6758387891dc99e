"""The names in Redis: the only place they are built."""

from __future__ import annotations

from datetime import datetime

CLOCK = "clock"
# What is being replayed: tape, window, where play begins.
REPLAY = "replay"
# The gate as the manager last wrote it, who decides, and the sessions it goes by.
GATE = "gate"
GATE_MODES = "gate:modes"
GATE_CALENDAR = "gate:calendar"
# Expires when the manager no longer lives.
GATE_HEARTBEAT = "gate:heartbeat"
FLAGS = "flags"
# A stream: what happened, for people.
EVENTS = "events"
BATCH_REQUESTS = "batch:requests"
# A list: the newest runs that ended, each with its counts.
BATCH_HISTORY = "batch:history"
# Held by the process whose run is under way.
BATCH_LOCK = "batch:lock"


def counters(service: str) -> str:
    """A hash of counts by outcome."""
    return f"counters:{service}"


def minute_counters(service: str, minute: datetime) -> str:
    """A hash of counts by source, symbol and outcome within one minute of the wall clock."""
    return f"counters:{service}:{minute.strftime('%Y-%m-%dT%H:%M')}Z"


def progress(service: str) -> str:
    """A hash: how far a service is, and when its heart last beat."""
    return f"progress:{service}"


def batch_run(run_id: str) -> str:
    """A hash: state, error and counts of one run of the batch."""
    return f"batch:run:{run_id}"


BATCH_LAST = "batch:last"


def budget(name: str, begin: datetime) -> str:
    """A counter: how much of a provider's budget is spent in the period that began then."""
    return f"budget:{name}:{begin.date().isoformat()}"


def lease(name: str) -> str:
    """Who alone does something now; expires."""
    return f"lease:{name}"


# What the newest `verify` found.
VERIFY_LAST = "verify:last"
# The newest backup, for whoever does not read the store of backups.
BACKUP_LAST = "backup:last"


# Queries for Spark, oldest first.
SQL_REQUESTS = "sql:requests"


def sql_answer(query_id: str) -> str:
    """A list of one element: what Spark answered to one query."""
    return f"sql:answer:{query_id}"
