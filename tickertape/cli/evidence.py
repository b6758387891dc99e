"""Collects what each station holds, for `tickertape verify`: the tape is read again, nothing is taken on trust."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pymongo import MongoClient

from tickertape.aws import Resources, client
from tickertape.control.clock import wall_time
from tickertape.control.progress import read_progress
from tickertape.control.redis_client import connect
from tickertape.domain.bar import Bar
from tickertape.domain.enrich import says_something
from tickertape.domain.periods import Level
from tickertape.domain.rejects import Reject
from tickertape.lake.keys import RawKind, Table, quarantine_prefix, raw_prefix
from tickertape.lake.store import S3Store, read_events
from tickertape.lake.tables import CuratedTables, s3_filesystem
from tickertape.ports.sources import RawRecord
from tickertape.serving.listing import served_bars, served_tweets
from tickertape.serving.store import query
from tickertape.sinks.flagged import STAGE as WITHHELD
from tickertape.sources.tape import BarTape, TweetTape, bar_interval
from tickertape.usecases.classify import (
    STAGE,
    Accepted,
    Classifier,
    TweetRules,
    Window,
    bar_classifier,
    tweet_classifier,
)
from tickertape.usecases.verify import Evidence, TapeLine, tape_line

if TYPE_CHECKING:
    from pathlib import Path

    import redis

    from tickertape.settings import Settings

_TIME = {RawKind.TWEETS: "created_at", RawKind.BARS: "ts"}
_SERVICES = {RawKind.TWEETS: "twitter", RawKind.BARS: "stocks"}


@dataclass(frozen=True, slots=True)
class Station:
    """The stores of one running stack.

    Attributes:
        asked_at: how far the services were when the question was asked; a tape that plays goes on meanwhile.
    """

    settings: Settings
    resources: Resources
    control: redis.Redis
    lake: S3Store
    tables: CuratedTables
    asked_at: Mapping[RawKind, Mapping[str, str]]

    def evidence(self, kind: RawKind, tape: Path | None) -> Evidence:
        """Everything that is known of one kind of event, read from the stores themselves.

        Args:
            tape: what is replayed; None for a live stack, where the data store says what came in.
        """
        stored = self._stored(kind)
        lines = list(self._tape_lines(kind, tape)) if tape else [_Line.of_stored(*one) for one in stored.items()]
        curated = self._curated(kind)
        # At once: while a tape plays, the next run of the batch changes both.
        counted = None if curated is None or kind is RawKind.BARS else self._counted()
        events, transformed_away, days = self._raw(kind)
        days.update(line.day for line in lines if line.day)
        days.update(stored.values())
        return Evidence(
            lines=[one.line for one in lines if one.was_read],
            on_tape={one.line.event_id for one in lines if one.line.event_id is not None}
            | (set() if tape else set(events)),
            turned_away=self._rejects(STAGE, kind) if tape else [],
            withheld=self._withheld(kind),
            contentless={one.line.event_id for one in lines if one.is_contentless and one.line.event_id},
            stored=stored.keys(),
            lake=events,
            transformed_away=transformed_away,
            served=set(self._served(kind, days)),
            curated=curated,
            counted=counted,
            in_outbox=int(read_progress(self.control, _SERVICES[kind]).get("outbox", 0)),
        )

    def reader(self, kind: RawKind, tape: Path) -> tuple[TweetTape | BarTape, Classifier]:
        """The tape, and what tells which event a line is."""
        # The same rules as the service: which lines carry an id is not a matter of what was wanted.
        window = Window(*self.settings.window())
        if kind is RawKind.TWEETS:
            return TweetTape(tape), tweet_classifier(TweetRules(window), "tape", wall_time)
        return BarTape(tape), bar_classifier(window, "tape", bar_interval, wall_time)

    def _tape_lines(self, kind: RawKind, tape: Path) -> Iterator[_Line]:
        source, classify = self.reader(kind, tape)
        for record in source.read({}):
            decided = classify(record)
            event = json.loads(decided.line) if isinstance(decided, Accepted) else None
            yield _Line(
                tape_line(record.position, decided),
                had_been_read(record, self.asked_at[kind]),
                bool(event and kind is RawKind.TWEETS and not says_something(event["text"])),
                _day(kind, event) if event else None,
            )

    def _rejects(self, stage: str, kind: RawKind) -> list[Reject]:
        return list(map(Reject.from_event, read_events(self.lake, quarantine_prefix(stage, kind))))

    def _withheld(self, kind: RawKind) -> dict[str, set[str]]:
        by_sink: dict[str, set[str]] = defaultdict(set)
        for reject in self._rejects(WITHHELD, kind):
            by_sink[reject.detail].add(reject.event_id or "")
        return by_sink

    def _raw(self, kind: RawKind) -> tuple[Counter[str], list[Reject], set[str]]:
        """How often the raw lake has each event, what the transform turned away among them, and all days."""
        events: Counter[str] = Counter()
        rejects = []
        days = set()
        for event in read_events(self.lake, raw_prefix(kind)):
            if Reject.is_one(event):
                rejects.append(Reject.from_event(event))
            else:
                events[_event_id(kind, event)] += 1
                days.add(_day(kind, event))
        return events, rejects, days

    def _stored(self, kind: RawKind) -> dict[str, str]:
        """The ids in the data store, each with its day."""
        mongo: MongoClient[dict[str, Any]] = MongoClient(
            self.settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        with mongo:
            found = mongo["tickertape"][kind].find({}, {_TIME[kind]: 1})
            return {document["_id"]: _day(kind, document) for document in found}

    def _served(self, kind: RawKind, days: Collection[str]) -> Iterator[str]:
        dynamodb = client("dynamodb")
        if kind is RawKind.TWEETS:
            return served_tweets(dynamodb, self.resources.recent_tweets_table, days)
        return served_bars(dynamodb, self.resources.prices_table)

    def _curated(self, kind: RawKind) -> Counter[str] | None:
        columns = ["id"] if kind is RawKind.TWEETS else ["symbol", "interval", "ts"]
        rows = self.tables.rows(Table(kind), columns)
        if rows is None:
            return None
        return Counter(row["id"] if kind is RawKind.TWEETS else _bar_id(row) for row in rows)

    def _counted(self) -> int:
        totals = query(client("dynamodb"), self.resources.period_totals_table, ("level", Level.YEARLY))
        return sum(int(total["tweets"]) for total in totals)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the tape.

    Attributes:
        was_read: whether the service had read it when the question was asked.
        is_contentless: whether it is a tweet that says nothing.
        day: of the event, `2014-06-06`; None where it is none.
    """

    line: TapeLine
    was_read: bool
    is_contentless: bool
    day: str | None

    @classmethod
    def of_stored(cls, event_id: str, day: str) -> Self:
        """An event of the data store, where no tape says what came in."""
        return cls(TapeLine(event_id, event_id), was_read=True, is_contentless=False, day=day)


