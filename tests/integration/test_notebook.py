"""The notebook over a running stack's lake: what its cells show is what the lake holds."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.integration.conftest import REPO, Stack

pytestmark = pytest.mark.integration
NOTEBOOK = REPO / "spark/notebooks/prices_and_talk.ipynb"
FIGURE = "application/vnd.plotly.v1+json"


def committed() -> Any:
    return nbformat.reads(NOTEBOOK.read_text(), as_version=4)  # type: ignore[no-untyped-call]  # it has no types


@pytest.fixture(scope="module")
def shown(stack: Stack) -> dict[str, Any]:
    """What each cell shows last, by the cell's id."""
    run = NotebookClient(committed(), timeout=120).execute(
        cwd=str(REPO), env=stack.environment() | {"PLOTLY_RENDERER": "plotly_mimetype"}
    )
    return {cell["id"]: cell["outputs"][-1]["data"] for cell in run["cells"] if cell.get("outputs")}


def lines(figure: dict[str, Any]) -> list[int]:
    """How many moments each line of a figure has."""
    return [len(trace["x"]) for trace in figure["data"] if trace["type"] == "scatter"]


def test_nothing_but_its_source_is_committed() -> None:
    """What a notebook showed somebody else is nothing that one can trust or compare."""
    cells = [cell for cell in committed()["cells"] if cell["cell_type"] == "code"]
    assert [([], None)] * 4 == [(cell["outputs"], cell["execution_count"]) for cell in cells]


def test_a_bar_for_each_stock(stack: Stack, shown: dict[str, Any]) -> None:
    """Every symbol that has prices, the dearest first."""
    (bars,) = shown["prices"][FIGURE]["data"]
    (stocks,) = stack.json("sql", "SELECT count(DISTINCT symbol) AS n FROM bars")
    assert ("bar", stocks["n"]) == (bars["type"], len(bars["x"]))


def test_price_and_mentions_over_the_same_hours(shown: dict[str, Any]) -> None:
    """Two lines over one axis of time."""
    price, mentions = lines(shown["talk"][FIGURE])
    assert price == mentions > 1


def test_the_mood_of_the_most_mentioned(stack: Stack, shown: dict[str, Any]) -> None:
    """A row a ticker, as the saved query says it."""
    expected = [row["ticker"] for row in stack.json("sql", "--example", "most_talked_about")]
    rows = shown["mood"]["text/plain"].splitlines()[2:]
    assert expected == [row.split()[0] for row in rows]
