"""A bucket behind the BackupStore port: large objects go up in parts, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

from tickertape.ports.backups import BackupStoreFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# S3 takes parts of 5 MB and more, and 10,000 of them: 80 GB an object.
_PART = 8 << 20
_CHUNK = 1 << 20
_DELETE_BATCH = 1000
_MISSING = frozenset({"NoSuchKey", "404"})


class S3BackupStore:
    """One bucket of S3, or of an emulator."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def sizes(self, prefix: str) -> dict[str, int]:
        """The size in bytes of every object below a prefix."""
        with _told(f"listing {self._bucket}/{prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", ())}

    def upload(self, key: str) -> S3Upload:
        """Begin one object."""
        return S3Upload(self._client, self._bucket, key)

    def read(self, key: str) -> Iterator[bytes] | None:
        """An object in chunks; None where there is none."""
        with _told(f"reading {key}"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in _MISSING:
                    return None
                raise
        return _chunks(answer["Body"].iter_chunks(_CHUNK), key)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is no error."""
        waiting = list(keys)
        for start in range(0, len(waiting), _DELETE_BATCH):
            batch = waiting[start : start + _DELETE_BATCH]
            with _told(f"deleting {batch[0]}"):
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            for problem in answer.get("Errors", ()):
                raise BackupStoreFailed(f"the backup store keeps {problem.get('Key')}: {problem.get('Message')}")

    def abort_uploads(self) -> int:
        """Forget every upload that was begun and not finished; returns how many."""
        count = 0
        with _told(f"aborting unfinished uploads to {self._bucket}"):
            for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket):
                for upload in page.get("Uploads", ()):
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    count += 1
        return count


class S3Upload:
    """The Upload port: a small object is put at once, a larger one in parts that S3 joins at the end."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._waiting = bytearray()
        self._id = ""
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            BackupStoreFailed: S3 does not take them.
        """
        self._waiting += data
        while len(self._waiting) >= _PART:
            self._send(bytes(self._waiting[:_PART]))
            del self._waiting[:_PART]

    def finish(self) -> None:
        """Make the object appear.

        Raises:
            BackupStoreFailed: S3 does not take it.
        """
        if not self._id:
            with _told(f"writing {self._key}"):
                self._client.put_object(Bucket=self._bucket, Key=self._key, Body=bytes(self._waiting))
            return
        if self._waiting:
            self._send(bytes(self._waiting))
        with _told(f"writing {self._key}"):
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, MultipartUpload={"Parts": self._parts}
            )
            self._id = ""

    def abort(self) -> None:
        """Forget what was taken; never fails."""
        self._waiting.clear()
        if not self._id:
            return
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._id)
        except (ClientError, BotoCoreError):
            pass  # the next backup aborts it, and on AWS the bucket's own rule

    def _send(self, part: bytes) -> None:
        with _told(f"writing {self._key}"):
            if not self._id:
                self._id = self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key)["UploadId"]
            number = len(self._parts) + 1
            answer = self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, PartNumber=number, Body=part
            )
            self._parts.append({"ETag": answer["ETag"], "PartNumber": number})


def _chunks(chunks: Iterator[bytes], key: str) -> Iterator[bytes]:
    with _told(f"reading {key}"):
        try:
            yield from chunks
        except FlexibleChecksumError:
            return  # all bytes came, and some are others: the reader compares them and says so better


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise BackupStoreFailed(f"the backup store failed while {what}: {str(error)[:300]}") from error
