"""The local Parquet files into the lake, overwritten in place under names that do not change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tickertape.lake.keys import Table, table_prefix
from tickertape.ports import ObjectStore

_WRITERS = 8


def publish(store: ObjectStore, curated: Path, before: Mapping[str, str]) -> dict[str, str]:
    """Upload the files of every table below `curated` that are new, changed or missing in the lake.

    Args:
        before: what the last call returned, {} for the first.

    Returns:
        Each object's key and the SHA-256 of its content.
    """
    files = dict(_files(curated))
    now = {key: hashlib.sha256(file.read_bytes()).hexdigest() for key, file in files.items()}
    there = set(_listing(store))
    wanting = [key for key in files if key not in there or before.get(key) != now[key]]
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda key: store.put(key, files[key].read_bytes()), wanting))
    return now


def remove_stale(store: ObjectStore, published: Mapping[str, str]) -> int:
    """Delete what the curated tables hold besides `published`; returns how many objects."""
    stale = sorted(set(_listing(store)) - published.keys())
    store.delete(stale)
    return len(stale)


def _files(curated: Path) -> Iterator[tuple[str, Path]]:
    """Each file with its key: `curated/tweets/year=2014/month=06/part-00000.parquet`."""
    for table in Table:
        root = curated / table
        for folder in sorted({file.parent for file in root.rglob("*.parquet")}):
            within = "".join(f"{part}/" for part in folder.relative_to(root).parts)
            for number, file in enumerate(_in_order(folder)):
                yield f"{table_prefix(table)}{within}part-{number:05d}.parquet", file


def _in_order(folder: Path) -> Sequence[Path]:
    # Spark's names begin with the task's number; what follows it is different each time.
    return sorted(folder.glob("*.parquet"), key=lambda file: (file.name[:10], file.name[-40:]))


def _listing(store: ObjectStore) -> list[str]:
    return [key for table in Table for key in store.keys(table_prefix(table))]
