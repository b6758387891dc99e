"""Makes the backups that are due on the shared clock, and removes those that nobody keeps any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import redis

from services.backup.intake import Intake
from tickertape.control.backup import write_last
from tickertape.control.gate import read_calendar
from tickertape.control.replay import read_replay
from tickertape.domain.backup_schedule import BackupSchedule
from tickertape.domain.manifest import Manifest
from tickertape.domain.market_hours import Calendar
from tickertape.domain.retention import Candidate, Kept, kept
from tickertape.domain.times import format_utc
from tickertape.ports.backups import BackupError, BackupStore, Lease, LeaseTaken
from tickertape.ports.control import Clock, Events, Progress
from tickertape.usecases.backup import BackupMaker, Occasion
from tickertape.usecases.backups import find_backups, remove

# Live, a backup that was due while nothing ran here is made up for, so far back.
_LIVE = timedelta(days=7)
_LOOK_AHEAD = timedelta(days=8)
# A replay's clock may jump over years of sessions: only the last of them are made up for, and none that would be
# removed at once.
_AT_ONCE = 3
# After a failure it is tried again so much later, seconds.
_BACK_OFF_S = 30.0
_BUSY_S = 2.0


class Keeper:
    """One turn after the other; which backups were made is read from the store, so that a restart goes on.

    Live, one backup makes up for all that were missed. In a replay each session that has passed gets its own, also
    the last few that the clock jumped over: as events later than that are left out, it holds what it would have then.

    Args:
        maker: makes a backup of `database`.
        monotonic: seconds, for the wait after a failure.
    """

    def __init__(
        self,
        client: redis.Redis,
        database: str,
        schedule: BackupSchedule,
        rule: Kept,
        maker: BackupMaker,
        store: BackupStore,
        lease: Lease,
        intake: Intake,
        clock: Clock,
        events: Events,
        progress: Progress,
        monotonic: Callable[[], float],
    ) -> None:
        self._client = client
        self._database = database
        self._schedule = schedule
        self._rule = rule
        self._maker = maker
        self._store = store
        self._lease = lease
        self._intake = intake
        self._clock = clock
        self._events = events
        self._progress = progress
        self._monotonic = monotonic
        self._made: set[datetime] | None = None
        self._live_after: datetime | None = None
        self._not_before = float("-inf")
        self._problem = ""

    def turn(self) -> None:
        """Make the oldest backup that is due and missing, if there is one."""
        now = self._clock.now()
        replay = read_replay(self._client)
        calendar = read_calendar(self._client)
        try:
            missing = self._missing(calendar, now, None if replay is None else replay.begin)
            ahead = next(self._schedule.due(calendar, now, now + _LOOK_AHEAD), None)
            due = missing[0] if missing else ahead
            state = "due" if missing else "waiting"
            self._progress.report(state=state, due=format_utc(due) if due else "", problem=self._problem)
            if missing and self._monotonic() >= self._not_before and (replay is None or self._intake.is_in()):
                self._make(missing[0], is_replay=replay is not None)
        except LeaseTaken:
            # Somebody backs up or restores by hand: a moment later.
            self._not_before = self._monotonic() + _BUSY_S
        except BackupError as error:
            self._failed(str(error))

    def _missing(self, calendar: Calendar | None, now: datetime, begin: datetime | None) -> list[datetime]:
        if self._made is None:
            # Asked once: nobody else makes scheduled ones.
            self._made = self._look()
        if self._live_after is None:
            # A stack that is new has missed none.
            self._live_after = now - _LIVE if self._made else now
        # A replay may begin at the very moment of a close.
        after = self._live_after if begin is None else begin - timedelta(microseconds=1)
        due = list(self._schedule.due(calendar, after, now))
        newest = due[-1:] if begin is None else due[-max(1, min(_AT_ONCE, self._rule.daily)) :]
        return [moment for moment in newest if moment not in self._made]

    def _look(self) -> set[datetime]:
        whole = find_backups(self._store).whole
        write_last(self._client, max(whole, key=lambda one: one.id, default=None))
        return {one.scheduled_for for one in whole if one.scheduled_for}

    def _make(self, due: datetime, is_replay: bool) -> None:
        manifest = self._maker.make(self._database, Occasion(due, until=due if is_replay else None))
        self._problem = ""
        self._made = {*(self._made or ()), due}
        self._events.emit(
            "backup_made",
            backup=manifest.id,
            due=format_utc(due),
            documents=manifest.documents,
            bytes=manifest.size,
            seconds=round((manifest.ended_at - manifest.began_at).total_seconds(), 3),
        )
        self._progress.count({"backups": 1, "documents": manifest.documents, "bytes": manifest.size})
        write_last(self._client, manifest)
        self._thin_out()

    def _thin_out(self) -> None:
        self._lease.take()
        try:
            whole = find_backups(self._store).whole
            stay = kept([_candidate(one) for one in whole], self._rule)
            gone = [one.id for one in whole if one.id not in stay]
            remove(self._store, gone)
        finally:
            self._lease.give_back()
        for name in gone:
            self._events.emit("backup_removed", backup=name)

    def _failed(self, why: str) -> None:
        self._not_before = self._monotonic() + _BACK_OFF_S
        # Told once, however often it is tried: the words name another object each time.
        if not self._problem:
            self._events.emit("backup_failed", level="error", why=why)
        self._problem = why


def _candidate(manifest: Manifest) -> Candidate:
    return Candidate(manifest.id, manifest.stands_for, manifest.scheduled_for is None)
