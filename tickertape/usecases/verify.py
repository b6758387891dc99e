"""Proves by ids that nothing was lost: every line of the tape is accounted for, hop by hop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.usecases.classify import Accepted

# A report names this many of what is missing or too much; the count is always whole.
_NAMED = 20
_WITHHELD = f"{Outcome.WITHHELD}:{Reason.FLAG_OFF}"
_CONTENTLESS = f"{Outcome.DROPPED}:{Reason.NO_CONTENT}"


@dataclass(frozen=True, slots=True)
class TapeLine:
    """One line of the tape: where it stands, and the id it carries if one can be read."""

    position: str
    event_id: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What each station holds of one kind of event.

    Attributes:
        lines: the tape's lines that had been read when the question was asked.
        on_tape: the ids of all its lines: while it plays, more of them come in than were asked about.
        turned_away: what ingest filtered or quarantined.
        withheld: by sink, the ids that a flag kept from it.
        contentless: ids of tweets that are nothing but links, by our own reading: no table shows them.
        stored: ids in the data store.
        lake: how often each id is in the raw lake.
        transformed_away: what the transform dropped or quarantined.
        served: ids in the serving table of single events.
        curated: how often each id is in the batch's table; None before the first batch.
        counted: how many events the batch's totals count; None before the first batch.
        in_outbox: how many entries the slowest sink still waits for.
    """

    lines: Sequence[TapeLine]
    on_tape: Collection[str]
    turned_away: Sequence[Reject]
    withheld: Mapping[str, Collection[str]]
    contentless: Collection[str]
    stored: Collection[str]
    lake: Mapping[str, int]
    transformed_away: Sequence[Reject]
    served: Collection[str]
    curated: Mapping[str, int] | None
    counted: int | None
    in_outbox: int

    @property
    def asked(self) -> set[str]:
        """The ids of the lines that are asked about."""
        return {line.event_id for line in self.lines if line.event_id is not None}

    @property
    def accepted(self) -> set[str]:
        """The ids of those lines that were not turned away."""
        turned_away = {reject.position for reject in self.turned_away}
        return {line.event_id for line in self.lines if line.event_id and line.position not in turned_away}


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop: what went in, what became of it, and what is wrong.

    Attributes:
        outcomes: delivered, and `filtered:reason` and so on, each with its count; they add up to `entered`.
        missing: went in and is nowhere.
        unexpected: came out and did not go in, or came out twice where once is promised.
    """

    name: str
    entered: int
    outcomes: Mapping[str, int]
    missing: Sequence[str] = ()
    unexpected: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that went in is accounted for, and nothing else came out."""
        return not self.missing and not self.unexpected and sum(self.outcomes.values()) == self.entered

    def to_json(self) -> dict[str, Any]:
        """The hop as `verify --json` shows it."""
        return {
            "hop": self.name,
            "ok": self.ok,
            "in": self.entered,
            **dict(sorted(self.outcomes.items())),
            "missing": len(self.missing),
            "missing_ids": list(self.missing[:_NAMED]),
            "unexpected": len(self.unexpected),
            "unexpected_ids": list(self.unexpected[:_NAMED]),
        }


@dataclass(frozen=True, slots=True)
class Account:
    """The hops of one kind of event."""

    kind: str
    hops: Sequence[Hop]
    in_outbox: int
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def ok(self) -> bool:
        """Whether every hop is."""
        return all(hop.ok for hop in self.hops)

    def to_json(self) -> dict[str, Any]:
        """The account as `verify --json` shows it."""
        return {
            "ok": self.ok,
            "in_outbox": self.in_outbox,
            "hops": [hop.to_json() for hop in self.hops],
            "notes": list(self.notes),
        }


