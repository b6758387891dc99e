"""`tickertape analysis`, without a stack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import fs
from typer.testing import CliRunner

from tests.fakes.analysis import ListFeatures, feature_rows, features_file
from tests.fakes.world import MemoryStore
from tickertape.analysis.lake_features import LakeFeatures
from tickertape.analysis.lake_models import LakeModels
from tickertape.analysis.report import report
from tickertape.analysis.scikit import learners
from tickertape.cli import analysis
from tickertape.cli.main import app
from tickertape.domain.analysis.observations import COLUMNS
from tickertape.lake.files import LakeFiles
from tickertape.lake.keys import Table, slice_key
from tickertape.lake.views import LakeTables
from tickertape.ports.analysis import AnalysisFailed, FeatureTable
from tickertape.usecases.analyse import Analysis

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store() -> LakeModels:
    return LakeModels(MemoryStore())


def opened(monkeypatch: pytest.MonkeyPatch, features: FeatureTable, store: LakeModels) -> None:
    """A table and a bucket in the place of the stack's."""

    @contextmanager
    def open_() -> Iterator[tuple[FeatureTable, LakeModels]]:
        with analysis.failing():
            yield features, store

    monkeypatch.setattr(analysis, "open_stores", open_)


def test_a_run_says_its_figures_and_what_comes_next(monkeypatch: pytest.MonkeyPatch, store: LakeModels) -> None:
    """A row a model, the conclusion, the version that was kept."""
    opened(monkeypatch, ListFeatures(feature_rows(30)), store)
    answer = CliRunner().invoke(app, ["analysis", "run"], env={"COLUMNS": "200"})
    assert 0 == answer.exit_code, answer.output
    for model in learners():
        assert model.title in answer.stdout
    kept = store.newest_result()
    assert kept is not None
    assert [*kept.conclusion, "  next: tickertape analysis report"] == [
        line for line in answer.stdout.splitlines() if line.startswith(("Next ", "  next"))
    ]
    assert f"version {kept.version}" in answer.stdout


def test_too_little_data_is_one_line(monkeypatch: pytest.MonkeyPatch, store: LakeModels) -> None:
    """What there is, what it takes and what to do; exit code 1, and no document."""
    opened(monkeypatch, ListFeatures(feature_rows(5)), store)
    answer = CliRunner().invoke(app, ["analysis", "run", "--json"])
    assert (1, "", 1) == (answer.exit_code, answer.stdout, answer.stderr.count("\n"))
    assert "next session: there are 4 sessions with a known next one, at least 16 are needed" in answer.stderr


def test_a_report_before_the_first_run_says_what_to_do(monkeypatch: pytest.MonkeyPatch, store: LakeModels) -> None:
    """Exit code 1."""
    opened(monkeypatch, ListFeatures([]), store)
    answer = CliRunner().invoke(app, ["analysis", "report"])
    assert (1, "there is no analysis yet: `tickertape analysis run` makes one\n") == (answer.exit_code, answer.stderr)


def test_a_report_is_one_file_that_asks_nothing_of_anybody(
    monkeypatch: pytest.MonkeyPatch, store: LakeModels, tmp_path: Path
) -> None:
    """The newest result's conclusion, figures and tables; no address is loaded, and names are no markup."""
    rows = feature_rows(30, ["<b>A", "KO"])
    result = Analysis(ListFeatures(rows), learners(), store, lambda: NOW, lambda: 0.0, resamples=20).run()
    opened(monkeypatch, ListFeatures([]), store)
    file = tmp_path / "report.html"
    answer = CliRunner().invoke(app, ["analysis", "report", "--output", str(file)])
    assert 0 == answer.exit_code, answer.output
    assert str(file) in answer.stdout and "next: open file://" in answer.stdout
    page = file.read_text()
    assert report(result).count("<h2>") == page.count("<h2>") == 3
    assert 4 == page.count('class="plotly-graph-div"')
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", page)
    assert "&lt;b&gt;A" in page and "<b>A" not in page.split("</script>", 1)[1]
    assert "no conclusion from this data" in page
    document = json.loads(CliRunner().invoke(app, ["analysis", "report", "--json"]).stdout)
    assert result.version == document["version"]


def test_a_file_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, store: LakeModels, tmp_path: Path
) -> None:
    """Exit code 1, one line."""
    Analysis(ListFeatures(feature_rows(30)), learners()[:2], store, lambda: NOW, lambda: 0.0, resamples=20).run()
    opened(monkeypatch, ListFeatures([]), store)
    answer = CliRunner().invoke(app, ["analysis", "report", "--output", str(tmp_path / "no" / "r.html")])
    assert (1, 1) == (answer.exit_code, answer.stderr.count("\n"))
    assert "cannot be written: No such file or directory" in answer.stderr


def test_the_table_is_read_as_sql_reads_it(tmp_path: Path) -> None:
    """Every row of the lake's features with the columns that an analysis wants; a lake without any has none."""
    written = [*feature_rows(3), *feature_rows(2, interval="1h")]
    file = tmp_path / "lake" / slice_key(Table.FEATURES, "2014-01")
    file.parent.mkdir(parents=True)
    file.write_bytes(features_file(written))
    lake, empty = (LakeTables(LakeFiles(str(tmp_path / name), fs.LocalFileSystem())) for name in ("lake", "empty"))
    rows = LakeFeatures(lake).rows()
    assert set(COLUMNS) == rows[0].keys()
    assert written == list(rows)
    assert [] == LakeFeatures(empty).rows()


def test_a_lake_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """With what was tried."""
    broken = tmp_path / "curated" / "features" / "year=2014" / "month=6" / "2014-06.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no parquet")
    with pytest.raises(AnalysisFailed, match="the table features cannot be read") as caught:
        LakeFeatures(LakeTables(LakeFiles(str(tmp_path), fs.LocalFileSystem()))).rows()
    assert "\n" not in str(caught.value)
