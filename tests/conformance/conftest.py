"""Which systems are observed: `CONFORMANCE_TARGET=ministack,localstack-pypi` or `aws`; without it MiniStack."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conformance import targets
from tests.conformance.suite import CONTRACTS, Observer
from tests.conformance.table import DOCUMENT, Column, read, render
from tests.conformance.targets import EMULATORS

_ASKED = os.environ.get("CONFORMANCE_TARGET", "")
TARGETS = (_ASKED or "ministack").split(",")
# Among all other tests, those contracts are left out that wait for minutes.
WAITS = bool(_ASKED)
# Set by `make conformance`: what is observed becomes the table, instead of being compared with it.
WRITES = os.environ.get("CONFORMANCE_WRITE") == "1"


@pytest.fixture(scope="session", params=TARGETS)
def observer(request: pytest.FixtureRequest) -> Iterator[Observer]:
    """One target, with its slow contracts begun."""
    name: str = request.param
    target = (
        targets.aws()
        if name == "aws"
        else targets.of_emulator(request.getfixturevalue(name.replace("-", "_")), EMULATORS[name])
    )
    observing = Observer(target)
    wanted = {item.callspec.params.get("contract") for item in request.session.items if hasattr(item, "callspec")}
    observing.begin([contract for contract in CONTRACTS if contract in wanted])
    try:
        yield observing
    finally:
        observing.close()


@pytest.fixture(scope="session")
def written() -> Iterator[dict[str, Column]]:
    """The table's columns; when it is to be written, it is once all contracts have been observed."""
    text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    columns = read(text, EMULATORS.values())
    yield columns
    if WRITES:
        DOCUMENT.write_text(render(CONTRACTS, columns), encoding="utf-8")
