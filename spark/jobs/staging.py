"""The lake's raw objects as few plain local files.

Objects of the lake never change, so each is fetched once. A fetch packs what is new into one file of lines with a
manifest of its keys beside it; a pack without its manifest was never finished and does not count.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tickertape.domain.packing import unpack
from tickertape.domain.rejects import Reject
from tickertape.lake.keys import RawKind, quarantine_key, raw_prefix
from tickertape.lake.store import decompress
from tickertape.ports import ObjectStore

_READERS = 8
# Keys read ahead at a time: what bounds the memory, at up to a few MB an object.
_READ_AHEAD = 64
# Spark opens every file, and a live lake gains a pack a batch.
_MAX_PACKS = 16


@dataclass(frozen=True, slots=True)
class Staged:
    """The raw objects of one kind as they are on disk.

    Attributes:
        files: newline-delimited JSON, uncompressed.
        keys: the keys of the objects in them, sorted.
        unreadable: the keys of objects whose compressed content is broken; none of their lines is in `files`.
        fetched: how many objects were new.
    """

    files: tuple[Path, ...]
    keys: tuple[str, ...]
    unreadable: tuple[str, ...]
    fetched: int


@dataclass(frozen=True, slots=True)
class _Pack:
    lines: Path
    manifest: Path
    keys: tuple[str, ...]
    unreadable: tuple[str, ...]

    def remove(self) -> None:
        # The manifest first: without it the lines do not count.
        self.manifest.unlink(missing_ok=True)
        self.lines.unlink(missing_ok=True)


class RawCache:
    """One bucket's raw objects below `root`."""

    def __init__(self, store: ObjectStore, root: Path) -> None:
        self._store = store
        self._root = root

    def listing(self, kind: RawKind) -> list[str]:
        """The keys there are in the lake now, sorted."""
        return self._store.keys(raw_prefix(kind))

    def refresh(self, kind: RawKind) -> Staged:
        """Fetch what is new, forget what the lake no longer has."""
        folder = self._root / kind
        folder.mkdir(parents=True, exist_ok=True)
        wanted = self.listing(kind)
        packs = _keep_complete(folder, frozenset(wanted))
        held = {key for pack in packs for key in pack.keys}
        new = [key for key in wanted if key not in held]
        if new:
            packs.append(self._fetch(kind, folder, new))
        if len(packs) > _MAX_PACKS:
            packs = [_merge(folder, packs)]
        return Staged(
            files=tuple(sorted(pack.lines for pack in packs if pack.lines.stat().st_size)),
            keys=tuple(wanted),
            unreadable=tuple(sorted(key for pack in packs for key in pack.unreadable)),
            fetched=len(new),
        )

    def _fetch(self, kind: RawKind, folder: Path, keys: Sequence[str]) -> _Pack:
        unreadable: list[str] = []
        rejects: list[bytes] = []
        lines = folder / f"{_digest(keys)}.jsonl"
        with lines.open("wb") as out, ThreadPoolExecutor(_READERS) as readers:
            for start in range(0, len(keys), _READ_AHEAD):
                ahead = keys[start : start + _READ_AHEAD]
                for key, body in zip(ahead, readers.map(self._store.get, ahead), strict=True):
                    content = _content(body)
                    if content is None:
                        unreadable.append(key)
                        continue
                    for line in unpack(content):
                        if _is_reject(line):
                            rejects.append(line)
                        else:
                            out.write(line + b"\n")
        self._quarantine(kind, rejects)
        return _seal(lines, keys, unreadable)

    def _quarantine(self, kind: RawKind, rejects: Sequence[bytes]) -> None:
        """What the transform turned away travelled among the events; here it comes to where such lines are kept."""
        by_stage: dict[str, list[bytes]] = {}
        for line in rejects:
            by_stage.setdefault(json.loads(line)["stage"], []).append(line)
        for stage, lines in by_stage.items():
            body = b"".join(line + b"\n" for line in lines)
            self._store.put(quarantine_key(stage, kind, body), body)


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


def _seal(lines: Path, keys: Sequence[str], unreadable: Sequence[str]) -> _Pack:
    manifest = lines.with_suffix(".json")
    partial = lines.with_suffix(".partial")
    partial.write_text(json.dumps({"keys": list(keys), "unreadable": list(unreadable)}))
    partial.replace(manifest)
    return _Pack(lines, manifest, tuple(keys), tuple(unreadable))


def _packs(folder: Path) -> Iterator[_Pack]:
    for manifest in sorted(folder.glob("*.json")):
        content = json.loads(manifest.read_text())
        yield _Pack(manifest.with_suffix(".jsonl"), manifest, tuple(content["keys"]), tuple(content["unreadable"]))


def _keep_complete(folder: Path, wanted: frozenset[str]) -> list[_Pack]:
    """The packs whose objects are all still in the lake, each object in one pack only; the others are removed."""
    kept: list[_Pack] = []
    held: set[str] = set()
    for pack in _packs(folder):
        # A stop in the middle of a merge leaves the merged pack beside those it was made of.
        if pack.lines.exists() and wanted.issuperset(pack.keys) and held.isdisjoint(pack.keys):
            kept.append(pack)
            held.update(pack.keys)
        else:
            pack.remove()
    files = {pack.lines for pack in kept}
    for stray in [*folder.glob("*.jsonl"), *folder.glob("*.partial")]:
        if stray not in files:
            stray.unlink()
    return kept


def _merge(folder: Path, packs: Sequence[_Pack]) -> _Pack:
    keys = sorted(key for pack in packs for key in pack.keys)
    lines = folder / f"{_digest(keys)}.jsonl"
    with lines.open("wb") as out:
        for pack in packs:
            with pack.lines.open("rb") as part:
                shutil.copyfileobj(part, out)
    merged = _seal(lines, keys, sorted(key for pack in packs for key in pack.unreadable))
    for pack in packs:
        pack.remove()
    return merged


def _digest(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
