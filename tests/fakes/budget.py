"""The Budget port in memory."""

from __future__ import annotations

from tickertape.ports.sources import BudgetSpent


class MemoryBudget:
    """A budget of one day that never ends."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._spent = 0

    def left(self) -> int:
        return self._limit - self._spent

    def spend(self, count: int) -> None:
        if count > self.left():
            raise BudgetSpent("memory", self._limit, "day", 3600.0)
        self._spent += count
