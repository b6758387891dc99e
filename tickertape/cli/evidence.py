"""Collects what each station holds, for `tickertape verify`: the tape is read again, nothing is taken on trust."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
from tickertape.serving.keys import SERIES
from tickertape.serving.store import query, scan
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
        lines = list(self._tape_lines(kind, tape) if tape else _stored_lines(stored))
        curated = self._curated(kind)
        # At once: while a tape plays, the next run of the batch changes both.
        counted = None if curated is None or kind is RawKind.BARS else self._counted()
        events, transformed_away = self._raw(kind)
        return Evidence(
            lines=[one.line for one in lines if one.was_read],
            on_tape={one.line.event_id for one in lines if one.line.event_id is not None}
            | (set() if tape else set(events)),
            turned_away=self._rejects(STAGE, kind) if tape else [],
            withheld=self._withheld(kind),
            contentless={one.line.event_id for one in lines if one.is_contentless and one.line.event_id},
            stored=stored,
            lake=events,
            transformed_away=transformed_away,
            served=set(self._served(kind)),
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
            contentless = (
                kind is RawKind.TWEETS
                and isinstance(decided, Accepted)
                and not says_something(json.loads(decided.line)["text"])
            )
            yield _Line(tape_line(record.position, decided), had_been_read(record, self.asked_at[kind]), contentless)

    def _rejects(self, stage: str, kind: RawKind) -> list[Reject]:
        return list(map(Reject.from_event, read_events(self.lake, quarantine_prefix(stage, kind))))

    def _withheld(self, kind: RawKind) -> dict[str, set[str]]:
        by_sink: dict[str, set[str]] = defaultdict(set)
        for reject in self._rejects(WITHHELD, kind):
            by_sink[reject.detail].add(reject.event_id or "")
        return by_sink

    def _raw(self, kind: RawKind) -> tuple[Counter[str], list[Reject]]:
        """How often the raw lake has each event, and what the transform turned away among them."""
        events: Counter[str] = Counter()
        rejects = []
        for event in read_events(self.lake, raw_prefix(kind)):
            if Reject.is_one(event):
                rejects.append(Reject.from_event(event))
            else:
                events[_event_id(kind, event)] += 1
        return events, rejects

    def _stored(self, kind: RawKind) -> set[str]:
        mongo: MongoClient[dict[str, Any]] = MongoClient(
            self.settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        with mongo:
            return {document["_id"] for document in mongo["tickertape"][kind].find({}, {"_id": 1})}

    def _served(self, kind: RawKind) -> Iterator[str]:
        dynamodb = client("dynamodb")
        if kind is RawKind.TWEETS:
            for item in scan(dynamodb, self.resources.recent_tweets_table, ["created_at_id"]):
                yield item["created_at_id"].partition("#")[2]
            return
        for item in scan(dynamodb, self.resources.prices_table, ["symbol_interval", "ts", "derived"]):
            # Bars made from minutes were on no tape.
            if item["symbol_interval"] != SERIES and not item.get("derived"):
                yield f"{item['symbol_interval']}#{item['ts']}"

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
    """A line of the tape: whether the service had read it when the question was asked, and whether it says nothing."""

    line: TapeLine
    was_read: bool
    is_contentless: bool


def _stored_lines(stored: Iterable[str]) -> Iterator[_Line]:
    return (_Line(TapeLine(event_id, event_id), True, False) for event_id in stored)


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


def _event_id(kind: RawKind, event: dict[str, Any]) -> str:
    return str(event["id"]) if kind is RawKind.TWEETS else Bar.from_event(event).id


def _bar_id(row: dict[str, Any]) -> str:
    prices: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), 1.0)
    return Bar(row["symbol"], row["interval"], row["ts"], **prices, volume=0.0, provider="").id
