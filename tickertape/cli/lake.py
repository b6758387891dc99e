"""How a command, or a notebook, reaches the lake of the running stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickertape.lake.files import LakeFiles
    from tickertape.ports import Catalogue
    from tickertape.settings import Settings


def open_lake(settings: Settings) -> tuple[LakeFiles, Catalogue]:
    """The lake's files, and the catalogue that says which tables they are.

    Raises:
        NotDeployed: the AWS resources are not there.
        ClientError: AWS refuses.
        BotoCoreError: AWS does not answer.
    """
    from tickertape.aws import Resources, client
    from tickertape.lake.catalogue.opening import open_catalogue
    from tickertape.lake.files import LakeFiles
    from tickertape.lake.store import S3Store
    from tickertape.lake.tables import s3_filesystem

    bucket = Resources.from_stack().lake_bucket
    lake = LakeFiles(bucket, s3_filesystem(settings.aws_endpoint_url, settings.aws_region))
    return lake, open_catalogue(client("glue"), S3Store(client("s3"), bucket))
