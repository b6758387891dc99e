"""The catalogue in the lake and the fake one, under the same tests; and which one is opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.contract.catalogues import CONTRACT
from tests.fakes.catalogue import MemoryCatalogue
from tests.fakes.world import MemoryStore
from tickertape.lake.catalogue.local import LocalCatalogue
from tickertape.lake.catalogue.opening import open_catalogue
from tickertape.ports.lake import Catalogue


@pytest.fixture(params=["fake", "local"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return MemoryCatalogue() if request.param == "fake" else LocalCatalogue(MemoryStore())


@pytest.mark.parametrize("clause", CONTRACT)
def test_the_contract_is_kept(catalogue: Catalogue, clause: Callable[[Catalogue], None]) -> None:
    """Each clause holds."""
    clause(catalogue)


class _Glue:
    """A client of Glue that answers one error, or nothing at all."""

    def __init__(self, code: str | None, status: int) -> None:
        self._code, self._status = code, status

    def get_database(self, Name: str) -> dict[str, str]:
        if self._code is None:
            return {"Name": Name}
        raise ClientError(
            {"Error": {"Code": self._code}, "ResponseMetadata": {"HTTPStatusCode": self._status}},  # type: ignore[typeddict-item]
            "GetDatabase",
        )


@pytest.mark.parametrize(
    ("code", "status", "where"),
    [
        (None, 200, "glue"),
        ("EntityNotFoundException", 400, "glue"),
        # LocalStack
        ("InternalFailure", 501, "local"),
        # MiniStack, of an action that it does not know
        ("InvalidAction", 400, "local"),
        ("UnknownOperationException", 400, "local"),
    ],
)
def test_the_lakes_own_catalogue_is_used_where_glue_is_not(code: str | None, status: int, where: str) -> None:
    """An AWS that says it has no such API is no failure."""
    assert where == open_catalogue(_Glue(code, status), MemoryStore()).where


@pytest.mark.parametrize(("code", "status"), [("AccessDeniedException", 400), ("InternalFailure", 500)])
def test_a_glue_that_refuses_is_a_failure(code: str, status: int) -> None:
    """Missing permissions and a failing service must not split the catalogue in two."""
    with pytest.raises(ClientError, match=code):
        open_catalogue(_Glue(code, status), MemoryStore())
