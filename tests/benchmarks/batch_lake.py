"""A lake of any size out of one tape, as a folder: the raw objects that every way of counting reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import orjson

from tickertape.domain.times import format_utc, parse_utc
from tickertape.lake.keys import RawKind, raw_prefix
from tickertape.ports.lake import ObjectMissing
from tickertape.ports.sources import RawRecord
from tickertape.sources.tape import read_numbered, tweet_files
from tickertape.usecases.classify import Accepted, TweetRules, tweet_classifier

# As many tweets as the pipeline packs into a record of Firehose, which an emulator writes as one object.
AN_OBJECT = 500
# The next copy of the tape is this much later, so that its tweets fall into other hours of the same months.
_SHIFT = timedelta(minutes=37)
_SENTIMENTS = ("positive", "neutral", "negative")
Event = dict[str, object]


class FolderStore:
    """The ObjectStore port over a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, body: bytes) -> None:
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).write_bytes(body)

    def get(self, key: str) -> bytes:
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error

    def keys(self, prefix: str) -> list[str]:
        files = (path for path in (self.root / prefix).rglob("*") if path.is_file())
        return sorted(path.relative_to(self.root).as_posix() for path in files)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self.root / key).unlink(missing_ok=True)


def events_of(tape: Path) -> list[Event]:
    """The tape's tweets, judged by their length: what is measured is not the scorer."""
    classify = tweet_classifier(TweetRules(), "tape", lambda: datetime.now(UTC))
    found: dict[str, Event] = {}
    for path in tweet_files(tape):
        for number, raw in read_numbered(path):
            decided = classify(RawRecord(raw, path.name, number))
            if isinstance(decided, Accepted):
                event = orjson.loads(decided.line)
                sentiment = _SENTIMENTS[len(event["text"]) % 3]
                found[event["id"]] = event | {"sentiment": sentiment, "polarity": 0.1, "scorer": "x", "method": "text"}
    return list(found.values())


def lay_down(store: FolderStore, events: Sequence[Event], size: int) -> None:
    """`size` tweets as raw objects: the tape over and over, each time with other ids and later."""
    lines = _multiplied(events, size)
    for number in range(0, size, AN_OBJECT):
        store.put(f"{raw_prefix(RawKind.TWEETS)}a-{number:09}.json", b"\n".join(islice(lines, AN_OBJECT)))


def one_hour_more(store: FolderStore, events: Sequence[Event], number: int) -> None:
    """One object more, of one hour."""
    hour = {"created_at": "2014-06-06T14:30:00Z"}
    lines = [orjson.dumps(event | hour | {"id": f"new-{number}-{event['id']}"}) for event in events[:AN_OBJECT]]
    store.put(f"{raw_prefix(RawKind.TWEETS)}b-{number:09}.json", b"\n".join(lines))


def _multiplied(events: Sequence[Event], size: int) -> Iterator[bytes]:
    for number in range(size):
        copy, index = divmod(number, len(events))
        event = events[index]
        later = parse_utc(str(event["created_at"])) + copy * _SHIFT
        yield orjson.dumps(event | {"id": f"{event['id']}-{copy}", "created_at": format_utc(later)})
