"""What backups need from the outside: databases of documents, a place for backups, a key, a right to work on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message is one line for a person."""


class DocumentStoreFailed(BackupError):
    """The data store does not answer, or refuses something."""


class BackupStoreFailed(BackupError):
    """The place where backups are kept does not answer, or refuses something."""


class LeaseTaken(BackupError):
    """Somebody else backs up or restores just now."""


class StoredCollection(NamedTuple):
    """What a data store says of one collection. Definitions are MongoDB's extended JSON, canonical.

    Attributes:
        kind: collection or view.
        options: as it was created with.
        indexes: their definitions, `_id_` included.
        uuid: hexadecimal, '' where the server has none.
    """

    name: str
    kind: str
    options: Mapping[str, Any]
    indexes: Sequence[Mapping[str, Any]]
    uuid: str


class Written(NamedTuple):
    """What became of documents: new in the collection, in the place of another one, or there already."""

    inserted: int
    replaced: int
    same: int


class DocumentStore(Protocol):
    """Databases of documents. A document is its bytes, as the server has them; nothing decodes it on the way.

    Every method raises DocumentStoreFailed when the server does not answer or refuses.
    """

    def server(self) -> str:
        """The server's version."""
        ...

    def collections(self, database: str) -> list[StoredCollection]:
        """The collections of a database, by name; the server's own are left out."""
        ...

    def read(self, database: str, collection: str, until: tuple[str, str] | None) -> Iterator[bytes]:
        """All documents, many of them an item.

        Args:
            until: a field and the time (ISO 8601 UTC) up to which, included, its documents are wanted.
        """
        ...

    def text(self, document: bytes, field: str) -> str | None:
        """A field of a document if it is text."""
        ...

    def make(self, database: str, collection: StoredCollection) -> None:
        """Make the collection and its indexes, where they are missing; others that it has stay."""
        ...

    def write(self, database: str, collection: str, documents: Sequence[bytes]) -> Written:
        """Insert the documents; one whose `_id` is there replaces it if it differs."""
        ...

    def count(self, database: str, collection: str, at_least: int) -> int:
        """How many documents there are: the server's own figure if that is `at_least`, else counted one by one."""
        ...

    def drop(self, database: str, collection: str) -> None:
        """Remove a collection with its indexes."""
        ...

    def mark(self, database: str, collections: Iterable[str], why: str) -> None:
        """Leave a note in the database that these are not whole; every reader of it can see that."""
        ...

    def marked(self, database: str) -> Mapping[str, str]:
        """The notes that `mark` left, by collection."""
        ...

    def unmark(self, database: str, collection: str) -> None:
        """Take the note about a collection away."""
        ...


class Upload(Protocol):
    """One object on its way into a store. It appears when it is finished, whole, or not at all."""

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            BackupStoreFailed: the store does not take them.
        """
        ...

    def finish(self) -> None:
        """Make the object appear.

        Raises:
            BackupStoreFailed: the store does not take it.
        """
        ...

    def abort(self) -> None:
        """Forget what was taken; never fails."""
        ...


class BackupStore(Protocol):
    """Where backups are kept. Every method raises BackupStoreFailed when it does not answer or refuses."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """The size in bytes of every object below a prefix."""
        ...

    def upload(self, key: str) -> Upload:
        """Begin one object."""
        ...

    def read(self, key: str) -> Iterator[bytes] | None:
        """An object in chunks; None where there is none."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is no error."""
        ...

    def abort_uploads(self) -> int:
        """Forget every upload that was begun and not finished; returns how many."""
        ...


class BadSeal(ValueError):
    """Sealed bytes cannot be opened: they were changed, moved, cut off, or sealed with another key."""


class Cipher(Protocol):
    """Encryption of objects with one key.

    Attributes:
        scheme: how, in the manifest's words.
        key_id: which key; nobody can find the key by it.
    """

    scheme: str
    key_id: str

    def seal(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes as they may be stored: without the key and under another name nobody reads them."""
        ...

    def open(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes that were sealed under that name; each one is authentic, also before the end is reached.

        Raises:
            BadSeal: they are not what was sealed.
        """
        ...


class Lease(Protocol):
    """The right to back up or restore, which one process has at a time; it ends by itself when that one dies."""

    def take(self) -> None:
        """Get it.

        Raises:
            LeaseTaken: somebody has it.
        """
        ...

    def keep(self) -> None:
        """Tell that we still need it; called often, costs nothing most of the time.

        Raises:
            LeaseTaken: it ended, and somebody else has it now.
        """
        ...

    def give_back(self) -> None:
        """Let the next one have it."""
