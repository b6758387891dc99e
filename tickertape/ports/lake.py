"""The lake's objects, the catalogue of its tables, and the stations on the way where events are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tickertape.domain.catalogue import PartitionEntry, TableEntry
    from tickertape.domain.sightings import LakeLines, Sighting, TableRows, TapeLine


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
