"""The lake's new raw objects as one plain local file of lines."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tickertape.domain.packing import unpack
from tickertape.domain.rejects import Reject
from tickertape.lake.keys import RawKind, quarantine_key
from tickertape.lake.store import decompress
from tickertape.ports.lake import ObjectMissing, ObjectStore

_READERS = 8
# Objects read ahead at a time: what bounds the memory, at up to a few MB an object.
_READ_AHEAD = 64


@dataclass(frozen=True, slots=True)
class Staged:
    """What a fetch gave.

    Attributes:
        lines: newline-delimited JSON, uncompressed, without blank lines.
        keys: the objects in it, and those that are unreadable.
        unreadable: the keys of objects whose compressed content is broken; none of their lines is in `lines`.
        vanished: the keys of objects that were gone when they were read.
    """

    lines: Path
    keys: frozenset[str]
    unreadable: tuple[str, ...]
    vanished: tuple[str, ...]


def stage(store: ObjectStore, kind: RawKind, keys: Sequence[str], lines: Path) -> Staged:
    """Fetch objects into the file `lines`; what the transform turned away among them goes to quarantine."""
    unreadable: list[str] = []
    vanished: list[str] = []
    rejects: list[bytes] = []
    with lines.open("wb") as out, ThreadPoolExecutor(_READERS) as readers:
        for start in range(0, len(keys), _READ_AHEAD):
            ahead = keys[start : start + _READ_AHEAD]
            for key, body in zip(ahead, readers.map(lambda key: _get(store, key), ahead), strict=True):
                content = None if body is None else _content(body)
                if body is None:
                    vanished.append(key)
                elif content is None:
                    unreadable.append(key)
                else:
                    for line in unpack(content):
                        if _is_reject(line):
                            rejects.append(line)
                        else:
                            out.write(line + b"\n")
    _quarantine(store, kind, rejects)
    return Staged(lines, frozenset(keys).difference(vanished), tuple(unreadable), tuple(vanished))


def _get(store: ObjectStore, key: str) -> bytes | None:
    try:
        return store.get(key)
    except ObjectMissing:
        return None


def _content(body: bytes) -> bytes | None:
    """An object's content; None when it is compressed and broken."""
    try:
        return decompress(body)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None


def _is_reject(line: bytes) -> bool:
    # Parsed only where the word stands: it may also stand in a tweet.
    if b'"outcome"' not in line:
        return False
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return isinstance(event, dict) and Reject.is_one(event)


def _quarantine(store: ObjectStore, kind: RawKind, rejects: Sequence[bytes]) -> None:
    """What the transform turned away travelled among the events; here it comes to where such lines are kept."""
    by_stage: dict[str, list[bytes]] = {}
    for line in rejects:
        by_stage.setdefault(json.loads(line)["stage"], []).append(line)
    for stage_name, lines in by_stage.items():
        body = b"".join(line + b"\n" for line in lines)
        store.put(quarantine_key(stage_name, kind, body), body)
