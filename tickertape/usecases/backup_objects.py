"""The objects that backups consist of: written with a checksum, read with a check of every byte, encrypted by a key."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator

from tickertape.domain.bson_frames import NotBson, split_documents
from tickertape.domain.manifest import CollectionBackup, Encryption, Manifest, StoredObject
from tickertape.ports.backups import BackupError, BackupStore, BadSeal, Cipher
from tickertape.usecases.backups import Damaged

# Told what goes on and how many documents are done; it may raise to end it.
Report = Callable[[str, int], None]
# What is encrypted is no gzip file, whatever it would be without.
_SEALED = ".enc"
# At most so many bytes are unpacked at a time.
_PIECE = 1 << 20
# Higher levels take several times as long for a tenth less.
_LEVEL = 3
# A header and a checksum, as gzip has them.
_GZIP = 31
_KEY = "TICKERTAPE_BACKUP_KEY"


class NoKey(BackupError):
    """A backup was encrypted with a key that is not the one at hand; the message says which it takes."""


def quiet(text: str, done: int) -> None:
    """The Report of somebody who does not want to be told."""


class BackupObjects:
    """The objects of the backups in a store.

    Args:
        cipher: encrypts what is written, and opens what was encrypted with its key. Without one nothing is encrypted.
    """

    def __init__(self, store: BackupStore, cipher: Cipher | None = None) -> None:
        self.store = store
        self._cipher = cipher

    @property
    def encryption(self) -> Encryption | None:
        """How new objects are encrypted."""
        return None if self._cipher is None else Encryption(self._cipher.scheme, self._cipher.key_id)

    def put(self, backup: str, name: str, chunks: Iterable[bytes]) -> StoredObject:
        """Write one object of a backup, compressed, and encrypted if there is a key.

        Raises:
            BackupStoreFailed: the store does not take it; nothing of it is left.
        """
        packed = _packed(chunks)
        if self._cipher is None:
            return self.put_plain(backup, name, packed)
        return self.put_plain(backup, name + _SEALED, self._cipher.seal(f"{backup}/{name}{_SEALED}", packed))

    def put_plain(self, backup: str, name: str, chunks: Iterable[bytes]) -> StoredObject:
        """Write one object as it is.

        Raises:
            BackupStoreFailed: the store does not take it; nothing of it is left.
        """
        upload = self.store.upload(f"{backup}/{name}")
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                upload.write(chunk)
            upload.finish()
        except BaseException:
            upload.abort()
            raise
        return StoredObject(name, size, digest.hexdigest())

    def ensure_key(self, manifest: Manifest) -> None:
        """Find out whether the backup can be read.

        Raises:
            NoKey: it takes another key.
        """
        needed = manifest.encryption
        if needed is None or needed == self.encryption:
            return
        own = "is not set" if self._cipher is None else f"is key {self._cipher.key_id}"
        raise NoKey(
            f"backup {manifest.id} was encrypted ({needed.scheme}) with key {needed.key_id}, and {_KEY} {own}:"
            " set it to the key that the backup was made with"
        )

    def check(self, manifest: Manifest, report: Report = quiet) -> list[str]:
        """What is wrong with a backup, one line for each object that is missing or damaged; all of it is read.

        Raises:
            NoKey: it takes another key, so nothing is known of it.
            BackupStoreFailed: it cannot be read.
        """
        self.ensure_key(manifest)
        return [problem for one in manifest.collections for problem in self.check_collection(manifest, one, report)]

    def check_collection(self, manifest: Manifest, collection: CollectionBackup, report: Report = quiet) -> list[str]:
        """What is wrong with one collection of a backup.

        Raises:
            NoKey: the backup takes another key.
            BackupStoreFailed: it cannot be read.
        """
        problems = []
        try:
            self.whole(manifest, collection.metadata)
        except Damaged as damaged:
            problems.append(str(damaged))
        try:
            for number, _ in enumerate(self.documents(manifest, collection), start=1):
                if number % 1000 == 0:
                    report(f"checking {collection.name}", number)
        except Damaged as damaged:
            problems.append(str(damaged))
        return problems

    def documents(self, manifest: Manifest, collection: CollectionBackup) -> Iterator[bytes]:
        """The documents of a collection. Only its end proves that they are the backup's, so nothing is to be built on
        them before.

        Raises:
            Damaged: an object is missing, its bytes are others, or there are not as many documents as there were.
            NoKey: the backup takes another key.
            BackupStoreFailed: it cannot be read.
        """
        if collection.data is None:
            return
        count = 0
        try:
            for document in split_documents(self._content(manifest, collection.data)):
                count += 1
                yield document
        except NotBson as error:
            raise _damage(manifest, collection.data, f"it does not unpack ({error})") from error
        if count != collection.documents:
            came = f"{collection.documents:,} documents were expected, {count:,} came"
            raise _damage(manifest, collection.data, came)

    def whole(self, manifest: Manifest, stored: StoredObject) -> bytes:
        """The content of a small object.

        Raises:
            Damaged: it is missing, or its bytes are others.
            NoKey: the backup takes another key.
            BackupStoreFailed: it cannot be read.
        """
        return b"".join(self._content(manifest, stored))

    def _content(self, manifest: Manifest, stored: StoredObject) -> Iterator[bytes]:
        self.ensure_key(manifest)
        chunks = self._checked(manifest, stored)
        if manifest.encryption is not None and self._cipher is not None:
            chunks = self._cipher.open(f"{manifest.id}/{stored.name}", chunks)
        try:
            yield from _unpacked(chunks)
        except BadSeal as error:
            raise _damage(manifest, stored, f"it cannot be decrypted ({error})") from error
        except zlib.error as error:
            raise _damage(manifest, stored, f"it does not unpack ({error})") from error

    def _checked(self, manifest: Manifest, stored: StoredObject) -> Iterator[bytes]:
        """The bytes of an object as they are stored, compared with the manifest when the last one has passed."""
        chunks = self.store.read(f"{manifest.id}/{stored.name}")
        if chunks is None:
            raise Damaged(f"backup {manifest.id} is damaged: {stored.name} is missing")
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        if size != stored.size:
            raise _damage(manifest, stored, f"{stored.size:,} bytes were expected, {size:,} came")
        if digest.hexdigest() != stored.sha256:
            raise _damage(manifest, stored, "its SHA-256 is not the manifest's")


def _packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        waiting = chunk
        while waiting and not unpacker.eof:
            yield unpacker.decompress(waiting, _PIECE)
            waiting = unpacker.unconsumed_tail
    yield unpacker.flush()
    if not unpacker.eof:
        raise zlib.error("it ends too early")


def _damage(manifest: Manifest, stored: StoredObject, why: str) -> Damaged:
    return Damaged(f"backup {manifest.id} is damaged: {stored.name}: {why}")
