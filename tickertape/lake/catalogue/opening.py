"""Finds the catalogue that there is: Glue's, or else the lake's own."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tickertape.aws import is_not_there
from tickertape.lake.catalogue.glue import GlueCatalogue
from tickertape.lake.catalogue.local import LocalCatalogue
from tickertape.lake.catalogue.shape import DATABASE
from tickertape.ports.lake import Catalogue, ObjectStore


def open_catalogue(glue: Any, store: ObjectStore) -> Catalogue:
    """The Glue Data Catalog where its API answers, the catalogue in the lake where AWS says that it has none.

    Args:
        glue: boto3's client of `glue`.
        store: the lake's bucket.

    Raises:
        ClientError: Glue refuses, which is not the same as not being there.
        BotoCoreError: AWS does not answer.
    """
    try:
        glue.get_database(Name=DATABASE)
    except ClientError as error:
        if is_not_there(error):
            return LocalCatalogue(store)
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
    return GlueCatalogue(glue)
