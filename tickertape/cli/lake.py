"""How a command, or a notebook, reaches the lake of the running stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickertape.lake.files import LakeFiles
    from tickertape.ports.lake import Catalogue
    from tickertape.settings import Settings


def open_lake(settings: Settings) -> tuple[LakeFiles, Catalogue]:
    """The lake where the settings say that AWS is; see `deployed.open_lake`."""
    from tickertape.lake import deployed
    from tickertape.lake.tables import s3_filesystem

    return deployed.open_lake(s3_filesystem(settings.aws_endpoint_url, settings.aws_region))