def account(kind: str, evidence: Evidence) -> Account:
    """Check every hop of one kind of event."""
    hops = [_ingest(evidence), _to_lake(evidence), _to_serving(kind, evidence)]
    notes = []
    if evidence.curated is None:
        notes.append("the batch has not run yet: `tickertape batch run`")
    else:
        hops.append(_to_curated(evidence))
    if evidence.counted is not None and evidence.curated is not None:
        hops.append(_to_counts(evidence))
    return Account(kind, hops, evidence.in_outbox, notes)


def tape_line(position: str, outcome: Accepted | Reject) -> TapeLine:
    """A tape's line as `verify` reads it for itself."""
    return TapeLine(position, outcome.event_id)


def _ingest(evidence: Evidence) -> Hop:
    """Each line was turned away at its position, or its id is in the data store, or a flag kept it from there."""
    turned_away = {reject.position: reject for reject in evidence.turned_away}
    stored, withheld = set(evidence.stored), set(evidence.withheld.get("mongo", ()))
    outcomes: Counter[str] = Counter()
    missing = []
    for line in evidence.lines:
        if reject := turned_away.get(line.position):
            outcomes[f"{reject.outcome}:{reject.reason}"] += 1
        elif line.event_id is not None and line.event_id in stored:
            outcomes["delivered"] += 1
        elif line.event_id in withheld:
            outcomes[_WITHHELD] += 1
        else:
            missing.append(f"{line.position} {line.event_id or '(no id)'}")
    unexpected = sorted(stored - set(evidence.on_tape))
    return Hop("tape to data store", len(evidence.lines), outcomes, missing, unexpected)


def _to_lake(evidence: Evidence) -> Hop:
    """Each accepted event is in the lake, or the transform turned it away; more than once is allowed there."""
    away = _away(evidence.transformed_away) | dict.fromkeys(evidence.withheld.get("firehose", ()), _WITHHELD)
    return _by_ids("accepted to lake", evidence, evidence.accepted, evidence.lake, away)


def _to_serving(kind: str, evidence: Evidence) -> Hop:
    """Each accepted event is in the serving table; what the transform drops is not shown either."""
    table = "recent_tweets" if kind == "tweets" else "prices"
    away = dict.fromkeys(evidence.withheld.get("kinesis", ()), _WITHHELD)
    away |= dict.fromkeys(evidence.contentless, _CONTENTLESS) | _away(evidence.transformed_away)
    return _by_ids(f"accepted to {table}", evidence, evidence.accepted, evidence.served, away)


def _away(rejects: Sequence[Reject]) -> dict[str, str]:
    return {reject.event_id: f"{reject.outcome}:{reject.reason}" for reject in rejects if reject.event_id}


def _by_ids(
    name: str, evidence: Evidence, entered: Iterable[str], arrived: Iterable[str], away: Mapping[str, str]
) -> Hop:
    went_in, came_out = evidence.asked.intersection(entered), set(arrived)
    outcomes: Counter[str] = Counter()
    missing = []
    for event_id in sorted(went_in):
        if event_id in came_out:
            outcomes["delivered"] += 1
        elif event_id in away:
            outcomes[away[event_id]] += 1
        else:
            missing.append(event_id)
    return Hop(name, len(went_in), outcomes, missing, sorted(came_out - set(evidence.on_tape)))


def _to_curated(evidence: Evidence) -> Hop:
    """Each event of the lake is in the batch's table, once however often the lake has it."""
    curated = evidence.curated or {}
    hop = _by_ids("lake to batch", evidence, evidence.lake, curated, {})
    doubled = sorted(event_id for event_id, times in curated.items() if times > 1)
    return Hop(hop.name, hop.entered, hop.outcomes, hop.missing, [*hop.unexpected, *doubled])


def _to_counts(evidence: Evidence) -> Hop:
    """The totals that pages show count each event of the batch's table once."""
    rows, counted = len(evidence.curated or {}), evidence.counted or 0
    missing = [f"{rows - counted} events are not counted"] if counted < rows else []
    unexpected = [f"{counted - rows} events too many are counted"] if counted > rows else []
    return Hop("batch to totals", rows, {"delivered": min(rows, counted)}, missing, unexpected)
