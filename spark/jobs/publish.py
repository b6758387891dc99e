"""The slices into the lake, each under a key of its own that does not change."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tickertape.lake.keys import Table, table_prefix
from tickertape.ports.lake import ObjectStore

_WRITERS = 8


def publish(store: ObjectStore, files: Mapping[str, Path], before: Mapping[str, str]) -> dict[str, str]:
    """Upload the files that are new, changed or missing in the lake.

    Args:
        files: each key and its file; files are named by their content.
        before: what the last call returned, {} for the first.

    Returns:
        Each key and the name of its file.
    """
    there = set(_listing(store))
    wanting = [key for key, file in files.items() if key not in there or before.get(key) != file.name]
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda key: store.put(key, files[key].read_bytes()), wanting))
    return {key: file.name for key, file in files.items()}


def remove_stale(store: ObjectStore, published: Mapping[str, str]) -> int:
    """Delete what the curated tables hold besides `published`; returns how many objects."""
    stale = sorted(set(_listing(store)) - published.keys())
    store.delete(stale)
    return len(stale)


def _listing(store: ObjectStore) -> list[str]:
    return [key for table in Table for key in store.keys(table_prefix(table))]
