"""The `spark` service: one warm session that runs the batch when asked, and by itself while data arrives."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import redis
import stamina
import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pyarrow.fs import FileSystem
from pyspark.sql import SparkSession

from spark.jobs.snapshot import ServingTables
from spark.session import SparkUnavailable, start_session
from spark.sql import SparkSqlError, answer
from spark.transforms.spam import SpamRules
from spark.warmup import warm_up
from spark.workflow import Workflow
from tickertape.aws import Resources, client, is_refused
from tickertape.control.batch import LOCK_S, RunLock, is_rebuild, next_request, report_run, request_run
from tickertape.control.clock import RedisClock
from tickertape.control.events import RedisEvents
from tickertape.control.progress import RedisProgress, read_counts
from tickertape.control.redis_client import connect
from tickertape.control.spark_sql import Asked, next_query, refuse, reply
from tickertape.lake.catalogue.crawl import crawl
from tickertape.lake.catalogue.glue import GlueFailed
from tickertape.lake.catalogue.opening import open_catalogue
from tickertape.lake.files import LakeFiles
from tickertape.lake.store import S3Store
from tickertape.lake.views import LakeTables
from tickertape.ports import Catalogue
from tickertape.serving.store import Unprocessed

NAME = "spark"
_SOURCES = ("twitter", "stocks")
_POLL_S = 1.0
# The shortest that Redis takes.
_LOOK_S = 0.05
_BEAT_S = 3.0
# A step of a run that takes longer is taken to be stuck: the heart stops, and the health check says so.
_STUCK_S = 600.0
# What was counted is in the lake this much later at the latest: Firehose on AWS waits for up to a minute by default.
_DELIVERY_S = 120.0
_STOP_S = 8.0
_ATTEMPTS = 3

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


def is_worth_another(error: Exception) -> bool:
    """Whether a run that failed so may get through in a moment: a service of AWS is away, and refuses nothing."""
    if isinstance(error, ClientError):
        return not is_refused(error)
    return isinstance(error, BotoCoreError | Unprocessed)


class Stopped(BaseException):
    """The process was asked to stop; not an Exception, so that no handler of errors holds it up."""


@dataclass(slots=True)
class Heart:
    """Beats in Redis from a thread of its own, for as long as the main loop turns."""

    progress: RedisProgress
    lock: RunLock
    state: str = "starting"
    turned_at: float = field(default_factory=time.monotonic)

    def turn(self, state: str | None = None) -> None:
        """The main loop turns; optionally in a new state."""
        self.turned_at = time.monotonic()
        if state is not None and state != self.state:
            self.state = state
            self.beat()

    def beat(self) -> None:
        """Beat once, unless the loop is stuck. Redis being away is for the main loop to handle."""
        if time.monotonic() - self.turned_at > _STUCK_S:
            return
        try:
            self.progress.report(state=self.state)
            self.lock.renew()
        except redis.RedisError as error:
            _log.warning("heartbeat_failed", error=str(error))

    def beat_forever(self) -> None:
        """The thread's body."""
        while True:
            self.beat()
            time.sleep(_BEAT_S)


@dataclass(slots=True)
class Arrivals:
    """Whether the lake may have grown: the sources' counters moved a short while ago, and there are new keys."""

    client: redis.Redis
    interval_s: float
    counts: Mapping[str, dict[str, int]] = field(default_factory=dict)
    moved_at: float = float("-inf")
    looked_at: float = float("-inf")
    seen: frozenset[str] = frozenset()

    def batched(self, keys: frozenset[str]) -> None:
        """A run took these keys; the next run by itself is an interval away."""
        self.seen = keys
        self.looked_at = time.monotonic()

    def due(self) -> bool:
        """Whether it is time to look at the lake's keys."""
        now = time.monotonic()
        counts = {source: read_counts(self.client, source) for source in _SOURCES}
        if counts != self.counts:
            self.counts, self.moved_at = counts, now
        if now - self.moved_at > _DELIVERY_S or now - self.looked_at < self.interval_s:
            return False
        self.looked_at = now
        return True


@dataclass(frozen=True, slots=True)
class Options:
    """What settings say of the batch.

    Attributes:
        interval_s: seconds between two runs that nobody asked for, at least.
        top: tickers that a period shows; 0 for all of them.
        lake: S3 as Arrow reads it.
    """

    interval_s: float
    spam: SpamRules
    top: int
    lake: FileSystem


