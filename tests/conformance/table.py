"""docs/emulators.md: read, and written from contracts and observations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from tests.conformance.observations import Contract, Observation

DOCUMENT = Path(__file__).parents[2] / "docs/emulators.md"
_INTRODUCTION = """\
# What emulators do to your records

Made by `make conformance` (`tests/conformance`): each line is a contract that is observed, the same way, on every
emulator at hand, beside what AWS documents. **Bold** is what differs from AWS. A test fails when an emulator does
something else than is written here, as another version may. `CONFORMANCE_TARGET=aws` observes an account of yours, with
resources under a prefix of their own that are removed afterwards.
"""
_ROW = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class Column:
    """What was observed on one emulator.

    Attributes:
        version: of the emulator that was last looked at.
        observations: by the contract's title.
    """

    version: str = ""
    observations: dict[str, Observation] = field(default_factory=dict)


def render(contracts: Iterable[Contract], columns: Mapping[str, Column]) -> str:
    """The document; an emulator that was never looked at has no column in it."""
    columns = {name: column for name, column in columns.items() if column.observations}
    versions = ", ".join(f"{name} {column.version}" for name, column in columns.items())
    parts = [_INTRODUCTION, f"Observed: {versions}.\n"]
    for subject, group in groupby(contracts, key=lambda contract: contract.subject):
        parts += [f"## {subject}", _row(["contract", "AWS (documented)", *columns, "what our pipeline does about it"])]
        parts.append(_row(["---"] * (3 + len(columns))))
        parts += [_contract_row(contract, columns) for contract in group]
        parts.append("")
    return "\n".join(parts)


def _contract_row(contract: Contract, columns: Mapping[str, Column]) -> str:
    aws = f"[{contract.aws}]({contract.source})" if contract.source else str(contract.aws)
    cells = [_cell(contract, column.observations.get(contract.title)) for column in columns.values()]
    return _row([contract.title, aws, *cells, contract.ours])


def _cell(contract: Contract, observed: Observation | None) -> str:
    if observed is None:
        return ""
    return str(observed) if observed == contract.aws else f"**{observed.word}**" + str(observed)[len(observed.word) :]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def read(text: str, names: Iterable[str]) -> dict[str, Column]:
    """The columns of these emulators in a document; empty ones for those that it does not have."""
    columns = {name: Column(_version(text, name)) for name in names}
    head: list[str] = []
    for line in text.splitlines():
        if not line.startswith("| "):
            head = []
            continue
        cells = [cell.strip().replace(r"\|", "|") for cell in _ROW.split(line)[1:-1]]
        if not head:
            head = cells
        elif cells[0] != "---":
            for name, cell in zip(head[2:-1], cells[2:-1], strict=True):
                if cell and name in columns:
                    columns[name].observations[cells[0]] = Observation.parse(cell.replace("**", ""))
    return columns


def _version(text: str, name: str) -> str:
    found = re.search(rf"^Observed: .*\b{re.escape(name)} ([\w.+-]*\w)", text, re.MULTILINE)
    return found[1] if found else ""
