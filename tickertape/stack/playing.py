"""Plays a programme on a stack that runs, whichever runtime it is: the clock, what comes in, the batches over it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import redis

from tickertape.control.batch import request_run, wait_for_run
from tickertape.control.clock import read_state, wall_time, write_state
from tickertape.control.replay import ReplayFacts, forget_replay, write_replay
from tickertape.domain.times import format_utc
from tickertape.domain.virtual_clock import wall_clock
from tickertape.stack.clock_plan import ClockPlan, plan_clock
from tickertape.stack.delivery import Intake, forget_counts, forget_hearts, wait_delivered
from tickertape.stack.journal import Journal
from tickertape.stack.programme import Programme, Replay, Report

# The service of the batch. Warming up takes it longer than all others take to start, and a tape need not wait for it:
# the first run does.
BATCH = "spark"
_BATCH_S = 1800.0


class Player:
    """One programme on one stack."""

    def __init__(self, programme: Programme, journal: Journal, report: Report) -> None:
        self._programme = programme
        self._journal = journal
        self._report = report
        self._plan: ClockPlan | None = None

    @property
    def speed_text(self) -> str:
        """The tape's speed as `--speed` takes it, '' for live sources."""
        return self._plan.speed_text if self._plan else ""

    def prepare(self, client: redis.Redis, again: bool) -> None:
        """What earlier services reported is no longer so; the clock is set for what comes.

        Args:
            again: whether a tape that was delivered before is delivered from its beginning.
        """
        if again and self._programme.replay:
            forget_counts(client)
        forget_hearts(client)
        if self._programme.replay:
            self._set_clock(client, self._programme.replay)
        else:
            forget_replay(client)
            write_state(client, wall_clock(wall_time()))

    def deliver(self, client: redis.Redis, wait: bool, ready: Callable[[], None]) -> ClockPlan | None:
        """Let the tape play, and have the first batch run over what has come in; None when the feed is live.

        Args:
            wait: until the tape has been played to its end and all of it is counted.
            ready: waits until the batch can run; called before the first run.

        Raises:
            DeliveryStalled: nothing comes in any more.
            BatchFailed: a run of the batch failed.
        """
        plan = self._plan
        if plan is None:
            self._wait_for_batch(ready)
            # The first run; the next ones come by themselves while something comes in.
            request_run(client)
            return None
        if plan.catch_up or not plan.is_paced:
            self._take_in(client, whole=not plan.is_paced)
            self._wait_for_batch(ready)
            self._batch(client)
            self._go(client, plan)
        else:
            self._wait_for_batch(ready)
            self._go(client, plan)
            self._batch(client)
        if wait and plan.is_paced:
            left_s = self._seconds_left(client)
            if left_s > 0:
                self._report.say(f"the tape plays to its end in {_minutes(left_s)} (--speed max delivers it at once)")
            self._take_in(client, whole=True)
            self._batch(client)
        return plan

    def _set_clock(self, client: redis.Redis, replay: Replay) -> None:
        """Plan the replay from where an earlier run of this dataset stopped, and let the clock stand there."""
        before = read_state(client)
        plan = plan_clock(
            replay.facts,
            is_demo=replay.is_demo,
            speed=replay.speed,
            asked_speed=replay.asked_speed,
            reached=before.now(wall_time()) if before and before.virtual else None,
        )
        write_replay(
            client,
            ReplayFacts(
                tape=str(replay.facts.folder),
                dataset=self._programme.dataset,
                begin=replay.facts.first,
                end=plan.end,
                play_from=plan.play_from,
                speed=plan.speed_text,
            ),
        )
        write_state(client, plan.first_state(wall_time()))
        self._plan = plan

    def _go(self, client: redis.Redis, plan: ClockPlan) -> None:
        if plan.is_paced:
            write_state(client, plan.running_state(wall_time()))
            self._report.say(f"the clock runs from {format_utc(plan.play_from)} at speed {plan.speed_text}")

    def _take_in(self, client: redis.Redis, whole: bool) -> None:
        replay = self._programme.replay
        totals = {"twitter": replay.facts.tweets, "stocks": replay.facts.bars} if replay else {}
        began = time.monotonic()

        def show(now: list[Intake]) -> None:
            self._report.show("; ".join(_progress_text(intake, totals.get(intake.service, 0)) for intake in now))

        with self._journal.stage("ingest"):
            wait_delivered(client, whole, show, idle_s=lambda: self._seconds_left(client))
        seconds = time.monotonic() - began
        self._report.say(f"everything {'on the tape' if whole else 'due'} is delivered ({seconds:.1f} s)")

    def _seconds_left(self, client: redis.Redis) -> float:
        """How long the clock still runs; 0 when it stands."""
        state = read_state(client)
        if state is None or state.paused or state.end is None:
            return 0.0
        return state.seconds_until(state.end, wall_time())

    def _wait_for_batch(self, ready: Callable[[], None]) -> None:
        self._report.show(f"waiting for {BATCH}")
        with self._journal.stage("warm"):
            ready()

    def _batch(self, client: redis.Redis) -> None:
        self._report.show("the batch runs in Spark")
        began = time.monotonic()
        with self._journal.stage("batch"):
            result = wait_for_run(client, request_run(client), _BATCH_S)
        self._report.say(f"batch done ({time.monotonic() - began:.1f} s){_counts_text(result)}")


def _progress_text(intake: Intake, total: int) -> str:
    what = {"twitter": "tweets", "stocks": "bars"}.get(intake.service, intake.service)
    # A service counts lines, the header of a bar file among them.
    return f"{what} {min(intake.read, total):,} of {total:,} read, {intake.outbox:,} to deliver"


def _counts_text(result: Mapping[str, Any]) -> str:
    counts = [f"{name} {value:,}" for name, value in result.items() if type(value) is int]
    return f": {', '.join(counts)}" if counts else ""


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
