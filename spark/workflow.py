"""The batch from end to end: new raw objects in, curated Parquet and serving tables out.

`python -m spark.workflow serve` is the service that runs it whenever asked, `run` makes one run in a session of its own
(`spark/service.py`).

    stage ──▶ tweets ──▶ features ──▶ publish ──▶ serve ──▶ clean ──▶ crawl
         └──▶ bars ─────┘

Each step looks only at what is there, so a run that stopped anywhere is made good by the next one, and a run over the
lake of the last run changes nothing. What a run costs depends on what is new, not on how large the lake is: only slices
and periods that new events fall into are made again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark.jobs import bars, tweets
from spark.jobs.features import Source, add_features
from spark.jobs.publish import publish, remove_stale
from spark.jobs.reading import quarantine_unreadable, unreadable_lines
from spark.jobs.serving import serve, shown_files
from spark.jobs.slicing import Kind
from spark.jobs.snapshot import ServingTables
from spark.jobs.staging import Staged, stage
from spark.jobs.tables import LocalTables, Losses, State
from spark.sql import StagedTable
from spark.steps import Steps
from spark.transforms.spam import SpamRules
from tickertape import logs
from tickertape.domain.spark_master import SparkMaster
from tickertape.lake.keys import RawKind, Table, raw_prefix, slice_key
from tickertape.lake.tables import s3_filesystem
from tickertape.ports.lake import ObjectStore
from tickertape.settings import BadSettings, load

_KINDS: dict[RawKind, Kind] = {RawKind.TWEETS: tweets.KIND, RawKind.BARS: bars.KIND}
# Tables of each kind whose rows a run tells of.
_COUNTED = {
    RawKind.TWEETS: (Table.TWEETS, Table.MENTIONS, Table.SPAM, Table.ROLLUPS, tweets.TOTALS),
    RawKind.BARS: (Table.BARS, Table.CANDLES),
    Table.FEATURES: (Table.FEATURES,),
}
# Keys and lines of a kind that a person is shown.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Workflow:
    """One lake and the tables it is served from.

    Attributes:
        work_dir: what the batch keeps on disk; all of it can be made again. One folder a bucket.
        crawl: looks for tables and columns in the lake, and says what it found.
    """

    spark: SparkSession
    lake: ObjectStore
    tables: ServingTables
    work_dir: Path
    spam: SpamRules
    crawl: Callable[[], dict[str, Any]]

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
        runs = {kind: self._add(kind, steps) for kind in RawKind}
        states: dict[str, State] = {kind: run.state for kind, run in runs.items()}
        with steps.step("features"):
            states[Table.FEATURES] = self._add_features(states)
        with steps.step("publish"):
            published = self._publish(states)
        of_tweets = states[RawKind.TWEETS]
        with steps.step("serve"):
            served = serve(self.tables, self._local(RawKind.TWEETS), of_tweets.files, self._snapshot)
        with steps.step("clean"):
            removed = remove_stale(self.lake, published)
            for kind, state in states.items():
                local = self._local(kind)
                local.collect_garbage(local.in_use(state) | shown_files(local, self.tables, self._snapshot))
        with steps.step("crawl"):
            catalogue = self.crawl()
        losses = [state.losses for state in states.values()]
        return {
            **{str(table): states[kind].rows(table) for kind, tables in _COUNTED.items() for table in tables},
            "written_items": served.written,
            "deleted_items": served.deleted,
            "scanned_tables": served.scanned,
            "removed_objects": removed,
            "new_objects": sum(run.new_objects for run in runs.values()),
            "begun_anew": sorted(kind for kind, run in runs.items() if run.begun_anew),
            "unreadable_lines": sum(each.lines for each in losses),
            "unreadable_samples": [sample for each in losses for sample in each.samples][:_NAMED],
            "unreadable_objects": [key for each in losses for key in each.objects],
            "vanished_objects": sum(each.vanished for each in losses),
            "catalogue": catalogue,
            "seconds": steps.seconds | {"total": round(sum(steps.seconds.values()), 3)},
        }

    def tables_on_disk(self) -> dict[str, StagedTable]:
        """The curated tables as the last run left them."""
        found: dict[str, StagedTable] = {}
        for kind in _COUNTED:
            local = self._local(kind)
            state = local.load(self._made_by)
            found |= {
                table: StagedTable(local.root / table, tuple(local.paths(state, table, slices)))
                for table, slices in state.files.items()
                if table in set(Table)
            }
        return found

    def raw_keys(self) -> frozenset[str]:
        """The keys of the lake's raw objects now."""
        return frozenset(key for kind in RawKind for key in self.lake.keys(raw_prefix(kind)))

    @property
    def _snapshot(self) -> Path:
        return self.work_dir / "served.json"

    @property
    def _made_by(self) -> str:
        return f"{_code_digest()} {self.spam}"

    def _local(self, kind: str) -> LocalTables:
        return LocalTables(self.work_dir / kind)

    def _add(self, kind: RawKind, steps: Steps) -> _Run:
        """What is new of one kind into its tables."""
        local = self._local(kind)
        with steps.step("stage"):
            listed = frozenset(self.lake.keys(raw_prefix(kind)))
            known = local.load(self._made_by)
            # Objects of the lake never change. If any is gone, so are its events, and nobody knows where they went.
            state = known if known.keys <= listed else State(self._made_by)
            begun_anew = not state.keys
            new = sorted(listed - state.keys)
            if not new:
                local.commit(state)
                return _Run(state, 0, begun_anew)
            staged = stage(self.lake, kind, new, local.run_dir() / "lines.jsonl")
        with steps.step(kind):
            added, unreadable = self._add_lines(kind, local, state, staged.lines)
            samples: tuple[str, ...] = ()
            if unreadable:
                lines = unreadable_lines(self.spark, staged.lines, _KINDS[kind].event, _KINDS[kind].readable())
                samples = quarantine_unreadable(self.lake, kind, lines)
            added = replace(
                added, keys=state.keys | staged.keys, losses=_lost(state.losses, staged, unreadable, samples)
            )
            local.commit(added)
        return _Run(added, len(new), begun_anew)

    def _add_lines(self, kind: RawKind, local: LocalTables, state: State, lines: Path) -> tuple[State, int]:
        if kind is RawKind.TWEETS:
            return tweets.add_tweets(self.spark, local, state, lines, self.spam)
        return bars.add_bars(self.spark, local, state, lines)

    def _add_features(self, states: Mapping[str, State]) -> State:
        prices, talk = (Source(self._local(kind), states[kind]) for kind in (RawKind.BARS, RawKind.TWEETS))
        local = self._local(Table.FEATURES)
        known = local.load(self._made_by)
        added = add_features(self.spark, local, known, prices, talk, self.spam)
        if added is not known:
            local.commit(added)
        return added

    def _publish(self, states: Mapping[str, State]) -> dict[str, str]:
        manifest = self.work_dir / "published.json"
        before = json.loads(manifest.read_text()) if manifest.exists() else {}
        # Until all of it is up nobody knows which of it is.
        manifest.unlink(missing_ok=True)
        files = {
            slice_key(Table(table), name): self._local(kind).path(table, file)
            for kind, state in states.items()
            for table, slices in state.files.items()
            if table in set(Table)
            for name, file in slices.items()
        }
        published = publish(self.lake, files, before)
        partial = manifest.with_suffix(".partial")
        partial.write_text(json.dumps(published))
        partial.replace(manifest)
        return published


