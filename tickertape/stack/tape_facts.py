"""What `up` must know of a tape before it plays: its size, its first and last event, and its last market day."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tickertape.domain.bar import parse_bar
from tickertape.domain.rejects import BadRecord, NotAnEvent
from tickertape.domain.times import format_utc, parse_utc, parse_v1
from tickertape.domain.tweet_formats import EARLIEST, parse_tweet
from tickertape.sources.tape import (
    BarTape,
    TapeError,
    bar_files,
    bar_interval,
    read_numbered,
    tweet_files,
)
from tickertape.usecases.classify import Window

_NEW_YORK = ZoneInfo("America/New_York")
# Clocks differ: ingest takes events up to this far in the future, and so the tape's end may lie there.
_SLACK = timedelta(days=1)
# So many of the lines that seem oldest, and as many of the youngest, are read in full: some of them are no tweets.
_LOOKED_AT = 1000
# `created_at`, or `createdAt` in a post of Jetstream.
_FIELD = b'"created'
# An ISO 8601 time in UTC, most often; and enough for the field's value in any form.
_UTC_TIME = re.compile(rb'(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-]00:?00)"')
_OTHER_TIME = re.compile(rb'([^"\\]*)"')
_VALUE_BYTES = 64
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_MONTHS = {
    name: f"{number:02}".encode()
    for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)
}


class BadTape(Exception):
    """A folder that cannot be played; the message says why."""


@dataclass(frozen=True, slots=True)
class TapeFacts:
    """A tape, seen through a window.

    Attributes:
        tweets: how many lines of tweets, of the whole tape.
        bars: how many rows of bars, of the whole tape.
        first: the first event, or the window's beginning if that is later.
        last: the last event, or the window's end if that is earlier.
        last_session: the first bar of the last day (in New York) that has bars within the window; None without bars.
    """

    folder: Path
    tweets: int
    bars: int
    first: datetime
    last: datetime
    last_session: datetime | None


def read_facts(folder: Path, window: Window, wall: datetime) -> TapeFacts:
    """Read a tape once through; it takes about a second for 50,000 tweets.

    Args:
        wall: the wall clock: what claims to be younger is not believed.

    Raises:
        BadTape: it does not exist, holds no events, cannot be read, or has nothing in the window.
    """
    if not folder.exists():
        raise BadTape(f"the tape {folder} does not exist")
    if not folder.is_dir():
        raise BadTape(f"the tape {folder} is no folder: one with tweets.jsonl[.gz] and/or bars*.csv[.gz] was expected")
    if not tape_files(folder):
        raise BadTape(f"the tape {folder} holds neither tweets.jsonl[.gz] nor bars*.csv[.gz]")
    latest = wall + _SLACK
    try:
        tweets, tweet_times = _tweets(folder, latest)
        bars, bar_times = _bars(folder, latest)
    except TapeError as error:
        raise BadTape(f"the tape cannot be read: {error}") from error
    if tweets == bars == 0:
        raise BadTape(f"the tape {folder} is empty")
    whole = [*tweet_times, *bar_times]
    if not whole:
        raise BadTape(f"the tape {folder} holds no tweet and no bar that can be read")
    first, last = min(whole), max(whole)
    if (window.since and window.since > last) or (window.until and window.until < first):
        raise BadTape(f"nothing is left of the tape: it runs from {format_utc(first)} to {format_utc(last)}")
    return TapeFacts(
        folder=folder,
        tweets=tweets,
        bars=bars,
        first=max(first, window.since or first),
        last=min(last, window.until or last),
        last_session=_last_session(moment for moment in bar_times if window.holds(moment)),
    )


def tape_files(folder: Path) -> list[Path]:
    """All files of a tape."""
    return [*tweet_files(folder), *bar_files(folder)]


def dataset_name(folder: Path, window: Window) -> str:
    """The name of one tape in one window: what has the same name has the same content."""
    digest = hashlib.sha256()
    for path in tape_files(folder):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    for end in (window.since, window.until):
        digest.update(f"\0{format_utc(end) if end else ''}".encode())
    return f"{plain_name(folder)}-{digest.hexdigest()[:8]}"


def plain_name(folder: Path) -> str:
    """The folder's name with nothing in it that a file's name may not have."""
    return _NOT_IN_NAMES.sub("-", folder.name).lstrip(".-") or "tape"


def _bars(folder: Path, latest: datetime) -> tuple[int, list[datetime]]:
    rows, times = 0, []
    for record in BarTape(folder).read({}):
        rows += 1
        try:
            bar = parse_bar(record.fields or {}, interval=bar_interval(record.place), provider="tape", latest=latest)
        except BadRecord:
            continue
        times.append(bar.ts)
    return rows, times


def _tweets(folder: Path, latest: datetime) -> tuple[int, list[datetime]]:
    """How many lines there are, and the times of the oldest and of the youngest tweets, wherever they stand."""
    first, last = _sortable(EARLIEST), _sortable(latest)
    lines = 0
    # On top of each heap is what gives way next: the youngest of the oldest, and the oldest of the youngest.
    oldest: list[tuple[int, int, bytes]] = []
    youngest: list[tuple[int, int, bytes]] = []
    for path in tweet_files(folder):
        for _, line in read_numbered(path):
            lines += 1
            moment = _own_time(line, first, last)
            if moment:
                _keep(oldest, (-moment, lines, line))
                _keep(youngest, (moment, lines, line))
    looked_at = dict.fromkeys(line for _, _, line in (*oldest, *youngest))
    return lines, list(_times(looked_at, latest))


def _keep(heap: list[tuple[int, int, bytes]], entry: tuple[int, int, bytes]) -> None:
    if len(heap) < _LOOKED_AT:
        heapq.heappush(heap, entry)
    elif entry > heap[0]:
        heapq.heapreplace(heap, entry)


def _own_time(line: bytes, first: int, last: int) -> int:
    """The latest time of creation anywhere in a line, as `_sortable` writes it; 0 when none is in that range.

    A retweet's original and its author are older than the retweet, so this is the tweet's own time without
    reading five kilobytes of JSON.
    """
    found = 0
    at = line.find(_FIELD)
    while at >= 0:
        at += len(_FIELD)
        if line.startswith((b'_at"', b'At"'), at):
            moment = _moment(line[at + 3 : at + 3 + _VALUE_BYTES])
            if first <= moment <= last:
                found = max(found, moment)
        at = line.find(_FIELD, at)
    return found


def _moment(value: bytes) -> int:
    text = value.lstrip(b' \t:"')
    # Wed Jun 04 21:58:34 +0000 2014
    if text[20:25] == b"+0000" and (month := _MONTHS.get(text[4:7])):
        digits = b"%b%b%b%b%b%b" % (text[26:30], month, text[8:10], text[11:13], text[14:16], text[17:19])
        return int(digits) if digits.isdigit() else 0
    if plain := _UTC_TIME.match(text):
        return int(b"".join(plain.groups()))
    if (other := _OTHER_TIME.match(text)) is None:
        return 0
    for reader in (parse_utc, parse_v1):
        try:
            return _sortable(reader(other[1].decode()))
        except (ValueError, OverflowError):
            continue
    return 0


def _sortable(moment: datetime) -> int:
    """20140604215834: as its digits, which are found in most lines as they stand."""
    return int(moment.astimezone(UTC).strftime("%Y%m%d%H%M%S"))


def _times(lines: Iterable[bytes], latest: datetime) -> Iterator[datetime]:
    for line in lines:
        try:
            yield parse_tweet(line, source="tape", latest=latest).created_at
        except (BadRecord, NotAnEvent):
            continue


def _last_session(bar_times: Iterable[datetime]) -> datetime | None:
    first_of_day: dict[date, datetime] = {}
    for moment in bar_times:
        day = moment.astimezone(_NEW_YORK).date()
        first_of_day[day] = min(moment, first_of_day.get(day, moment))
    return first_of_day[max(first_of_day)].astimezone(UTC) if first_of_day else None