class Service:
    """Takes requests from Redis one after the other."""

    def __init__(
        self, control: redis.Redis, spark: SparkSession, work_dir: Path, options: Options, heart: Heart
    ) -> None:
        self._control = control
        self._options = options
        self._events = RedisEvents(control, NAME, RedisClock(control).now)
        self._spark = spark
        self._work_dir = work_dir
        self._heart = heart
        self._arrivals = Arrivals(control, options.interval_s)
        self._succeeded = False

    def turn(self) -> None:
        """Wait a second for a request and run it, or run unasked when there is reason to."""
        self._heart.turn("ready")
        try:
            asked = next_query(self._control, _LOOK_S)
            if asked is not None:
                self._answer(asked)
                return
            run_id = next_request(self._control, _POLL_S)
            if run_id is None and self._succeeded and self._arrivals.due() and self._has_news():
                # Through the queue, so that such a run is recorded like any other.
                request_run(self._control)
                return
        except redis.RedisError as error:
            _log.warning("redis_unavailable", error=str(error))
            time.sleep(_POLL_S)
            return
        if run_id is not None:
            self._run(run_id)

    def _has_news(self) -> bool:
        try:
            return not self._workflow().raw_keys() <= self._arrivals.seen
        except Exception as error:
            # Nobody asked: the next look may go better, and a run that is asked for says what is wrong.
            _log.warning("lake_unavailable", error=_one_line(error))
            return False

    def _run(self, run_id: str) -> None:
        self._heart.turn("running")
        self._events.emit("batch_started", run_id=run_id)
        try:
            result = self._attempt(run_id)
        except Stopped:
            self._report(run_id, "failed", error="the spark service was stopped")
            raise
        except Exception as error:
            _log.exception("batch_failed", run_id=run_id)
            self._events.emit("batch_failed", level="error", run_id=run_id, why=_one_line(error))
            self._report(run_id, "failed", error=_one_line(error))
            return
        self._succeeded = True
        told: dict[str, Any] = {name: value for name, value in result.items() if isinstance(value, int | float)}
        self._events.emit("batch_done", run_id=run_id, seconds=result["seconds"]["total"], **told)
        self._report(run_id, "done", **result)

    def _attempt(self, run_id: str) -> dict[str, Any]:
        report_run(self._control, run_id, "running")
        rebuild = is_rebuild(self._control, run_id)
        workflow = self._workflow()
        before = workflow.raw_keys()
        self._heart.lock.acquire(LOCK_S + _BEAT_S)
        try:
            for attempt in stamina.retry_context(on=is_worth_another, attempts=_ATTEMPTS, wait_initial=1.0):
                with attempt:
                    # What the first attempt did stays done, a rebuild included.
                    again = rebuild and attempt.num == 1
                    result = workflow.run(rebuild=again, on_step=lambda _name: self._heart.turn())
        finally:
            self._heart.lock.release()
        self._arrivals.batched(before)
        return result

    def _crawl(self) -> dict[str, Any]:
        try:
            return crawl(self._lake_files(), self._catalogue()).document()
        except (OSError, ClientError, BotoCoreError, GlueFailed) as error:
            # The tables are there and counted; what the catalogue says of them can be made good later.
            self._events.emit("crawl_failed", level="warning", why=_one_line(error))
            return {"error": _one_line(error)}

    def _lake_files(self) -> LakeFiles:
        return LakeFiles(Resources.from_stack().lake_bucket, self._options.lake)

    def _catalogue(self) -> Catalogue:
        return open_catalogue(client("glue"), S3Store(client("s3"), Resources.from_stack().lake_bucket))

    def _answer(self, asked: Asked) -> None:
        """One query in SQL, between two runs: the files it reads stay as they are."""
        self._heart.turn("answering")
        try:
            tables = LakeTables(self._lake_files(), self._catalogue())
            reply(self._control, asked, answer(self._spark, asked.query, tables, self._workflow().tables_on_disk()))
        except SparkSqlError as error:
            refuse(self._control, asked, str(error), is_wrong=True)
        except redis.RedisError:
            raise
        except Exception as error:
            _log.exception("query_failed")
            refuse(self._control, asked, _one_line(error), is_wrong=False)

    def _workflow(self) -> Workflow:
        # Each time anew: the stack may have been deployed again under other names.
        names = Resources.from_stack()
        return Workflow(
            spark=self._spark,
            lake=S3Store(client("s3"), names.lake_bucket),
            tables=ServingTables(
                client("dynamodb"), names.ticker_rollups_table, names.period_totals_table, self._options.top
            ),
            work_dir=self._work_dir / names.lake_bucket,
            spam=self._options.spam,
            crawl=self._crawl,
        )

    def _report(self, run_id: str, state: str, **result: Any) -> None:
        try:
            report_run(self._control, run_id, state, **result)
        except redis.RedisError as error:
            _log.warning("report_failed", run_id=run_id, state=state, error=str(error))


def serve_forever(redis_url: str, work_dir: Path, options: Options) -> int:
    """Run the service until it is asked to stop; returns the exit code.

    Args:
        work_dir: what may be lost and made again; a folder a bucket, and Spark's own.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        control = connect(redis_url)
        heart = Heart(RedisProgress(control, NAME), RunLock(control))
        threading.Thread(target=heart.beat_forever, name="heart", daemon=True).start()
        service = Service(control, _start(work_dir), work_dir, options, heart)
        while True:
            service.turn()
    except SparkUnavailable as error:
        _log.error("spark_cannot_start", error=str(error))
        return 1
    except Stopped:
        _log.info("stopped")
        return 0


def _start(work_dir: Path) -> SparkSession:
    began = time.monotonic()
    spark = start_session(work_dir)
    session_s = time.monotonic() - began
    warm_up(spark, work_dir)
    _log.info("session_ready", session_s=round(session_s, 1), warm_up_s=round(time.monotonic() - began - session_s, 1))
    return spark


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # A call into the JVM or to an emulator may take its time to end: then the process does not wait for it.
    overdue = threading.Timer(_STOP_S, os._exit, [0])
    overdue.daemon = True
    overdue.start()
    raise Stopped


def _one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
