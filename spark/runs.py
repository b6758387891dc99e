"""One run of the batch for whoever asked: under the lock, tried again where that may help, and recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import stamina
import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pyarrow.fs import FileSystem
from pyspark.sql import SparkSession

from spark.jobs.snapshot import ServingTables
from spark.transforms.spam import SpamRules
from spark.workflow import Workflow
from tickertape.aws import Resources, client, is_refused
from tickertape.control.batch import LOCK_S, RunLock, is_rebuild, report_run, report_step
from tickertape.control.clock import RedisClock
from tickertape.control.events import RedisEvents
from tickertape.domain.times import format_utc
from tickertape.lake import deployed
from tickertape.lake.catalogue.crawl import crawl
from tickertape.lake.catalogue.glue import GlueFailed
from tickertape.lake.files import LakeFiles
from tickertape.lake.store import S3Store
from tickertape.ports.lake import Catalogue
from tickertape.serving.store import Unprocessed

NAME = "spark"
_ATTEMPTS = 3
# A holder that was killed has lost the lock by then.
_LOCK_WAIT_S = LOCK_S + 3.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


def is_worth_another(error: Exception) -> bool:
    """Whether a run that failed so may get through in a moment: a service of AWS is away, and refuses nothing."""
    if isinstance(error, ClientError):
        return not is_refused(error)
    return isinstance(error, BotoCoreError | Unprocessed)


class Stopped(BaseException):
    """The process was asked to stop; not an Exception, so that no handler of errors holds it up."""


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


class Runs:
    """Runs the batch in one session.

    Args:
        work_dir: what the batch keeps on disk; a folder a bucket.
        on_step: called as each step of a run begins.
    """

    def __init__(
        self,
        control: redis.Redis,
        spark: SparkSession,
        work_dir: Path,
        options: Options,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        self._control = control
        self._spark = spark
        self._work_dir = work_dir
        self._options = options
        self._on_step = on_step
        self._lock = RunLock(control)
        self._clock = RedisClock(control)
        self._events = RedisEvents(control, NAME, self._clock.now)

    def run(self, run_id: str) -> bool:
        """Run the batch as it was asked for, and record what became of it; whether it succeeded."""
        self._events.emit("batch_started", run_id=run_id)
        try:
            result = self._attempt(run_id)
        except Stopped:
            self._report(run_id, "failed", error="the spark service was stopped")
            raise
        except Exception as error:
            _log.exception("batch_failed", run_id=run_id)
            self._events.emit("batch_failed", level="error", run_id=run_id, why=one_line(error))
            self._report(run_id, "failed", error=one_line(error))
            return False
        told: dict[str, Any] = {name: value for name, value in result.items() if isinstance(value, int | float)}
        self._events.emit("batch_done", run_id=run_id, seconds=result["seconds"]["total"], **told)
        self._report(run_id, "done", **result)
        return True

    def workflow(self) -> Workflow:
        """The batch over the stack as it is deployed now: it may have been deployed again under other names."""
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

    def open_lake(self) -> tuple[LakeFiles, Catalogue]:
        """The lake's files, and the catalogue that says which tables they are."""
        return deployed.open_lake(self._options.lake)

    def _attempt(self, run_id: str) -> dict[str, Any]:
        report_run(self._control, run_id, "running")
        # What came in by then is in the tables, however often it is tried.
        as_of = format_utc(self._clock.now())
        rebuild = is_rebuild(self._control, run_id)
        workflow = self.workflow()

        def on_step(_name: str) -> None:
            report_step(self._control, run_id)
            self._on_step()

        result: dict[str, Any] = {}
        with self._lock.held(_LOCK_WAIT_S):
            for attempt in stamina.retry_context(on=is_worth_another, attempts=_ATTEMPTS, wait_initial=1.0):
                with attempt:
                    # What the first attempt did stays done, a rebuild included.
                    result = workflow.run(rebuild=rebuild and attempt.num == 1, on_step=on_step)
        return {**result, "as_of": as_of}

    def _crawl(self) -> dict[str, Any]:
        try:
            return crawl(*self.open_lake()).document()
        except (OSError, ClientError, BotoCoreError, GlueFailed) as error:
            # The tables are there and counted; what the catalogue says of them can be made good later.
            self._events.emit("crawl_failed", level="warning", why=one_line(error))
            return {"error": one_line(error)}

    def _report(self, run_id: str, state: str, **result: Any) -> None:
        try:
            report_run(self._control, run_id, state, **result)
        except redis.RedisError as error:
            _log.warning("report_failed", run_id=run_id, state=state, error=str(error))


def one_line(error: Exception) -> str:
    """An error's class and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
