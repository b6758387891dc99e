"""The analysis of a running stack's lake: by command, as a report, and in the notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import nbformat
import pytest
from nbclient import NotebookClient

from tests.fakes.analysis import feature_rows, features_file
from tests.integration.conftest import REPO, Stack
from tests.integration.test_notebook import FIGURE
from tickertape.lake.keys import Table, slice_key

pytestmark = pytest.mark.integration
NOTEBOOK = REPO / "spark/notebooks/does_talk_predict.ipynb"


@pytest.fixture(scope="module")
def result(stack: Stack) -> Iterator[Any]:
    """What a run says while the lake has some hours of a month besides those of the tape, which are too few."""
    lake = boto3.client(
        "s3",
        endpoint_url=stack.aws()["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    bucket, key = "tickertape-lake", slice_key(Table.FEATURES, "2014-01")
    lake.put_object(Bucket=bucket, Key=key, Body=features_file(feature_rows(40, interval="1h")))
    try:
        yield stack.json("analysis", "run")
    finally:
        lake.delete_object(Bucket=bucket, Key=key)


def test_what_is_measured_is_what_the_lake_has(stack: Stack, result: Any) -> None:
    """Every row of the features, an hour's and a session's; what has too little data says so, in words."""
    rows = stack.json("sql", "SELECT f.interval, count(*) AS n FROM features f GROUP BY 1")
    assert {row["interval"]: row["n"] for row in rows} == {
        each["interval"]: each["rows"] for each in result["horizons"]
    }
    hour, day = result["horizons"]
    assert 6 == len(hour["models"]) and not day["models"]
    assert "at least 16 are needed" in day["shortage"]
    assert "Next hour: no conclusion from this data" in result["conclusion"][0]


def test_the_report_is_of_the_newest_run(stack: Stack, result: Any, tmp_path: Path) -> None:
    """Another run is a version of its own."""
    again = stack.json("analysis", "run")
    assert result["version"] < again["version"] == stack.json("analysis", "report")["version"]
    stack.run("analysis", "report", "--output", str(tmp_path / "report.html"))
    assert again["version"] in (tmp_path / "report.html").read_text()


def test_the_notebook_reproduces_the_report(stack: Stack, result: Any) -> None:
    """The same conclusion from the same lake, a row a model and four figures; nothing that it showed is committed."""
    notebook: Any = nbformat.reads(NOTEBOOK.read_text(), as_version=4)  # type: ignore[no-untyped-call]  # it has no types
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(([], None) == (cell["outputs"], cell["execution_count"]) for cell in cells)
    run = NotebookClient(notebook, timeout=120).execute(
        cwd=str(REPO), env=stack.environment() | {"PLOTLY_RENDERER": "plotly_mimetype"}
    )
    shown = {cell["id"]: cell["outputs"][-1] for cell in run["cells"] if cell.get("outputs")}
    assert result["conclusion"] == shown["conclusion"]["text"].splitlines()
    assert 6 + 2 == len(shown["models"]["data"]["text/plain"].split("\n\n")[0].splitlines())
    assert 6 == len(shown["correlations"]["data"][FIGURE]["data"])
    assert {"correlations", "accuracies", "calibration", "leads"} == {
        name for name, output in shown.items() if FIGURE in output.get("data", {})
    }
