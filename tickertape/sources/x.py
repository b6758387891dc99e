"""X API v2's filtered stream: posts that match our rules, as they are written; each post read is paid for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tickertape.ports.control import Events
from tickertape.ports.sources import Budget, BudgetSpent, Position, RawRecord, SourceRefused, SourceUnavailable
from tickertape.sources.x_client import NAME, StreamRules
from tickertape.sources.x_rules import TooManyRules
from tickertape.sources.x_stream import SILENCE_S, XStream

_WAIT_S = 0.5
# A changed list of symbols becomes rules within this time, seconds.
RULES_EVERY_S = 5.0


class XFilteredStream:
    """The Source of posts on X.

    Args:
        token: the app's bearer token.
        rules: gives the rules as they should be now; asked again while the stream runs.
        budget: how many posts may still be read.
        backfill_minutes: how much of what was missed X sends first, 0 to 5; not every plan has it.
        wall: the wall clock, which X's rate limits go by.
        silence_s: seconds without a byte after which the connection counts as dead.
        rules_every_s: seconds between two looks at `rules`.
    """

    name = NAME
    live = True

    def __init__(
        self,
        token: str,
        rules: Callable[[], list[str]],
        budget: Budget,
        events: Events,
        wall: Callable[[], datetime],
        api_url: str,
        backfill_minutes: int = 0,
        silence_s: float = SILENCE_S,
        rules_every_s: float = RULES_EVERY_S,
    ) -> None:
        self._wanted = rules
        self._budget = budget
        self._events = events
        self._rules_every_s = rules_every_s
        self._rules = StreamRules(token, api_url, wall)
        self._connect_to = (token, api_url, backfill_minutes, silence_s, wall)

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """The posts from now on; a record's number is a count that goes on from the position's.

        Raises:
            SourceUnavailable: X does not answer, broke off or asks to wait, or the budget is spent.
            SourceRefused: X refuses the token or the rules, or there are none.
        """
        if self._budget.left() < 1:
            self._spend(1)
        stream = XStream(*self._connect_to)
        try:
            set_now = self._set_rules(None)
            stream.open()
            yield from self._posts(stream, after.get(self.name, 0), set_now)
        finally:
            unread = stream.close()
            self._rules.close()
            self._spend_on_unread(unread)

    def _posts(self, stream: XStream, number: int, set_now: list[str]) -> Iterator[RawRecord | None]:
        looked_at = time.monotonic()
        while True:
            if time.monotonic() - looked_at >= self._rules_every_s:
                looked_at = time.monotonic()
                set_now = self._set_rules(set_now)
            raw = stream.next(_WAIT_S)
            if raw is None:
                yield None
                continue
            _check_message(raw)
            self._spend(1)
            number += 1
            yield RawRecord(raw, self.name, number)

    def _set_rules(self, set_now: list[str] | None) -> list[str]:
        """Make the rules at X what they should be; returns them."""
        try:
            wanted = self._wanted()
        except TooManyRules as error:
            raise SourceRefused(
                self.name, f"{error}; shorten TICKERTAPE_SYMBOLS_FILE or raise TICKERTAPE_X_MAX_RULES"
            ) from error
        if not wanted:
            raise SourceRefused(self.name, "no rules: set TICKERTAPE_SYMBOLS_FILE or TICKERTAPE_KEYWORDS")
        if wanted != set_now:
            removed, added = self._rules.become(wanted)
            if removed or added:
                self._events.emit("x_rules_set", rules=len(wanted), removed=removed, added=added)
        return wanted

    def _spend(self, count: int) -> None:
        try:
            self._budget.spend(count)
        except BudgetSpent as spent:
            raise SourceUnavailable(self.name, str(spent), spent.renewed_in_s, event="read_budget_spent") from spent

    def _spend_on_unread(self, count: int) -> None:
        """X has counted what it sent, whether we looked at it or not."""
        if affordable := min(count, self._budget.left()):
            self._spend(affordable)


def _check_message(raw: bytes) -> None:
    """Tell X's notice that it is about to hang up from a post; anything else is for the parser.

    Raises:
        SourceUnavailable: it is such a notice.
    """
    if b'"data"' in raw:
        return
    try:
        message: Any = json.loads(raw)
    except ValueError:
        return
    if isinstance(message, dict) and ("errors" in message or "connection_issue" in message):
        errors = message.get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else message
        raise SourceUnavailable(NAME, str(first.get("detail") or first.get("title") or "an error came")[:200])
