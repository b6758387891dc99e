"""Files that another program appends to: the lines that are there, then every line that comes.

A followed file keeps what it holds, so these sources are no live ones: while the gate is closed or the outbox full they
wait like a tape instead of leaving lines out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from tickertape.ports.control import Events
from tickertape.ports.sources import Position, RawRecord, SourceUnavailable
from tickertape.sources.tape import BOM, BarRows

_IDLE_S = 0.25
# One file's lines before the next file has its turn: no file waits for another's end.
_TURN = 500

# Turns a line and its number into a record; None for a header.
_Reader = Callable[[int, bytes], RawRecord | None]


class _Follow:
    """The Source of growing files.

    Args:
        path: a folder with such files, or one file of any name.
    """

    name = "follow"
    live = False
    pattern: str

    def __init__(self, path: Path, events: Events) -> None:
        self._path = path
        self._events = events

    def reader(self, name: str) -> _Reader:
        """A reader of the lines of the file with that name, from its first line on."""
        raise NotImplementedError

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """The lines after that position, for ever; None whenever nothing new is there.

        Raises:
            SourceUnavailable: a file cannot be read.
        """
        followed: dict[Path, _GrowingFile] = {}
        try:
            while True:
                for path in self._files():
                    if path not in followed:
                        followed[path] = _GrowingFile(path, after.get(path.name, 0), self.reader, self._events)
                came = False
                for file in followed.values():
                    for record in islice(file.records(), _TURN):
                        came = True
                        yield record
                if not came:
                    yield None
                    time.sleep(_IDLE_S)
        except OSError as error:
            raise SourceUnavailable(self.name, f"{error.filename or ''}: {error.strerror or error}") from error
        finally:
            for file in followed.values():
                file.close()

    def _files(self) -> list[Path]:
        return sorted(self._path.glob(self.pattern)) if self._path.is_dir() else [self._path]


class FollowTweets(_Follow):
    """The Source of a growing `tweets*.jsonl`."""

    pattern = "tweets*.jsonl"

    def reader(self, name: str) -> _Reader:
        """Every line is a record."""
        return lambda number, raw: RawRecord(raw, name, number)


class FollowBars(_Follow):
    """The Source of growing `bars*.csv`; rows come in the order in which they are written."""

    pattern = "bars*.csv"

    def reader(self, name: str) -> _Reader:
        """Every line is a record but the header."""
        return BarRows(name).record


class _GrowingFile:
    """One file: the complete lines that have not been given yet, also after it was cut or replaced."""

    def __init__(self, path: Path, after: int, reader: Callable[[str], _Reader], events: Events) -> None:
        self._path = path
        self._reader = reader
        self._events = events
        self._file: BinaryIO | None = None
        self._read: _Reader = reader(path.name)
        self._number = 0
        # Lines up to this number were taken in an earlier run.
        self._after = after

    def records(self) -> Iterator[RawRecord]:
        """The records of the lines that are complete by now."""
        if self._file is None and not self._open():
            return
        yield from self._complete()
        if self._number < self._after:
            # It was replaced by a shorter one while nobody looked: what was passed over is not what was taken.
            self._again("shorter than its position")
        elif why := self._replaced():
            # What was written between our last look and the moment it lost its name.
            yield from self._complete()
            self._again(why)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _complete(self) -> Iterator[RawRecord]:
        for raw in self._lines():
            self._number += 1
            content = raw.rstrip(b"\r\n")
            if self._number == 1:
                content = content.removeprefix(BOM)
            if not content.strip():
                continue  # blank lines count and are passed over
            record = self._read(self._number, content)
            if record is not None and self._number > self._after:
                yield record

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return False  # not there yet, or between its old and its new self
        return True

    def _lines(self) -> Iterator[bytes]:
        while self._file is not None:
            begin = self._file.tell()
            line = self._file.readline()
            if not line.endswith(b"\n"):
                self._file.seek(begin)  # nothing, or a line that is being written
                return
            yield line

    def _replaced(self) -> str:
        """Why the file under this name is no longer the one that was read so far; '' while it is."""
        if self._file is None:
            return ""
        own = os.fstat(self._file.fileno())
        try:
            current = self._path.stat()
        except FileNotFoundError:
            return ""
        if (current.st_dev, current.st_ino) != (own.st_dev, own.st_ino):
            return "another file has its name"
        return "cut" if own.st_size < self._file.tell() else ""

    def _again(self, why: str) -> None:
        """Begin at the first line of what is there now; repeats are known by their ids."""
        self._events.emit("followed_file_restarted", file=self._path.name, why=why, after_line=self._number)
        self.close()
        self._read = self._reader(self._path.name)
        self._number = self._after = 0
