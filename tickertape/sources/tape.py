"""A tape: a folder with `tweets.jsonl[.gz]` and/or `bars*.csv[.gz]`, read line by line from any position."""

from __future__ import annotations

import csv
import gzip
import heapq
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from tickertape.domain.bar import COLUMNS
from tickertape.domain.times import parse_utc
from tickertape.ports.sources import Position, RawRecord

BOM = b"\xef\xbb\xbf"
# Bytes unpacked at once: `gzip` makes a turn in Python for each buffer, and its own has 8 KB.
_BUFFER_BYTES = 128 * 1024
_INTERVALS = {"daily": "1d", "day": "1d", "1d": "1d", "hourly": "1h", "1h": "1h", "5min": "5m", "5m": "5m"}


class TapeError(Exception):
    """A tape that cannot be read; the message names the file and what is wrong with it."""


def tweet_files(folder: Path) -> list[Path]:
    """The tape's files of tweets."""
    return sorted(folder.glob("tweets.jsonl")) + sorted(folder.glob("tweets.jsonl.gz"))


def bar_files(folder: Path) -> list[Path]:
    """The tape's files of bars."""
    return sorted({*folder.glob("bars*.csv"), *folder.glob("bars*.csv.gz")})


def bar_interval(file_name: str) -> str:
    """The interval of a bar file by its name: `bars-daily.csv.gz` holds days, a plain `bars.csv` minutes."""
    label = re.sub(r"\.csv(\.gz)?$", "", file_name).removeprefix("bars").strip("-_.").lower()
    return _INTERVALS.get(label, "1m")


def read_numbered(path: Path, after: int = 0) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers from 1, without newlines; blank ones count and are passed over.

    Raises:
        TapeError: the file cannot be opened, or is no whole gzip file although it is named so.
    """
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, start=1):
                content = line.rstrip(b"\r\n")
                if number == 1:
                    content = content.removeprefix(BOM)
                if number > after and content.strip():
                    yield number, content
    except (OSError, EOFError, zlib.error) as error:
        raise TapeError(f"{path}: {error}") from error


def _open(path: Path) -> BinaryIO:
    if path.suffix != ".gz":
        return path.open("rb")
    return io.BufferedReader(cast(io.RawIOBase, gzip.open(path, "rb")), _BUFFER_BYTES)


class TweetTape:
    """The Source of a tape's tweets, in the order of its lines."""

    live = False

    def __init__(self, folder: Path) -> None:
        self.name = "tape"
        self._files = tweet_files(folder)

    def read(self, after: Position) -> Iterator[RawRecord]:
        """The lines after that position.

        Raises:
            TapeError: a file cannot be read (any further).
        """
        for path in self._files:
            for number, raw in read_numbered(path, after.get(path.name, 0)):
                yield RawRecord(raw, path.name, number)


class BarTape:
    """The Source of a tape's bars; several files are merged by time."""

    live = False

    def __init__(self, folder: Path) -> None:
        self.name = "tape"
        self._files = bar_files(folder)

    def read(self, after: Position) -> Iterator[RawRecord]:
        """The rows after that position.

        Raises:
            TapeError: a file cannot be read (any further).
        """
        streams = [_timed_rows(path, after.get(path.name, 0)) for path in self._files]
        for _, record in heapq.merge(*streams, key=lambda timed: timed[0]):
            yield record


def _timed_rows(path: Path, after: int) -> Iterator[tuple[float, RawRecord]]:
    """Rows with the time they are sorted by: a broken row stays behind the one before it."""
    rows = BarRows(path.name)
    moment = float("-inf")
    for number, raw in read_numbered(path):
        record = rows.record(number, raw)
        if record is None or number <= after:
            continue
        try:
            moment = parse_utc((record.fields or {}).get("ts", "").strip()).timestamp()
        except (ValueError, OverflowError):
            pass  # the classifier says what is wrong with it
        yield moment, record


class BarRows:
    """Reads the lines of one bar file: the first one may name the columns."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._columns: Sequence[str] | None = None

    def record(self, number: int, raw: bytes) -> RawRecord | None:
        """The line as a record, None for the header; lines are given in order from the file's first on."""
        cells = _split(raw)
        if self._columns is None:
            header = [name.strip().lower() for name in cells]
            self._columns = header if "symbol" in header else COLUMNS
            if "symbol" in header:
                return None
        return RawRecord(raw, self._place, number, dict(zip(self._columns, cells, strict=False)))


def _split(raw: bytes) -> Sequence[str]:
    try:
        return next(csv.reader([raw.decode("utf-8", "replace")]), [])
    except csv.Error:
        return []  # no fields: the classifier names every column as missing
