"""A bucket behind the ObjectStore port, and the reading of what others laid down in it."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tickertape.domain.packing import unpack
from tickertape.ports.lake import ObjectMissing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GZIP = b"\x1f\x8b"
# S3 deletes at most this many keys a call.
_DELETE_BATCH = 1000
_READERS = 8


class S3Store:
    """One bucket of S3, or of an emulator."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def put(self, key: str, body: bytes) -> None:
        """Write one object."""
        self._client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def get(self, key: str) -> bytes:
        """Read one object.

        Raises:
            ObjectMissing: there is none.
        """
        try:
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey as error:
            raise ObjectMissing(key) from error

    def keys(self, prefix: str) -> list[str]:
        """All keys below a prefix, sorted."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; keys that do not exist are no error."""
        waiting = list(keys)
        for start in range(0, len(waiting), _DELETE_BATCH):
            batch = waiting[start : start + _DELETE_BATCH]
            self._client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
            )


def decompress(body: bytes) -> bytes:
    """The content of an object: gzip by its first bytes, since emulators ignore the compression asked for."""
    return gzip.decompress(body) if body[:2] == _GZIP else body


def lines_of(body: bytes) -> list[bytes] | None:
    """The lines of an object, packed or not; None when it is compressed and broken."""
    try:
        return unpack(decompress(body))
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None


def read_lines(store: S3Store, prefix: str) -> Iterator[bytes]:
    """Every line of every object below a prefix, in order of the keys, read ahead by a few threads."""
    with ThreadPoolExecutor(_READERS) as readers:
        for body in readers.map(store.get, store.keys(prefix)):
            yield from unpack(decompress(body))


def read_events(store: S3Store, prefix: str) -> Iterator[dict[str, Any]]:
    """Every line below a prefix as JSON."""
    return map(json.loads, read_lines(store, prefix))