@dataclass(frozen=True, slots=True)
class _Run:
    state: State
    new_objects: int
    begun_anew: bool


def _lost(before: Losses, staged: Staged, lines: int, samples: tuple[str, ...]) -> Losses:
    return Losses(
        lines=before.lines + lines,
        samples=(before.samples + samples)[:_NAMED],
        objects=tuple(sorted({*before.objects, *staged.unreadable})),
        vanished=before.vanished + len(staged.vanished),
    )


@cache
def _code_digest() -> str:
    """What the tables depend on besides the lake and the settings: the code here, and the rules it uses."""
    here = Path(__file__).parent
    if here.parent.is_file():
        # An archive, as spark-submit takes it.
        return hashlib.sha256(here.parent.read_bytes()).hexdigest()
    sources = [*here.rglob("*.py"), *(here.parent / "tickertape" / "domain").glob("*.py")]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """The service, or one run; returns the exit code.

    Args:
        arguments: of the command; None for the process' own.
    """
    # Both import this module.
    from spark.runs import NAME, Options  # noqa: PLC0415
    from spark.service import run_once, serve_forever  # noqa: PLC0415

    asked = _arguments(arguments)
    log = logs.configure(NAME)
    try:
        settings = load()
        master = SparkMaster.parse(asked.master or settings.spark_master)
    except (BadSettings, ValueError) as error:
        log.error("bad_settings", error=str(error))
        return 2
    options = Options(
        interval_s=settings.batch_interval,
        spam=SpamRules(copies=settings.spam_copies, burst=settings.spam_burst),
        top=settings.top_tickers,
        lake=s3_filesystem(settings.aws_endpoint_url, settings.aws_region),
    )
    redis_url, work_dir = settings.redis_url.get_secret_value(), settings.state_dir / "spark"
    if asked.command == "serve":
        return serve_forever(redis_url, work_dir, options, master)
    return run_once(redis_url, work_dir, options, master, asked.id, asked.rebuild)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m spark.workflow", description="The batch.")
    parser.add_argument("command", choices=("serve", "run"))
    parser.add_argument("--master", help="where Spark runs; TICKERTAPE_SPARK_MASTER when it is not given")
    parser.add_argument("--id", help="the request that a run answers")
    parser.add_argument("--rebuild", action="store_true", help="make everything again from the raw objects")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
