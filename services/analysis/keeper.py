"""When to look for what can be predicted: every 20 minutes of the market's time while it is open, then at news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import redis

from tickertape.control.batch import last_run
from tickertape.control.gate import read_gate
from tickertape.domain.times import parse_utc
from tickertape.ports.analysis import AnalysisFailed
from tickertape.ports.control import Clock, Events, Progress
from tickertape.ports.predictions import PredictionsAway
from tickertape.usecases.predict import Predictor, Turn

EVERY = timedelta(minutes=20)
# A replay's minutes may be milliseconds, and after a failure it is tried again so much later: seconds.
_PAUSE_S = 5.0
_BACK_OFF_S = 30.0


class Keeper:
    """One turn after the other. What was predicted is in the store, so that a restart goes on.

    Args:
        monotonic: seconds, for the waits.
    """

    def __init__(
        self,
        client: redis.Redis,
        predictor: Predictor,
        clock: Clock,
        events: Events,
        progress: Progress,
        monotonic: Callable[[], float],
    ) -> None:
        self._client = client
        self._predictor = predictor
        self._clock = clock
        self._events = events
        self._progress = progress
        self._monotonic = monotonic
        self._run_id = ""
        self._looked_at: datetime | None = None
        self._not_before = float("-inf")
        self._problem = ""
        self._unlearnt = ""

    def turn(self) -> None:
        """Look at the newest run of the batch if it is time to."""
        run = last_run(self._client)
        state = "waiting" if run else "waiting_for_batch"
        self._progress.report(state=state, problem=self._problem, unlearnt=self._unlearnt)
        # A run of an older version does not say what it had seen; the next one does.
        if not run or "as_of" not in run or self._monotonic() < self._not_before:
            return
        now = self._clock.now()
        if str(run["run_id"]) == self._run_id or not self._is_time(now):
            return
        try:
            turn = self._predictor.turn(parse_utc(run["as_of"]), now)
        except (AnalysisFailed, PredictionsAway) as error:
            self._failed(str(error))
            return
        self._run_id, self._looked_at = str(run["run_id"]), now
        self._not_before = self._monotonic() + _PAUSE_S
        self._tell(turn)

    def _is_time(self, now: datetime) -> bool:
        """While the market is open, at its own pace; then whatever the last candles say."""
        looked_at, gate = self._looked_at, read_gate(self._client).state
        is_open = gate is not None and gate.is_open
        # A clock that was set back has to be followed too.
        return looked_at is None or not is_open or not looked_at <= now < looked_at + EVERY

    def _tell(self, turn: Turn) -> None:
        self._problem = ""
        self._unlearnt = ", ".join(f"{interval}: {count}" for interval, count in turn.unlearnt.items())
        if turn.made or turn.scored:
            self._events.emit("predictions_made", predictions=turn.made, scored=turn.scored)
            self._progress.count({"predictions": turn.made, "scored": turn.scored})

    def _failed(self, why: str) -> None:
        self._not_before = self._monotonic() + _BACK_OFF_S
        # Told once, however often it is tried.
        if not self._problem:
            self._events.emit("predictions_failed", level="error", why=why)
        self._problem = why
