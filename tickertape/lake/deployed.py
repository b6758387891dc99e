"""The lake of the stack that is deployed: its bucket, and its files with the catalogue that names their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickertape.aws import Resources, client
from tickertape.lake.store import S3Store

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from tickertape.lake.files import LakeFiles
    from tickertape.ports.lake import Catalogue


def deployed_lake() -> S3Store:
    """The lake's bucket.

    Raises:
        NotDeployed: there is none yet.
        ClientError: AWS refuses.
        BotoCoreError: AWS does not answer.
    """
    return S3Store(client("s3"), Resources.from_stack().lake_bucket)


def open_lake(filesystem: FileSystem) -> tuple[LakeFiles, Catalogue]:
    """The lake's files, and the catalogue that says which tables they are.

    Args:
        filesystem: S3 as Arrow reads it.

    Raises:
        NotDeployed: the AWS resources are not there.
        ClientError: AWS refuses.
        BotoCoreError: AWS does not answer.
    """
    # Arrow takes its time to load, and those who want the bucket alone have no use for it.
    from tickertape.lake.catalogue.opening import open_catalogue  # noqa: PLC0415
    from tickertape.lake.files import LakeFiles  # noqa: PLC0415

    store = deployed_lake()
    return LakeFiles(store.bucket, filesystem), open_catalogue(client("glue"), store)
