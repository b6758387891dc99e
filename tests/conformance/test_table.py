"""The table in docs/emulators.md is made of the contracts as they are."""

from __future__ import annotations

from tests.conformance.observations import Observation, Word
from tests.conformance.suite import CONTRACTS
from tests.conformance.table import DOCUMENT, Column, read, render
from tests.conformance.targets import EMULATORS


def test_the_table_says_what_the_contracts_say() -> None:
    """Titles, AWS' promises and what we do about gaps are those of the code; the observations are its own."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert render(CONTRACTS, read(text, EMULATORS.values())) == text


def test_every_contract_was_observed_on_every_emulator() -> None:
    """No cell is empty, and both emulators that run here have their column."""
    columns = read(DOCUMENT.read_text(encoding="utf-8"), EMULATORS.values())
    observed = {name: set(column.observations) for name, column in columns.items() if column.observations}
    titles = {contract.title for contract in CONTRACTS}
    assert dict.fromkeys(observed, titles) == observed
    assert {"LocalStack from PyPI", "MiniStack"} <= observed.keys()


def test_what_is_written_is_read_back() -> None:
    """A detail with a bar or a colon, and a version, survive."""
    observed = Observation(Word.LOST, "a | b: c")
    columns = {"MiniStack": Column("1.2.3", {CONTRACTS[0].title: observed})}
    assert columns == read(render(CONTRACTS, columns), ["MiniStack"])


def test_contracts_have_titles_and_names_of_their_own() -> None:
    """None hides another one."""
    assert len(CONTRACTS) == len({contract.title for contract in CONTRACTS})
    assert len(CONTRACTS) == len({contract.id for contract in CONTRACTS})
