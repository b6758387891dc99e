"""The `spark` service: one warm session that runs the batch when asked, and by itself while data arrives."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path
from types import FrameType

import redis
import structlog
from pyspark.sql import SparkSession

from spark.arrivals import Arrivals
from spark.elsewhere import run_elsewhere
from spark.heart import Heart
from spark.runs import NAME, Options, Runs, Stopped, one_line
from spark.session import SparkUnavailable, start_session
from spark.sql import SparkSqlError, answer
from spark.warmup import warm_up
from tickertape.control.batch import master_of, new_run, next_request, report_run, request_run
from tickertape.control.progress import RedisProgress
from tickertape.control.redis_client import connect
from tickertape.control.spark_sql import Asked, next_query, refuse, reply
from tickertape.domain.spark_master import SparkMaster
from tickertape.lake.views import LakeTables

_POLL_S = 1.0
# The shortest that Redis takes.
_LOOK_S = 0.05
_STOP_S = 8.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Service:
    """Takes requests from Redis one after the other."""

    def __init__(self, control: redis.Redis, spark: SparkSession, runs: Runs, arrivals: Arrivals, heart: Heart) -> None:
        self._control = control
        self._spark = spark
        self._runs = runs
        self._arrivals = arrivals
        self._heart = heart
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
            if run_id is not None:
                self._run(run_id)
            elif self._succeeded and self._arrivals.due() and not self._raw_keys() <= self._arrivals.seen:
                # Through the queue, so that such a run is recorded like any other.
                request_run(self._control)
        except redis.RedisError as error:
            _log.warning("redis_unavailable", error=str(error))
            time.sleep(_POLL_S)

    def _raw_keys(self) -> frozenset[str]:
        """The keys of the lake's raw objects; none while the lake does not answer."""
        try:
            return self._runs.workflow().raw_keys()
        except Exception as error:
            # Nobody asked for this look: the next may go better, and a run says what is wrong.
            _log.warning("lake_unavailable", error=one_line(error))
            return frozenset()

    def _run(self, run_id: str) -> None:
        self._heart.turn("running")
        before = self._raw_keys()
        if self._make(run_id):
            self._succeeded = True
            self._arrivals.batched(before)

    def _make(self, run_id: str) -> bool:
        master = master_of(self._control, run_id)
        return run_elsewhere(self._control, run_id, master, self._heart.turn) if master else self._runs.run(run_id)

    def _answer(self, asked: Asked) -> None:
        """One query in SQL, between two runs: the files it reads stay as they are."""
        self._heart.turn("answering")
        try:
            tables = LakeTables(*self._runs.open_lake())
            on_disk = self._runs.workflow().tables_on_disk()
            reply(self._control, asked, answer(self._spark, asked.query, tables, on_disk))
        except SparkSqlError as error:
            refuse(self._control, asked, str(error), is_wrong=True)
        except redis.RedisError:
            raise
        except Exception as error:
            _log.exception("query_failed")
            refuse(self._control, asked, one_line(error), is_wrong=False)


def serve_forever(redis_url: str, work_dir: Path, options: Options, master: SparkMaster) -> int:
    """Run the service until it is asked to stop; returns the exit code.

    Args:
        work_dir: what may be lost and made again; a folder a bucket, and Spark's own.
    """
    _stop_on_signals()
    try:
        control = connect(redis_url)
        heart = Heart(RedisProgress(control, NAME))
        threading.Thread(target=heart.beat_forever, name="heart", daemon=True).start()
        spark = _start(work_dir, master)
        runs = Runs(control, spark, work_dir, options, heart.turn)
        service = Service(control, spark, runs, Arrivals(control, options.interval_s), heart)
        while True:
            service.turn()
    except SparkUnavailable as error:
        _log.error("spark_cannot_start", error=str(error))
        return 1
    except Stopped:
        _log.info("stopped")
        return 0


def run_once(
    redis_url: str, work_dir: Path, options: Options, master: SparkMaster, run_id: str | None, rebuild: bool
) -> int:
    """Make one run in a session of its own, which takes turns with the service; returns the exit code.

    Args:
        work_dir: the service's: a run goes on from what the last one left there, wherever that ran.
        run_id: of the request; None when it has not been written down yet.
    """
    _stop_on_signals()
    control = connect(redis_url)
    run_id = run_id or new_run(control, rebuild=rebuild, master=master.url)
    # A session empties its folder as it starts: neither the service's nor that of another run.
    folder = work_dir / "elsewhere" / run_id
    try:
        spark = start_session(folder, master=master)
        succeeded = Runs(control, spark, work_dir, options).run(run_id)
        spark.stop()
        return 0 if succeeded else 1
    except SparkUnavailable as error:
        _log.error("spark_cannot_start", error=str(error))
        report_run(control, run_id, "failed", error=str(error))
        return 1
    except Stopped:
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(work_dir: Path, master: SparkMaster) -> SparkSession:
    began = time.monotonic()
    spark = start_session(work_dir, master=master)
    session_s = time.monotonic() - began
    warm_up(spark, work_dir)
    _log.info("session_ready", session_s=round(session_s, 1), warm_up_s=round(time.monotonic() - began - session_s, 1))
    return spark


def _stop_on_signals() -> None:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough: a run elsewhere is told by its group and by the service.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A call into the JVM or to an emulator may take its time to end: then the process does not wait for it.
    overdue = threading.Timer(_STOP_S, os._exit, [0])
    overdue.daemon = True
    overdue.start()
    raise Stopped
