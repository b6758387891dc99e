"""How long the batch takes over a growing lake, against what one would write instead.

`make bench GROUP=batch TAPE=folder SIZES=50000,500000`. All read the same raw objects from the same folder, in one run,
each in a process of its own: ours makes every table and count, the originals' way (`spark.read.json` over all objects,
then group, in a session as warm), DuckDB and Polars make the counts of four levels only. What they counted must be
equal. The tape is multiplied with new ids and times. Over the smallest lake the whole workflow runs too, into an
emulator's DynamoDB; S3 is the folder in all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from tests.benchmarks.batch_lake import Event, FolderStore, events_of, lay_down
from tests.benchmarks.emulator import REPO, emulator, make_serving_tables
from tests.benchmarks.measure import Measured
from tickertape.lake.keys import RawKind, raw_prefix

_ORIGINALS = "spark.read.json, then group"
_NAMES = {"duckdb": "DuckDB", "polars": "Polars"}
# In processes without Spark, by which Python.
_ALONE = {"duckdb": Path(sys.executable), "polars": REPO / ".venv-bench/bin/python"}
_COLUMNS = "level, period, ticker, mentions, positive, neutral, negative, authors"


def over_a_lake(tape: Path, events: Sequence[Event], size: int, folder: Path, *, is_served: bool) -> list[Measured]:
    """Every way over a lake of that size, and ours over a little more."""
    store = FolderStore(folder / "lake")
    lay_down(store, events, size)
    found: list[Measured] = []
    for way in ("originals", "duckdb", "polars", "everything", *(["served"] if is_served else [])):
        (folder / way).mkdir()
        load = os.getloadavg()[0]
        made = _alone(way, store, folder / way) if way in _ALONE else _in_spark(way, store, folder / way, tape)
        found += made
        for one in made:
            print(f"{size:,} {one.name}: {one.seconds:.1f} s, load before {load:.1f}", file=sys.stderr, flush=True)
        # What the hours more have brought.
        store.delete(key for key in store.keys(raw_prefix(RawKind.TWEETS)) if "/b-" in key)
    _check(folder)
    return found


def _in_spark(way: str, store: FolderStore, folder: Path, tape: Path) -> list[Measured]:
    program = [sys.executable, "-m", "tests.benchmarks.batch_ways", way]
    if way != "served":
        return _run([*program, store.root, folder, "--tape", tape])
    with emulator(folder):
        make_serving_tables()
        return _run([*program, store.root, folder, "--tape", tape])


def _run(words: Sequence[str | Path]) -> list[Measured]:
    done = subprocess.run(words, stdout=subprocess.PIPE, cwd=REPO, text=True, check=True)
    return [Measured(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def _alone(way: str, store: FolderStore, folder: Path) -> list[Measured]:
    python = _ALONE[way]
    if not python.exists():
        sys.exit(f"{python} is missing: `make bench` installs it")
    (folder / "counts").mkdir()
    objects = f"{store.root}/{raw_prefix(RawKind.TWEETS)}*.json"
    words: list[str | Path] = [python, Path(__file__).with_name(f"by_{way}.py"), objects, folder / "counts/all.parquet"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return [Measured(_NAMES[way], *json.loads(done.stdout))]


def _check(folder: Path) -> None:
    """End the benchmark when two ways counted different things: then their times mean nothing."""
    ways = ("originals", "duckdb", "polars", "everything")
    with duckdb.connect() as connection:
        digests = {
            way: connection.execute(
                f"SELECT count(*), sum(hash({_COLUMNS})::HUGEINT) FROM '{folder}/{way}/counts/**/*.parquet'"  # noqa: S608  # ours
                " WHERE level <> 'WEEKLY'"
            ).fetchone()
            for way in ways
        }
    if len(set(digests.values())) != 1:
        sys.exit(f"the ways counted different things: {digests}")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tape", type=Path, nargs="?", default=REPO / "fixtures/demo")
    parser.add_argument("--sizes", default="50000,500000", help="tweets, separated by commas")
    given = parser.parse_args()
    sizes = sorted(int(size) for size in given.sizes.split(","))
    events = events_of(given.tape)
    results: dict[int, list[Measured]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            results[size] = over_a_lake(given.tape, events, size, Path(name), is_served=size == sizes[0])
        _show(given.tape, results)
    return 0


def _show(tape: Path, results: Mapping[int, Sequence[Measured]]) -> None:
    table = Table(title=f"{tape.name}, multiplied; load {os.getloadavg()[0]:.1f}", title_justify="left")
    columns = ("lake", "way", "seconds", "of processor", "tweets/s", "originals' / its", "times the smallest", "MB")
    for column in columns:
        table.add_column(column, justify="left" if column == "way" else "right")
    smallest = {one.name: one for one in next(iter(results.values()))}
    for size, found in results.items():
        original = next(one for one in found if one.name == _ORIGINALS)
        for one in found:
            table.add_row(
                f"{size:,}",
                one.name,
                f"{one.seconds:.1f}",
                f"{one.processor_s:.1f}",
                f"{(one.tweets or size) / one.seconds:,.0f}",
                "" if one.tweets else f"{original.seconds / one.seconds:.1f}",
                f"{one.seconds / smallest[one.name].seconds:.1f}",
                f"{one.memory_mb:,.0f}",
            )
        table.add_section()
    Console(width=140).print(table)


if __name__ == "__main__":
    raise SystemExit(main())