def station(settings: Settings) -> Station:
    """The stores of the running stack, asked about as of now.

    Raises:
        NotDeployed: the AWS resources are not there.
    """
    resources = Resources.from_stack()
    control = connect(settings.redis_url.get_secret_value())
    return Station(
        settings,
        resources,
        control,
        S3Store(client("s3"), resources.lake_bucket),
        CuratedTables(resources.lake_bucket, s3_filesystem(settings.aws_endpoint_url, settings.aws_region)),
        reached(control),
    )


def reached(control: redis.Redis) -> dict[RawKind, dict[str, str]]:
    """How far the services are now."""
    return {kind: read_progress(control, service) for kind, service in _SERVICES.items()}


def had_been_read(record: RawRecord, progress: Mapping[str, str]) -> bool:
    """Whether a service that is so far has come to that record."""
    return record.number <= int(progress.get(f"position:{record.place}", 0))


def _day(kind: RawKind, event: Mapping[str, Any]) -> str:
    return str(event[_TIME[kind]])[:10]


def _event_id(kind: RawKind, event: dict[str, Any]) -> str:
    return str(event["id"]) if kind is RawKind.TWEETS else Bar.from_event(event).id


def _bar_id(row: dict[str, Any]) -> str:
    prices: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), 1.0)
    return Bar(row["symbol"], row["interval"], row["ts"], **prices, volume=0.0, provider="").id
