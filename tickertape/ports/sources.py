"""Where events come from, and what asking there may cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    # A Lambda's package has the ports but not the JSON library of the parser.
    from tickertape.domain.parsed import ParsedTweet, Unreadable

# What is made for each event is a NamedTuple here: a frozen dataclass takes three times as long to make.
# Where a source stands: a file's name to the number of its last line read.
Position = Mapping[str, int]


class RawRecord(NamedTuple):
    """One record as a source gave it.

    Attributes:
        raw: the bytes, without the newline.
        place: which file (or stream) it came from.
        number: its line there, from 1.
        fields: the columns, where the source has columns.
        parsed: what the line comes to, where the source has parsed it already.
    """

    raw: bytes
    place: str
    number: int
    fields: Mapping[str, Any] | None = None
    parsed: ParsedTweet | Unreadable | None = None

    @property
    def position(self) -> str:
        """The record's place for a person, `tweets.jsonl.gz:17`."""
        return f"{self.place}:{self.number}"


class Source(Protocol):
    """Where records come from.

    Attributes:
        name: also the provider or origin that an event carries.
        live: whether it tells what happens now. A live source is read again after it failed, is left when its gate
            closes, and sheds what does not fit into the outbox; a tape waits in all three cases.
    """

    name: str
    live: bool

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """The records after that position, in order of time.

        A live source yields None at least once a second while nothing comes, so that its reader can act. It neither
        tries again nor waits by itself: it raises, and is read again from the last position that was taken.

        Raises:
            SourceUnavailable: nothing comes for now; reading again may help.
            SourceRefused: nothing will come until someone changes a setting.
        """
        ...


class SourceUnavailable(Exception):
    """A source gave nothing, or broke off; reading it again may help.

    Attributes:
        event: the name of the event that tells it: `source_unavailable`, `quota_spent`, ...
        retry_after_s: seconds to wait as the provider said, or None for the reader's own back-off.
    """

    def __init__(
        self, source: str, why: str, retry_after_s: float | None = None, event: str = "source_unavailable"
    ) -> None:
        super().__init__(f"{source}: {why}")
        self.source = source
        self.retry_after_s = retry_after_s
        self.event = event


class SourceRefused(Exception):
    """A provider refuses us (a wrong key, a plan without this feature); the message says which setting to change."""

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source}: {why}")
        self.source = source


class Budget(Protocol):
    """A number of requests, or of records read, that a period may have; it outlives the process."""

    def left(self) -> int:
        """How many are left in the current period."""
        ...

    def spend(self, count: int) -> None:
        """Take `count` of them.

        Raises:
            BudgetSpent: fewer are left; none were taken.
        """
        ...


class BudgetSpent(Exception):
    """A budget has nothing left.

    Attributes:
        renewed_in_s: seconds until its next period.
    """

    def __init__(self, budget: str, limit: int, period: str, renewed_in_s: float) -> None:
        super().__init__(f"the budget {budget} of {limit} a {period} is spent; it is renewed in {renewed_in_s:.0f} s")
        self.renewed_in_s = renewed_in_s
