"""The stations of a running stack, asked about one tweet, for `tickertape trace`."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow.dataset as ds
from pymongo import MongoClient

from tickertape.aws import client
from tickertape.cli.evidence import Station, had_been_read
from tickertape.control.batch import history
from tickertape.control.progress import read_progress
from tickertape.domain.periods import Level, period_name
from tickertape.domain.rejects import Reject
from tickertape.domain.sightings import KeptReject, LakeLines, Sighting, TableRows, TapeLine
from tickertape.lake.files import LakeFile, LakeFiles
from tickertape.lake.keys import QUARANTINE, RawKind, Table, raw_prefix
from tickertape.lake.store import lines_of
from tickertape.serving.keys import tweet_keys
from tickertape.serving.store import query
from tickertape.serving.tweets import shown_tweet
from tickertape.usecases.classify import Accepted

_READERS = 8
# So many objects are in memory at most.
_AHEAD = 2 * _READERS
_HISTORY = 50
# In a reject whose id could not be read: it may be in the bytes that were kept.
_NAMELESS = b'"event_id":null'
_ID = re.compile(rb'"id(?:_str)?"\s*:\s*"?([\w:./-]+)')


@dataclass(frozen=True, slots=True)
class LiveStations:
    """The Stations port over the stores themselves.

    Args:
        station: the stores, asked about as of now.
        files: the lake's bucket.
    """

    station: Station
    files: LakeFiles

    def tape_lines(self, tweet_id: str) -> Sequence[TapeLine]:
        """The tape's lines that carry the id, in order; none on a live stack."""
        tape = self.station.settings.tape
        return list(self._tape_lines(tweet_id)) if tape else []

    def _tape_lines(self, tweet_id: str) -> Iterator[TapeLine]:
        tape = self.station.settings.tape
        if tape is None:
            return
        needle, names_it = tweet_id.encode(), _names(tweet_id)
        progress = self.station.asked_at[RawKind.TWEETS]
        source, classify = self.station.reader(RawKind.TWEETS, tape)
        for record in source.read({}):
            # Most lines are another tweet's, and finding that out costs nothing.
            if needle not in record.raw:
                continue
            decided = classify(record)
            if isinstance(decided, Accepted):
                event = json.loads(decided.line) if decided.event_id == tweet_id else None
            else:
                event = None
            if event is not None or decided.event_id == tweet_id or (decided.event_id is None and names_it(record.raw)):
                yield TapeLine(record.position, event, had_been_read(record, progress))

    def outbox_depth(self) -> int:
        """How many entries the slowest sink still waits for."""
        return int(read_progress(self.station.control, "twitter").get("outbox", 0))

    def stored(self, tweet_id: str) -> Sighting | None:
        """The tweet in the data store."""
        url = self.station.settings.mongo_url.get_secret_value()
        mongo: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=5000)
        with mongo:
            document = mongo["tickertape"][RawKind.TWEETS].find_one({"_id": tweet_id})
        return Sighting(f"tickertape.{RawKind.TWEETS}", None, document) if document else None

    def served(self, tweet_id: str, created_at: datetime, tickers: Sequence[str]) -> Sequence[Sighting]:
        """Its items in the serving table of single tweets."""
        table = self.station.resources.recent_tweets_table
        found = []
        for key in tweet_keys(tweet_id, created_at, tuple(tickers)):
            sort = ("created_at_id", key["created_at_id"], key["created_at_id"])
            items = query(client("dynamodb"), table, ("day_shard", key["day_shard"]), sort=sort)
            found += [Sighting(f"{table} {key['day_shard']}", None, shown_tweet(item)) for item in items]
        return found

    def lake(self, tweet_id: str) -> LakeLines:
        """What the raw lake and the quarantine have of it; what the transform turned away lies in the raw lake."""
        names_it, raw, rejects = _names(tweet_id), [], {}
        for prefix in (raw_prefix(RawKind.TWEETS), QUARANTINE):
            for file, line in self._lines(prefix, tweet_id.encode(), _NAMELESS):
                event = _event(line)
                if event is None:
                    continue
                if not Reject.is_one(event):
                    if prefix != QUARANTINE and event.get("id") == tweet_id:
                        raw.append(Sighting(file.key, datetime.fromtimestamp(file.modified_ns // 10**9, UTC), event))
                    continue
                reject = _reject(event)
                if reject is None or reject.kind != RawKind.TWEETS:
                    continue
                if reject.event_id == tweet_id or (reject.event_id is None and names_it(reject.raw)):
                    known_by = (reject.stage, reject.position, reject.outcome, reject.reason, reject.detail)
                    rejects[known_by] = KeptReject(reject, file.key)
        return LakeLines(raw, list(rejects.values()))

    def batch_began_at(self) -> datetime | None:
        """When the newest run of the batch that succeeded began; None before the first."""
        done = (run for run in history(self.station.control, _HISTORY) if run["state"] == "done")
        newest = next(done, None)
        return datetime.fromtimestamp(float(newest["started_at"]), UTC) if newest else None

    def table_rows(self, tweet_id: str, created_at: datetime) -> TableRows | None:
        """Its rows in the curated tables; None before the first batch."""
        month = (ds.field("year") == created_at.year) & (ds.field("month") == created_at.month)
        condition = month & (ds.field("id") == tweet_id)
        tweets, mentions, spam = (
            self.station.tables.find(table, condition) for table in (Table.TWEETS, Table.MENTIONS, Table.SPAM)
        )
        return None if tweets is None else TableRows(tweets, mentions or [], spam or [])

    def counts(self, created_at: datetime) -> Sequence[Sighting]:
        """The served totals of the periods that its time falls into, as far as there are any."""
        table = self.station.resources.period_totals_table
        found = []
        for level in Level:
            name = period_name(level, created_at)
            items = query(client("dynamodb"), table, ("level", level), sort=("period_start", name, name))
            found += [Sighting(f"{level} {name}", None, item) for item in items]
        return found

    def _lines(self, prefix: str, *needles: bytes) -> Iterator[tuple[LakeFile, bytes]]:
        """The lines below a prefix that hold any of the needles, in order, read a window ahead by a few threads.

        An object that does not unpack has none.
        """

        def read(file: LakeFile) -> list[tuple[LakeFile, bytes]]:
            lines = lines_of(self.files.read(file.key)) or []
            return [(file, line) for line in lines if any(needle in line for needle in needles)]

        window: deque[Future[list[tuple[LakeFile, bytes]]]] = deque()
        with ThreadPoolExecutor(_READERS) as readers:
            for file in self.files.listing(prefix):
                window.append(readers.submit(read, file))
                if len(window) >= _AHEAD:
                    yield from window.popleft().result()
            while window:
                yield from window.popleft().result()


def _event(line: bytes) -> dict[str, Any] | None:
    """A line as JSON; None when it is broken."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _reject(event: dict[str, Any]) -> Reject | None:
    """A reject's line; None when it is broken."""
    try:
        return Reject.from_event(event)
    except (KeyError, TypeError, ValueError):
        return None


def _names(tweet_id: str) -> Callable[[bytes], bool]:
    """Tells whether a line that is no event says, as far as one can tell, that this is its id."""

    def names_it(raw: bytes) -> bool:
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError):
            # Cut off or no JSON at all: an event's own id comes before its author's in every form we read.
            first = _ID.search(raw)
            return first is not None and first[1] == tweet_id.encode()
        places = [record, record.get("data")] if isinstance(record, dict) else []
        said = [place.get(name) for place in places if isinstance(place, dict) for name in ("id", "id_str")]
        return tweet_id in map(str, said)

    return names_it
