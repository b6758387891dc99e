"""The outbox on disk: SQLite in WAL mode, one file a service.

A killed process loses nothing that `append` returned from.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from tickertape.ports.delivery import Entry, NewEntry, NoRoom, SinkUnavailable
from tickertape.ports.sources import Position

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, rejected INTEGER, event_id TEXT, key TEXT, line BLOB);
CREATE TABLE IF NOT EXISTS accepted (event_id TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (source TEXT PRIMARY KEY, position TEXT);
CREATE TABLE IF NOT EXISTS acknowledged (sink TEXT PRIMARY KEY, sequence INTEGER);
"""
# SQLite takes 32,766 variables a statement; a batch has far fewer.
_MAX_VARIABLES = 30_000
# The file may not grow, or the disk has no room for its log.
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})


class SqliteOutbox:
    """The Outbox port over one file.

    Args:
        most_bytes: how large the entries that wait may make the file; None for as large as the disk.
    """

    def __init__(self, path: Path, most_bytes: int | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # FULL also outlives a power cut; a batch a transaction keeps its price small.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def position(self, source: str) -> Position:
        """Where reading that source goes on; empty at its start."""
        with self._lock:
            row = self._db.execute("SELECT position FROM positions WHERE source = ?", (source,)).fetchone()
        return json.loads(row[0]) if row else {}

    def digests(self, event_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The digests of those ids that were accepted before."""
        if len(event_ids) > _MAX_VARIABLES:
            raise ValueError(f"{len(event_ids)} ids at once, at most {_MAX_VARIABLES}")
        marks = ",".join("?" * len(event_ids))
        with self._lock:
            return dict(
                self._db.execute(
                    f"SELECT event_id, digest FROM accepted WHERE event_id IN ({marks})",  # noqa: S608  # marks only
                    tuple(event_ids),
                )
            )

    def append(self, source: str, entries: Sequence[NewEntry], position: Position) -> None:
        """Take the entries and the source's new position in one transaction.

        Raises:
            NoRoom: the file is as large as it may be, or the disk is full; nothing was taken.
        """
        try:
            with self._lock:
                self._check_room()
                self._append(source, entries, position)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in _NO_ROOM:
                raise
            raise NoRoom(f"{self._path}: {error}") from error

    def _check_room(self) -> None:
        if self._most_bytes is None:
            return
        used = self._used_bytes()
        if used >= self._most_bytes:
            raise NoRoom(f"{self._path} has {used:,} bytes in use, at most {self._most_bytes:,}")

    def _used_bytes(self) -> int:
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _append(self, source: str, entries: Sequence[NewEntry], position: Position) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO entries (rejected, event_id, key, line) VALUES (?, ?, ?, ?)",
                [(entry.rejected, entry.event_id, entry.key, entry.line) for entry in entries],
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO accepted VALUES (?, ?)",
                [(entry.event_id, entry.digest) for entry in entries if not entry.rejected],
            )
            self._db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", (source, json.dumps(dict(position))))

    def pending(self, sink: str, limit: int) -> list[Entry]:
        """The oldest entries that `sink` has not acknowledged, at most `limit`."""
        with self._lock:
            rows = self._db.execute(
                "SELECT sequence, rejected, event_id, key, line FROM entries WHERE sequence > "
                "coalesce((SELECT sequence FROM acknowledged WHERE sink = ?), 0) ORDER BY sequence LIMIT ?",
                (sink, limit),
            ).fetchall()
        return [Entry(sequence, bool(rejected), *rest) for sequence, rejected, *rest in rows]

    def acknowledge(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has everything up to and including `sequence`."""
        try:
            with self._lock:
                self._db.execute("INSERT OR REPLACE INTO acknowledged VALUES (?, ?)", (sink, sequence))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in _NO_ROOM:
                raise
            # A full disk: what was delivered is delivered again once there is room.
            raise SinkUnavailable(sink, f"{self._path}: {error}") from error

    def depth(self, sink: str) -> int:
        """How many entries wait for `sink`."""
        with self._lock:
            row = self._db.execute(
                "SELECT count(*) FROM entries WHERE sequence > "
                "coalesce((SELECT sequence FROM acknowledged WHERE sink = ?), 0)",
                (sink,),
            ).fetchone()
        return int(row[0])

    def prune(self, sinks: Sequence[str]) -> int:
        """Forget what every one of `sinks` has; returns how many entries."""
        with self._lock:
            done = dict(self._db.execute("SELECT sink, sequence FROM acknowledged"))
            least = min((done.get(sink, 0) for sink in sinks), default=0)
            try:
                return self._db.execute("DELETE FROM entries WHERE sequence <= ?", (least,)).rowcount
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in _NO_ROOM:
                    raise
                return 0  # forgotten later

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()
