"""`tickertape analysis`: does talk predict price?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tickertape.cli.console import LiveReport, fail, print_json

if TYPE_CHECKING:
    from tickertape.analysis.lake_models import LakeModels
    from tickertape.domain.analysis.resampling import Interval
    from tickertape.domain.analysis.results import AnalysisResult, HorizonResult
    from tickertape.ports.analysis import FeatureTable

app = typer.Typer(help="Does talk predict price?", no_args_is_help=True, rich_markup_mode=None)

_TABLE_WIDTH = 96
_NO_RESULT = "there is no analysis yet: `tickertape analysis run` makes one"


@app.callback()
def _group() -> None:
    """Does talk predict price?"""


@app.command()
def run(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Forecast every next hour and session of the table features with and without the talk, and measure it.

    Walk-forward: each forecast is made by models that were fitted to what was known before. Every run keeps a new
    version of the models, and its result, in the lake.
    """
    import time

    from tickertape.analysis.scikit import learners
    from tickertape.control.clock import wall_time
    from tickertape.usecases.analyse import Analysis

    with open_stores() as (features, store), LiveReport(beside=True) as live:
        result = Analysis(features, learners(), store, wall_time, time.monotonic, live.show).run()
    if as_json:
        print_json(_document(result))
        return
    for horizon in result.horizons:
        if not horizon.shortage:
            _print(horizon)
    for sentence in result.conclusion:
        typer.echo(sentence)
    typer.echo(f"version {result.version}, {result.seconds:g} s")
    typer.echo("  next: tickertape analysis report")


@app.command()
def report(
    output: Annotated[
        Path | None,
        typer.Option("--output", help="The file; analysis.html below the stack's state without.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The newest result as one JSON document, no file.")] = False,
) -> None:
    """Write the newest result as one HTML file that needs nothing else."""
    from tickertape.cli.context import home

    with open_stores() as (_, store):
        result = store.newest_result()
    if result is None:
        fail(_NO_RESULT)
    if as_json:
        print_json(_document(result))
        return
    from tickertape.analysis.report import report as page

    file = output or home().root / "analysis.html"
    try:
        file.write_text(page(result), encoding="utf-8")
    except OSError as error:
        fail(f"--output: {file} cannot be written: {error.strerror}")
    typer.echo(f"written: {file} (version {result.version})")
    typer.echo(f"  next: open {file.resolve().as_uri()} in a browser")


@contextmanager
def open_stores() -> Iterator[tuple[FeatureTable, LakeModels]]:
    """The running stack's features and models; what goes wrong with them ends the command with one line."""
    from tickertape.analysis.lake_features import LakeFeatures
    from tickertape.analysis.lake_models import LakeModels
    from tickertape.cli.context import attach
    from tickertape.cli.lake import open_lake
    from tickertape.lake.deployed import deployed_lake
    from tickertape.lake.views import LakeTables

    settings = attach()
    with failing():
        yield LakeFeatures(LakeTables(*open_lake(settings))), LakeModels(deployed_lake())


@contextmanager
def failing() -> Iterator[None]:
    """What goes wrong with the lake, or with an analysis, ends the command with one line."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tickertape.aws import NotDeployed
    from tickertape.ports.analysis import AnalysisFailed

    try:
        yield
    except AnalysisFailed as error:
        fail(str(error))
    except (NotDeployed, BotoCoreError, ClientError) as error:
        fail(f"the lake does not answer: {' '.join(str(error).split())}; `tickertape status` says more")


def _document(result: AnalysisResult) -> object:
    from pydantic import TypeAdapter

    from tickertape.domain.analysis.results import AnalysisResult

    return TypeAdapter(AnalysisResult).dump_python(result, mode="json")


def _print(horizon: HorizonResult) -> None:
    from rich.console import Console
    from rich.table import Table

    forecasts = f"{horizon.models[0].n:,} forecasts at {horizon.tested:,} moments"
    table = Table(title=f"{horizon.horizon}, {forecasts}", title_justify="left", box=None, pad_edge=False)
    for name in ("model", "right, %", "Matthews correlation", "p (Holm)"):
        table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
    for each in horizon.models:
        table.add_row(each.title, _of(each.accuracy, 100, ".1f"), _of(each.mcc, 1, "+.3f"), _p(each.p_corrected))
    for compared in horizon.comparisons:
        added = _of(compared.difference, 1, "+.3f")
        table.add_row(f"{compared.family}: what talk adds", "", added, _p(compared.p_corrected))
    console = Console(highlight=False, soft_wrap=True)
    # A narrow terminal breaks its lines; cut figures are none.
    console.width = max(console.width, _TABLE_WIDTH)
    console.print(table)


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _of(interval: Interval, scale: float, form: str) -> str:
    value, low, high = (scale * each for each in (interval.value, interval.low, interval.high))
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"
