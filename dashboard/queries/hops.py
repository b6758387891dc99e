"""How many events came how far, and how far behind each hop is: from the services' counters, and the serving store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis

from dashboard.queries import prices
from dashboard.queries.reader import SLOW_S, ServingReader
from dashboard.queries.tweets import recent_tweets
from tickertape.control.batch import last_run
from tickertape.control.gate import SERVICES
from tickertape.control.progress import last_beat, read_counts, read_minutes, read_progress
from tickertape.domain.periods import Level

# By the service that reads them: what is counted.
KINDS = {"twitter": "tweets", "stocks": "bars"}
_OUTBOX = "outbox:"
_SHORTEST_FIRST = ("1m", "5m", "1h", "1d")


@dataclass(frozen=True, slots=True)
class Intake:
    """One ingest service, as it tells.

    Attributes:
        state: `reading`, `waiting`, `held`, `done`, ...; '' before its first report.
        silent_s: seconds of the wall clock since its loop last turned; None before its first report.
        counts: `read`, `accepted`, and `filtered:duplicate` and so on, since this tape's data began.
        waiting: by sink, how many entries of the outbox it has not acknowledged.
    """

    state: str
    source: str
    silent_s: float | None
    counts: Mapping[str, int]
    waiting: Mapping[str, int]

    def turned_away(self, outcome: str) -> dict[str, int]:
        """Counts by reason of one outcome, the largest first."""
        found = {name.partition(":")[2]: count for name, count in self.counts.items() if name.startswith(f"{outcome}:")}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute of the wall clock brought, by kind: how many were accepted, and how many turned away."""

    begin: datetime
    accepted: Mapping[str, int]
    turned_away: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the stores behind the services have.

    Attributes:
        newest: by kind, the time of the newest event in the live tables.
        batched: by kind, how many events are in the batch's tables; empty before the first batch.
        batched_at: when that run ended, on the wall clock.
        served: how many tweets the served totals count; None before there are any.
    """

    newest: Mapping[str, datetime | None]
    batched: Mapping[str, int]
    batched_at: datetime | None
    served: int | None


def read_intakes(client: redis.Redis, wall: datetime) -> dict[str, Intake]:
    """Each ingest service by the kind of event it takes in."""
    return {KINDS[service]: _intake(client, service, wall) for service in SERVICES}


def _intake(client: redis.Redis, service: str, wall: datetime) -> Intake:
    progress, beat = read_progress(client, service), last_beat(client, service)
    waiting = {name.removeprefix(_OUTBOX): int(depth) for name, depth in progress.items() if name.startswith(_OUTBOX)}
    return Intake(
        state=progress.get("state", ""),
        source=progress.get("source", ""),
        silent_s=None if beat is None else max(0.0, wall.timestamp() - beat),
        counts=read_counts(client, service),
        waiting=waiting,
    )


def read_arrived(client: redis.Redis, reader: ServingReader, now: datetime) -> Arrived:
    """Ask the serving store and the batch's last run. About a dozen Queries, of which the overview makes most anyway.

    Args:
        now: the time on the shared clock.

    Raises:
        StoreAway: DynamoDB does not answer.
    """
    run = last_run(client) or {}
    tweets = recent_tweets(reader, now, None, 1)
    ends = {(series.interval, series.last_ts) for series in prices.all_series(reader) if series.last_ts}
    # Longer bars are made from the shortest, and may bear a time that is still to come.
    shortest = next((interval for interval in _SHORTEST_FIRST if interval in dict(ends)), None)
    bars = [end for interval, end in ends if interval == shortest]
    totals = reader.query("period_totals_table", ("level", Level.YEARLY), refresh_s=SLOW_S, limit=100)
    return Arrived(
        newest={"tweets": tweets[0].created_at if tweets else None, "bars": max(bars, default=None)},
        batched={kind: int(run[kind]) for kind in KINDS.values() if kind in run},
        batched_at=datetime.fromtimestamp(float(run["finished_at"]), UTC) if run else None,
        served=sum(int(total["tweets"]) for total in totals) if totals else None,
    )


def read_minute_counts(client: redis.Redis, wall: datetime, minutes: int) -> list[Minute]:
    """The last minutes of the wall clock up to this one, the oldest first; a minute without events has no counts."""
    accepted: dict[str, Counter[str]] = {}
    away: dict[str, Counter[str]] = {}
    for service, kind in KINDS.items():
        for one in read_minutes(client, service, wall, minutes):
            counted = accepted if one.outcome == "accepted" else away
            # An event is counted under each of its symbols: a tweet about two of them counts twice here.
            counted.setdefault(one.minute, Counter())[kind] += one.count
    this_minute = wall.astimezone(UTC).replace(second=0, microsecond=0)
    begins = [this_minute - timedelta(minutes=back) for back in reversed(range(minutes))]
    return [_minute(begin, accepted, away) for begin in begins]


def _minute(
    begin: datetime, accepted: Mapping[str, Mapping[str, int]], away: Mapping[str, Mapping[str, int]]
) -> Minute:
    name = f"{begin:%Y-%m-%dT%H:%M}Z"
    return Minute(begin, dict(accepted.get(name, {})), dict(away.get(name, {})))


def any_counts(minutes: Sequence[Minute]) -> bool:
    """Whether anything was counted in them."""
    return any(one.accepted or one.turned_away for one in minutes)
