"""What the use cases need from the outside, as Protocols. Adapters and their fakes implement these and share tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from tickertape.domain.catalogue import PartitionEntry, TableEntry

    # A Lambda's package has the ports but not the JSON library of the parser.
    from tickertape.domain.parsed import ParsedTweet, Unreadable
    from tickertape.domain.sightings import LakeLines, Sighting, TableRows, TapeLine

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


class Events(Protocol):
    """The event log: what happened, for people. Telling it never fails and never waits long."""

    def emit(self, event: str, *, level: str = "info", correlation: str = "", **fields: str | int | float) -> None:
        """Tell that something happened.

        Args:
            event: a name in snake case, a verb in the past where one fits: `gate_opened`, `source_unavailable`.
            level: info, warning or error.
            correlation: the id of the tweet or bar it is about, '' for none.
        """
        ...


class Clock(Protocol):
    """The one clock: the wall clock live, a virtual one in a replay."""

    def now(self) -> datetime:
        """The time on this clock, aware UTC."""
        ...

    def seconds_until(self, moment: datetime) -> float:
        """Wall seconds until the clock shows `moment`: 0 when it has, infinity while it stands before it."""
        ...


class Ruling(Enum):
    """What a gate says about an event."""

    PASS = "pass"  # noqa: S105  # no password
    REFUSE = "refuse"
    HOLD = "hold"


class Gate(Protocol):
    """The market-hours gate of one source."""

    def ruling(self, moment: datetime) -> Ruling:
        """What becomes of an event of that time: on, turned away for good, or wait until the gate says otherwise."""
        ...

    def is_open(self) -> bool:
        """Whether a live source may ask for what is new now."""
        ...

    def stance(self) -> str:
        """What the gate makes of events of now, for a person."""
        ...


class Flags(Protocol):
    """Switches that are changed while everything runs."""

    def is_on(self, name: str) -> bool:
        """Whether the flag is on."""
        ...


class Entry(NamedTuple):
    """One line on its way out: an event, or a record that was turned away.

    Attributes:
        sequence: its place in the outbox, rising.
        rejected: whether `line` is a Reject instead of an event.
        event_id: the event's id ('' for a reject without one).
        key: the partition key.
        line: the JSON line without newline.
    """

    sequence: int
    rejected: bool
    event_id: str
    key: str
    line: bytes


class NewEntry(NamedTuple):
    """An entry before the outbox numbered it; `digest` tells a repeat from a conflict."""

    rejected: bool
    event_id: str
    key: str
    line: bytes
    digest: bytes


class Outbox(Protocol):
    """A log on disk between the source and the sinks. What it has taken is not lost."""

    def position(self, source: str) -> Position:
        """Where reading that source goes on."""
        ...

    def digests(self, event_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The digests of those ids that were accepted before."""
        ...

    def append(self, source: str, entries: Sequence[NewEntry], position: Position) -> None:
        """Take the entries and the source's new position in one transaction.

        Raises:
            NoRoom: the outbox is as large as it may be, or the disk is full; nothing was taken.
        """
        ...

    def pending(self, sink: str, limit: int) -> list[Entry]:
        """The oldest entries that `sink` has not acknowledged."""
        ...

    def acknowledge(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has everything up to and including `sequence`."""
        ...

    def depth(self, sink: str) -> int:
        """How many entries wait for `sink`."""
        ...

    def prune(self, sinks: Sequence[str]) -> int:
        """Forget what every one of `sinks` has; returns how many entries."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


class NoRoom(Exception):
    """The outbox takes nothing until a sink has taken something; the message says how large it is."""


class SinkUnavailable(Exception):
    """A sink's service did not take what it was given; trying again may help.

    Attributes:
        retry_after_s: seconds the service asked to wait, or None.
    """

    def __init__(self, sink: str, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{sink}: {why}")
        self.sink = sink
        self.retry_after_s = retry_after_s


class Sink(Protocol):
    """Where entries go. Delivering the same entries again has no further effect."""

    name: str

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Deliver all of them.

        Raises:
            SinkUnavailable: some were not taken; all may be delivered again.
        """
        ...


class Progress(Protocol):
    """Where a service tells how far it is; `status`, `verify` and the page read it."""

    def count(self, counts: Mapping[str, int], by_symbol: Mapping[tuple[str, str], int] | None = None) -> None:
        """Add to the service's counters.

        Args:
            counts: by outcome.
            by_symbol: by symbol and outcome, for the counters of the current minute.
        """
        ...

    def report(self, **state: str | int) -> None:
        """Set fields of the service's progress; each call also beats its heart."""
        ...


class ObjectStore(Protocol):
    """A bucket."""

    def put(self, key: str, body: bytes) -> None:
        """Write one object."""
        ...

    def get(self, key: str) -> bytes:
        """Read one object.

        Raises:
            ObjectMissing: there is none.
        """
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys below a prefix, sorted."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects."""
        ...


class ObjectMissing(KeyError):
    """A bucket has no object of that key."""


class Catalogue(Protocol):
    """The tables of one database: the Glue Data Catalog, or one of the same shape.

    Attributes:
        where: which it is, `glue` or `local`, for reports.
    """

    where: str

    def tables(self) -> dict[str, TableEntry]:
        """All tables by name."""
        ...

    def partitions(self, table: str) -> dict[tuple[str, ...], PartitionEntry]:
        """A table's partitions by their values; none of a table that does not exist."""
        ...

    def put_table(self, table: TableEntry) -> None:
        """Add a table or replace its description; its partitions stay."""
        ...

    def drop_table(self, name: str) -> None:
        """Forget a table and its partitions, not its files; none is no error."""
        ...

    def put_partitions(self, table: TableEntry, partitions: Iterable[PartitionEntry]) -> None:
        """Add partitions to a table that exists, or replace them."""
        ...

    def drop_partitions(self, table: str, values: Iterable[tuple[str, ...]]) -> None:
        """Forget partitions; those that do not exist are no error."""
        ...


class Stations(Protocol):
    """What each station of the pipeline has of one tweet, asked station by station."""

    def tape_lines(self, tweet_id: str) -> Sequence[TapeLine]:
        """The tape's lines that carry the id, in order; none on a live stack."""
        ...

    def outbox_depth(self) -> int:
        """How many entries the slowest sink still waits for."""
        ...

    def stored(self, tweet_id: str) -> Sighting | None:
        """The tweet in the data store."""
        ...

    def served(self, tweet_id: str, created_at: datetime, tickers: Sequence[str]) -> Sequence[Sighting]:
        """Its items in the serving table of single tweets."""
        ...

    def lake(self, tweet_id: str) -> LakeLines:
        """What the raw lake and the quarantine have of it."""
        ...

    def batch_began_at(self) -> datetime | None:
        """When the newest run of the batch that succeeded began; None before the first."""
        ...

    def table_rows(self, tweet_id: str, created_at: datetime) -> TableRows | None:
        """Its rows in the curated tables; None before the first batch."""
        ...

    def counts(self, created_at: datetime) -> Sequence[Sighting]:
        """The served totals of the periods that its time falls into, as far as there are any."""
        ...
