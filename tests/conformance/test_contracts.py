"""Every contract on every target at hand: it does what docs/emulators.md says of it."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import WAITS, WRITES
from tests.conformance.observations import Contract
from tests.conformance.suite import CONTRACTS, Observer
from tests.conformance.table import Column

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(
    "contract", [one for one in CONTRACTS if WAITS or not one.background], ids=lambda contract: contract.id
)
def test_it_does_what_the_table_says(observer: Observer, contract: Contract, written: dict[str, Column]) -> None:
    """What is observed is what was observed before; of AWS, what is documented."""
    observed = observer.observe(contract)
    column = written.get(observer.target.name)
    if column is None:
        assert contract.aws.word == observed.word, str(observed)
    elif WRITES:
        column.version = observer.target.version
        column.observations[contract.title] = observed
    else:
        assert column.observations.get(contract.title) == observed, "is this another version? `make conformance`"
