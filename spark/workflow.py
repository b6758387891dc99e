"""The batch from end to end: raw objects in, curated Parquet and serving tables out.

`python -m spark.workflow serve` is the service that runs it whenever asked (`spark/service.py`).

Each step looks only at what is there, so a run that stopped anywhere is made good by the next one, and a run over the
lake of the last run changes nothing. The Spark part is left out while neither the lake's objects nor this code changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from spark.jobs.curate import TOTALS, Curated, Unreadable, curate_bars, curate_tweets
from spark.jobs.publish import publish, remove_stale
from spark.jobs.serving import serve
from spark.jobs.snapshot import ServingTables
from spark.jobs.staging import RawCache, Staged
from tickertape import logs
from tickertape.lake.keys import RawKind, Table
from tickertape.ports import ObjectStore
from tickertape.settings import BadSettings, load

_CURATE = {RawKind.TWEETS: curate_tweets, RawKind.BARS: curate_bars}


@dataclass(slots=True)
class Steps:
    """Times the steps of a run, and tells `on_step` that one began: the proof that the run is not stuck."""

    on_step: Callable[[str], None]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step; a step taken twice counts as one."""
        self.on_step(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - began, 3)


@dataclass(frozen=True, slots=True)
class Workflow:
    """One lake and the tables it is served from.

    Attributes:
        work_dir: what the batch keeps on disk; all of it can be made again. One folder a bucket.
    """

    spark: SparkSession
    lake: ObjectStore
    tables: ServingTables
    work_dir: Path

    def run(self, *, rebuild: bool = False, on_step: Callable[[str], None] = lambda _name: None) -> dict[str, Any]:
        """Run the whole batch once.

        Args:
            rebuild: forget everything kept on disk first: fetch, count, upload and compare all of it again.
            on_step: called with the name of each step as it begins.

        Returns:
            Counts of the tables' rows, what was written and what could not be read, and the seconds of each step.
        """
        steps = Steps(on_step)
        if rebuild:
            shutil.rmtree(self.work_dir, ignore_errors=True)
        cache = RawCache(self.lake, self.work_dir / "raw")
        with steps.step("stage"):
            staged = {kind: cache.refresh(kind) for kind in RawKind}
        curated: dict[RawKind, Curated] = {}
        for kind in RawKind:
            with steps.step(f"curate_{kind}"):
                curated[kind] = self._curate(kind, staged[kind])
        with steps.step("publish"):
            published = self._publish()
        with steps.step("serve"):
            served = serve(
                self.tables,
                _read(self._tables_of(RawKind.TWEETS) / Table.ROLLUPS),
                _read(self._tables_of(RawKind.TWEETS) / TOTALS),
                self.work_dir / "served",
            )
        with steps.step("clean"):
            removed = remove_stale(self.lake, published)
        unreadable = [curated[kind].unreadable for kind in RawKind]
        return {
            **{name: count for part in curated.values() for name, count in part.rows.items()},
            "written_items": served.written,
            "deleted_items": served.deleted,
            "scanned_tables": served.scanned,
            "removed_objects": removed,
            "new_objects": sum(part.fetched for part in staged.values()),
            "unreadable_lines": sum(part.lines for part in unreadable),
            "unreadable_samples": [sample for part in unreadable for sample in part.samples],
            "unreadable_objects": [key for part in staged.values() for key in part.unreadable],
            "seconds": steps.seconds | {"total": round(sum(steps.seconds.values()), 3)},
        }

    def raw_keys(self) -> frozenset[str]:
        """The keys of the lake's raw objects now."""
        cache = RawCache(self.lake, self.work_dir / "raw")
        return frozenset(key for kind in RawKind for key in cache.listing(kind))

    def _tables_of(self, kind: RawKind) -> Path:
        return self.work_dir / "curated" / kind

    def _curate(self, kind: RawKind, staged: Staged) -> Curated:
        """The tables of that kind of event, made again unless they were made of the same objects by the same code."""
        out = self._tables_of(kind)
        about = out / "about.json"
        made_of = hashlib.sha256("\n".join([_code_digest(), *staged.keys]).encode()).hexdigest()
        if about.exists():
            known = json.loads(about.read_text())
            if known["made_of"] == made_of:
                return Curated(known["rows"], Unreadable(known["lines"], tuple(known["samples"])))
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        made = _CURATE[kind](self.spark, staged.files, out)
        # Last, and so the sign that the tables beside it are complete.
        about.write_text(
            json.dumps(
                {
                    "made_of": made_of,
                    "rows": dict(made.rows),
                    "lines": made.unreadable.lines,
                    "samples": list(made.unreadable.samples),
                }
            )
        )
        return made

    def _publish(self) -> dict[str, str]:
        manifest = self.work_dir / "published.json"
        before = json.loads(manifest.read_text()) if manifest.exists() else {}
        published: dict[str, str] = {}
        # Until all of it is up nobody knows which of it is.
        manifest.unlink(missing_ok=True)
        for kind in RawKind:
            published |= publish(self.lake, self._tables_of(kind), before)
        partial = manifest.with_suffix(".partial")
        partial.write_text(json.dumps(published))
        partial.replace(manifest)
        return published


def _read(folder: Path) -> Any:
    return pq.read_table(folder)


@cache
def _code_digest() -> str:
    """What the tables depend on besides the lake: the code of this package and of the rules it uses."""
    here = Path(__file__).parent
    sources = [*here.rglob("*.py"), *(here.parent / "tickertape" / "domain").glob("*.py")]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """`serve` is the one command there is; returns the exit code."""
    # The service imports this module.
    from spark.service import NAME, serve_forever  # noqa: PLC0415

    if sys.argv[1:] != ["serve"]:
        print("usage: python -m spark.workflow serve", file=sys.stderr)
        return 2
    log = logs.configure(NAME)
    try:
        settings = load()
    except BadSettings as error:
        log.error("bad_settings", error=str(error))
        return 2
    return serve_forever(settings.redis_url.get_secret_value(), settings.state_dir / "spark", settings.batch_interval)


if __name__ == "__main__":
    sys.exit(main())
