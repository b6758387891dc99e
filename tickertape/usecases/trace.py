"""Where one tweet is: each hop from the tape to the served counts, with what became of it there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tickertape.domain.enrich import says_something
from tickertape.domain.rejects import BadRecord, Outcome, Reason
from tickertape.domain.sightings import KeptReject, TapeLine
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import Tweet
from tickertape.ports.lake import Stations
from tickertape.usecases.classify import STAGE

_CONTENTLESS = f"{Outcome.DROPPED}:{Reason.NO_CONTENT}"
_LOST = "on its way, or lost: `tickertape verify` tells which"


class State(StrEnum):
    """What became of the tweet at a hop, unless it was turned away there: then the state is `outcome:reason`."""

    HERE = "here"
    WAITING = "waiting"  # not yet, and we know what for
    ABSENT = "absent"  # nobody can say why from one tweet alone


class UnknownTweet(Exception):
    """No station has heard of that id; one line."""


@dataclass(frozen=True, slots=True)
class HopTrace:
    """The tweet at one hop.

    Attributes:
        state: a `State`, or `filtered:duplicate` and so on.
        at: when it came there, ISO 8601 UTC; None where nobody writes that down.
        where: the place for a person: a line of the tape, an object, an item's key.
        detail: what else is known.
    """

    hop: str
    state: str
    at: str | None = None
    where: str = ""
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """The hop as `trace --json` shows it."""
        return {"hop": self.hop, "state": self.state, "at": self.at, "where": self.where, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Trace:
    """One tweet's way.

    Attributes:
        created_at: the tweet's own time, ISO 8601 UTC; None when no readable form of it was found.
        verdict: `delivered`, `waiting`, `absent`, or `outcome:reason` of a tweet that goes no further.
    """

    tweet_id: str
    created_at: str | None
    verdict: str
    hops: Sequence[HopTrace] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """The trace as `trace --json` shows it."""
        return {
            "id": self.tweet_id,
            "created_at": self.created_at,
            "verdict": self.verdict,
            "hops": [hop.to_json() for hop in self.hops],
        }


def trace(tweet_id: str, stations: Stations) -> Trace:
    """Follow one tweet through every hop.

    Raises:
        UnknownTweet: neither the tape, the lake, the data store nor the quarantine has that id.
    """
    return _Tracing(tweet_id, stations).result()


class _Tracing:
    """What was found of one tweet; each method tells one hop."""

    def __init__(self, tweet_id: str, stations: Stations) -> None:
        self._id = tweet_id
        self._stations = stations
        self._lines = stations.tape_lines(tweet_id)
        self._stored = stations.stored(tweet_id)
        self._raw, self._rejects = stations.lake(tweet_id)
        self._depth = stations.outbox_depth()
        if not (self._lines or self._rejects or self._stored or self._raw):
            raise UnknownTweet(f"no tweet {tweet_id}: neither tape, data store, lake nor quarantine has that id")
        self._tweet = self._readable()
        self._created_at = self._tweet.created_at if self._tweet else None

    def result(self) -> Trace:
        hops = [*self._source(), *self._ingest()]
        if self._is_accepted():
            after = [self._data_store(), self._live_table(), *self._lake(), *self._batch()]
            hops += [self._outbox(after), *after]
        created_at = format_utc(self._created_at) if self._created_at else None
        return Trace(self._id, created_at, _verdict(hops, accepted=self._is_accepted()), hops)

    def _readable(self) -> Tweet | None:
        """The tweet itself, from the first station that has it whole: an object of the lake may hold anything."""
        stores = (one.event for one in (self._stored, *self._raw) if one is not None)
        for event in (*stores, *(line.event for line in self._lines if line.event is not None)):
            try:
                return Tweet.from_event(dict(event))
            except BadRecord:
                continue
        return None

    def _is_accepted(self) -> bool:
        """Whether any line of that id went on."""
        turned_away = self._turned_away_at()
        was_taken = any(line.was_read and line.position not in turned_away for line in self._lines)
        withheld = any(one.reject.outcome is Outcome.WITHHELD for one in self._rejects)
        return was_taken or withheld or self._stored is not None or bool(self._raw)

    def _turned_away_at(self) -> dict[str, KeptReject]:
        return {one.reject.position: one for one in self._rejects if one.reject.stage == STAGE}

    def _source(self) -> list[HopTrace]:
        if not self._lines:
            if self._tweet is None and not self._rejects:
                return [HopTrace("source", State.ABSENT, detail="no store has it in a form that can be read")]
            source = self._tweet.source if self._tweet else self._rejects[0].reject.position
            return [HopTrace("source", State.HERE, where=source, detail="the tape that plays does not have it")]
        return [self._on_tape(line) for line in self._lines]

    def _on_tape(self, line: TapeLine) -> HopTrace:
        if line.was_read:
            return HopTrace("source", State.HERE, where=line.position)
        return HopTrace("source", State.WAITING, where=line.position, detail="it is due when the clock shows its time")

    def _ingest(self) -> list[HopTrace]:
        """One entry a line that was read: the first of an id goes on, a repeat of it does not."""
        turned_away = self._turned_away_at()
        hops = [_rejected("ingest", kept) for kept in turned_away.values()]
        if self._is_accepted():
            hops.insert(0, HopTrace("ingest", State.HERE, detail="accepted"))
        return hops

    def _outbox(self, after: Iterable[HopTrace]) -> HopTrace:
        if all(hop.state != State.WAITING for hop in after if hop.hop in _SINK_HOPS):
            return HopTrace("outbox", State.HERE, detail="every sink has taken it")
        return HopTrace("outbox", State.WAITING, detail=f"{self._depth:,} entries wait for the slowest sink")

    def _data_store(self) -> HopTrace:
        if self._stored:
            return HopTrace("data store", State.HERE, where=self._stored.where)
        return self._missed("data store", "mongo")

    def _live_table(self) -> HopTrace:
        name = "live table"
        found = self._stations.served(self._id, self._created_at, self._tickers()) if self._created_at else ()
        if found:
            copies = f"{len(found)} items, one a ticker" if len(found) > 1 else ""
            return HopTrace(name, State.HERE, _time(found[0].at), found[0].where, copies)
        return self._dropped(name) or self._missed(name, "kinesis")

    def _lake(self) -> list[HopTrace]:
        name = "raw lake"
        if self._raw:
            return [HopTrace(name, State.HERE, _time(one.at), one.where) for one in self._raw]
        return [self._dropped(name) or self._missed(name, "firehose")]

    def _batch(self) -> list[HopTrace]:
        """The tables and the counts; of what is not in the lake they know nothing."""
        if not self._raw or self._created_at is None:
            return []
        rows = self._stations.table_rows(self._id, self._created_at)
        if rows is None or not rows.tweets:
            return [self._not_batched()]
        tickers = ", ".join(sorted(str(one.event["ticker"]) for one in rows.mentions))
        tables = (
            ("table tweets", rows.tweets, ""),
            ("table mentions", rows.mentions, tickers),
            ("table spam", rows.spam, str(rows.spam[0].event["reason"]) if rows.spam else ""),
        )
        hops = [
            HopTrace(name, State.HERE, _time(found[0].at), found[0].where, detail)
            for name, found, detail in tables
            if found
        ]
        return [*hops, self._counts(self._created_at)]

    def _counts(self, created_at: datetime) -> HopTrace:
        periods = self._stations.counts(created_at)
        if not periods:
            return HopTrace("served counts", State.ABSENT, detail=_LOST)
        return HopTrace("served counts", State.HERE, where=", ".join(one.where for one in periods))

    def _not_batched(self) -> HopTrace:
        began = self._stations.batch_began_at()
        newest = max((one.at for one in self._raw if one.at), default=None)
        if began is not None and newest is not None and newest < began:
            return HopTrace("table tweets", State.ABSENT, detail=_LOST)
        return HopTrace("table tweets", State.WAITING, detail="the next run of the batch takes it")

    def _tickers(self) -> Sequence[str]:
        return self._tweet.tickers if self._tweet else ()

    def _dropped(self, hop: str) -> HopTrace | None:
        """A tweet that is nothing but links is shown nowhere."""
        for kept in self._rejects:
            if kept.reject.outcome is Outcome.DROPPED:
                return _rejected(hop, kept)
        if self._tweet is not None and not says_something(self._tweet.text):
            return HopTrace(hop, _CONTENTLESS, detail="nothing but links")
        return None

    def _missed(self, hop: str, sink: str) -> HopTrace:
        """Why it is not where a sink puts it."""
        for kept in self._rejects:
            if kept.reject.outcome is Outcome.WITHHELD and kept.reject.detail == sink:
                return HopTrace(
                    hop,
                    f"{kept.reject.outcome}:{kept.reject.reason}",
                    kept.reject.at,
                    kept.where,
                    f"the flag tweets.{sink} was off; `tickertape redrive` brings it",
                )
        if self._depth:
            return HopTrace(hop, State.WAITING, detail=f"{self._depth:,} entries wait in the outbox")
        return HopTrace(hop, State.ABSENT, detail=_LOST)


_SINK_HOPS = frozenset({"data store", "live table", "raw lake"})


def _rejected(hop: str, kept: KeptReject) -> HopTrace:
    reject = kept.reject
    detail = f"{reject.position} {reject.detail}".strip()
    return HopTrace(hop, f"{reject.outcome}:{reject.reason}", reject.at, kept.where, detail)


def _verdict(hops: Sequence[HopTrace], *, accepted: bool) -> str:
    """The tweet in one word: what is worst about it."""
    states = [hop.state for hop in hops if hop.hop not in ("source", "ingest")]
    if not accepted:
        turned_away = [hop.state for hop in hops if hop.hop == "ingest"]
        return turned_away[0] if turned_away else State.WAITING
    for worst in (State.ABSENT, State.WAITING):
        if worst in states:
            return worst
    return next((state for state in states if state != State.HERE), "delivered")


def _time(moment: datetime | None) -> str | None:
    return format_utc(moment) if moment else None
