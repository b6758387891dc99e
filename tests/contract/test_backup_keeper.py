"""Scheduled backups on a real Redis: each session of a replay has its own, and those that nobody keeps are removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import bson
import pytest
import redis

from services.backup.intake import Intake
from services.backup.keeper import Keeper
from tests.fakes.backups import MemoryBackupStore, MemoryDocuments, MemoryLease
from tests.fakes.world import MemoryEvents
from tickertape.control.backup import GRACE_S, backup_state
from tickertape.control.clock import RedisClock, wall_time, write_state
from tickertape.control.gate import write_calendar
from tickertape.control.lease import RedisLease
from tickertape.control.progress import RedisProgress, read_progress
from tickertape.control.replay import ReplayFacts, write_replay
from tickertape.domain.backup_schedule import BackupSchedule
from tickertape.domain.manifest import Manifest
from tickertape.domain.market_hours import Calendar, Session
from tickertape.domain.retention import Kept
from tickertape.domain.virtual_clock import standing_at, wall_clock
from tickertape.ports.backups import LeaseTaken
from tickertape.usecases.backup import BackupMaker, Occasion
from tickertape.usecases.backup_objects import BackupObjects
from tickertape.usecases.backups import find_backups
from tickertape.usecases.restore import Plan, Restorer

DB = "tickertape"
CLOSES = [datetime(2025, 11, day, 21, tzinfo=UTC) for day in (24, 25, 26)]
CALENDAR = Calendar(
    tuple(Session(close - timedelta(hours=6.5), close) for close in CLOSES), date(2025, 11, 20), date(2025, 11, 30)
)
BEGIN, END = datetime(2025, 11, 24, 12, tzinfo=UTC), datetime(2025, 11, 27, tzinfo=UTC)


class Bench:
    """A keeper with everything around it; its own clock of seconds goes on by ten a turn."""

    def __init__(self, control: redis.Redis, keep: Kept, lease: MemoryLease | None = None) -> None:
        self.documents, self.store, self.events = MemoryDocuments(), MemoryBackupStore(), MemoryEvents()
        self.lease = lease or MemoryLease()
        self.control = control
        self.keep = keep
        self.seconds = 0.0
        times = [moment + timedelta(minutes=30) for moment in CLOSES]
        self.documents.fill(DB, "tweets", [{"_id": f"{at:%d}", "created_at": f"{at:%Y-%m-%dT%TZ}"} for at in times])
        self.keeper = self.start()

    def start(self) -> Keeper:
        clock = RedisClock(self.control)

        def monotonic() -> float:
            return self.seconds

        return Keeper(
            self.control,
            DB,
            BackupSchedule.parse("close"),
            self.keep,
            BackupMaker(self.documents, BackupObjects(self.store), self.lease, clock, wall_time),
            self.store,
            self.lease,
            Intake(lambda service: read_progress(self.control, service), monotonic),
            clock,
            self.events,
            RedisProgress(self.control, "backup"),
            monotonic,
        )

    def turn(self, times: int = 12) -> None:
        for _ in range(times):
            self.seconds += 10
            self.keeper.turn()

    def made(self) -> list[Manifest]:
        return find_backups(self.store).whole


@pytest.fixture
def replay(control: redis.Redis) -> redis.Redis:
    """Three sessions are replayed, everything that is due has come in, and the clock stands at the end."""
    write_calendar(control, CALENDAR)
    write_replay(control, ReplayFacts("tape", "set", BEGIN, END, BEGIN, "max"))
    write_state(control, standing_at(END, wall_time()))
    for service in ("twitter", "stocks"):
        RedisProgress(control, service).report(state="done", outbox=0)
    return control


def contents(bench: Bench, manifest: Manifest) -> list[str]:
    target = MemoryDocuments()
    Restorer(target, BackupObjects(bench.store), MemoryLease(), wall_time).restore(manifest, Plan("x"))
    return sorted(bson.decode(one)["_id"] for one in target.databases["x"]["tweets"].documents.values())


def test_each_session_that_was_jumped_over_has_its_backup(replay: redis.Redis) -> None:
    """Three sessions, three backups, each with what the store would have held at its time; another start makes none."""
    bench = Bench(replay, Kept(7, 4, 12))
    bench.turn()
    assert CLOSES == [one.scheduled_for for one in bench.made()]
    assert [[], ["24"], ["24", "25"]] == [contents(bench, one) for one in bench.made()]
    assert ["backup_made"] * 3 == bench.events.names
    bench.keeper = bench.start()
    bench.turn()
    assert 3 == len(bench.made())
    state = backup_state(replay)
    assert (bench.made()[-1].id, False) == (state["last"]["id"], state["overdue"])


def test_the_setting_says_how_many_stay(replay: redis.Redis) -> None:
    """With two days to keep the first session gets none; what is removed is told."""
    bench = Bench(replay, Kept(2, 0, 0))
    write_state(replay, standing_at(CLOSES[1], wall_time()))
    bench.turn()
    write_state(replay, standing_at(END, wall_time()))
    bench.keeper = bench.start()
    bench.turn()
    assert CLOSES[1:] == [one.scheduled_for for one in bench.made()]
    assert ["backup_made", "backup_made", "backup_made", "backup_removed"] == bench.events.names


def test_what_is_due_waits_until_the_tape_is_in(replay: redis.Redis) -> None:
    """No backup is made while a service reads; it is made once all have what was due."""
    RedisProgress(replay, "twitter").report(state="reading", outbox=50)
    bench = Bench(replay, Kept(7, 4, 12))
    bench.turn()
    assert [] == bench.made()
    RedisProgress(replay, "twitter").report(state="waiting", outbox=0)
    bench.turn()
    assert 3 == len(bench.made())


def test_a_failure_is_told_once_and_shown_and_tried_again(replay: redis.Redis) -> None:
    """A refused upload is one event, however often it is tried; then it goes on."""
    bench = Bench(replay, Kept(7, 4, 12))
    bench.store.room = 0
    bench.turn(20)
    assert ["backup_failed"] == bench.events.names
    assert "no space left" in backup_state(replay)["problem"]
    bench.store.room = float("inf")
    bench.turn(30)
    assert (3, None) == (len(bench.made()), backup_state(replay)["problem"])


def test_it_waits_for_who_works_by_hand(replay: redis.Redis) -> None:
    """A restore that goes on is no failure."""
    bench = Bench(replay, Kept(7, 4, 12), MemoryLease("somebody"))
    bench.turn()
    assert ([], []) == (bench.made(), bench.events.names)
    bench.lease.holder = ""
    bench.turn()
    assert 3 == len(bench.made())


def test_live_one_backup_makes_up_for_what_was_missed(control: redis.Redis) -> None:
    """On the wall clock all that was there is taken, once; a new stack has missed nothing."""
    now = wall_time().replace(microsecond=0)
    closes = [now - timedelta(hours=hours) for hours in (50, 26, 2)]
    sessions = tuple(Session(close - timedelta(hours=6), close) for close in closes)
    write_calendar(control, Calendar(sessions, now.date() - timedelta(9), now.date() + timedelta(9)))
    write_state(control, wall_clock(now))
    new = Bench(control, Kept(7, 4, 12))
    new.turn()
    assert [] == new.made()
    maker = BackupMaker(new.documents, BackupObjects(new.store), new.lease, RedisClock(control), wall_time)
    maker.make(DB, Occasion(closes[0]))
    new.keeper = new.start()
    new.turn()
    assert [closes[0], closes[2]] == [one.scheduled_for for one in new.made()]


def test_a_backup_that_was_not_made_is_overdue(replay: redis.Redis) -> None:
    """A quarter of an hour on the wall clock after the shared clock came to it, also when the service is dead."""
    write_state(replay, standing_at(BEGIN, wall_time()).resumed(wall_time()))
    RedisProgress(replay, "backup").report(due="2025-11-24T21:00:00Z", state="waiting")
    assert not backup_state(replay)["overdue"]
    hours = timedelta(hours=9)
    assert not backup_state(replay, lambda: wall_time() + hours)["overdue"]
    assert backup_state(replay, lambda: wall_time() + hours + timedelta(seconds=GRACE_S + 60))["overdue"]


@pytest.fixture(params=["memory", "redis"])
def leases(request: pytest.FixtureRequest, control: redis.Redis) -> Callable[[], MemoryLease | RedisLease]:
    if request.param == "redis":
        return lambda: RedisLease(control, "test", "a test")
    shared = MemoryLease()
    return lambda: shared


def test_a_lease_is_given_back_and_taken_again(leases: Callable[[], MemoryLease | RedisLease]) -> None:
    for lease in (leases(), leases()):
        lease.take()
        lease.keep()
        lease.give_back()


def test_two_cannot_have_one_lease(control: redis.Redis) -> None:
    """The second is told who has it; one that ended is taken by the next, and its old holder is told so."""
    first, second = RedisLease(control, "test", "the first"), RedisLease(control, "test", "the second")
    first.take()
    with pytest.raises(LeaseTaken, match=r"the first .* works on the backups"):
        second.take()
    control.delete("lease:test")  # as if its time had passed
    second.take()
    with pytest.raises(LeaseTaken):
        first.take()
    first.give_back()
    with pytest.raises(LeaseTaken):
        first.take()
    second.give_back()
    first.take()
