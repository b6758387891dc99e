"""Budgets in Redis: how many requests a day, or reads a month, a provider may still be asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import redis

from tickertape.control.clock import wall_time
from tickertape.control.keys import budget
from tickertape.ports.sources import BudgetSpent, SourceUnavailable

# A period's count outlives it by a week, for whoever wonders.
_KEPT_S = 7 * 24 * 3600


class Period(StrEnum):
    """How often a budget is renewed: at midnight UTC, or at the first of the month UTC."""

    DAY = "day"
    MONTH = "month"


class RedisBudget:
    """The Budget port over one counter a period.

    Args:
        name: whose budget, `alphavantage`.
        limit: how many in one period.
        wall: the wall clock: providers count by it, whatever a replay's clock shows.
    """

    def __init__(
        self, client: redis.Redis, name: str, limit: int, period: Period, wall: Callable[[], datetime] = wall_time
    ) -> None:
        self._client = client
        self._name = name
        self._limit = limit
        self._period = period
        self._wall = wall

    def left(self) -> int:
        """How many are left in the current period.

        Raises:
            SourceUnavailable: Redis is away.
        """
        begin, _ = self._bounds()
        try:
            spent = int(str(self._client.get(budget(self._name, begin)) or 0))
        except redis.RedisError as error:
            raise self._uncounted(error) from error
        return max(0, self._limit - spent)

    def spend(self, count: int) -> None:
        """Take `count` of them.

        Raises:
            BudgetSpent: fewer are left; none were taken.
            SourceUnavailable: Redis is away; what cannot be counted is not asked for.
        """
        begin, end = self._bounds()
        try:
            has_enough = self._take(budget(self._name, begin), count, int((end - begin).total_seconds()) + _KEPT_S)
        except redis.RedisError as error:
            raise self._uncounted(error) from error
        if not has_enough:
            raise BudgetSpent(self._name, self._limit, self._period, (end - self._wall()).total_seconds())

    def _take(self, key: str, count: int, kept_s: int) -> bool:
        has_enough = int(self._client.incrby(key, count)) <= self._limit
        if not has_enough:
            self._client.decrby(key, count)
        self._client.expire(key, kept_s)
        return has_enough

    def _uncounted(self, error: redis.RedisError) -> SourceUnavailable:
        return SourceUnavailable(self._name, f"its budget cannot be counted: {error}")

    def _bounds(self) -> tuple[datetime, datetime]:
        now = self._wall()
        begin = datetime(now.year, now.month, now.day if self._period is Period.DAY else 1, tzinfo=UTC)
        long = timedelta(days=1 if self._period is Period.DAY else 31)
        after = begin + long
        return begin, after if self._period is Period.DAY else after.replace(day=1)
