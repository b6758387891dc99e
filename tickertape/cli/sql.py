"""`tickertape sql`: questions about what the batch has counted."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from tickertape.cli.console import WRONG_CALL, fail
from tickertape.cli.context import attach

ENGINES = ("duckdb",)


def sql(
    query: Annotated[str, typer.Argument(help="a SELECT over tweets, mentions, spam, rollups and bars")],
    json_: Annotated[bool, typer.Option("--json", help="print one JSON array of objects")] = False,
    engine: Annotated[str, typer.Option(help=f"who answers: {', '.join(ENGINES)}")] = "duckdb",
) -> None:
    """Ask the lake's curated tables a question in SQL."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tickertape.aws import NotDeployed, Resources
    from tickertape.lake.sql import SqlError, run_sql
    from tickertape.lake.tables import CuratedTables, s3_filesystem

    if engine not in ENGINES:
        fail(f"unknown engine {engine!r}: expected one of {', '.join(ENGINES)}", WRONG_CALL)
    settings = attach()
    try:
        bucket = Resources.from_stack().lake_bucket
        rows = run_sql(query, CuratedTables(bucket, s3_filesystem(settings.aws_endpoint_url, settings.aws_region)))
    except SqlError as error:
        fail(_one_line(str(error)), WRONG_CALL)
    except (NotDeployed, BotoCoreError, ClientError, OSError) as error:
        fail(_one_line(f"the lake does not answer: {error}; `tickertape status` says more"))
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _print_table(rows)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        typer.echo("no rows")
        return
    table = Table()
    for name in rows[0]:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        # As Text: a tweet's `[/b]` is no markup.
        table.add_row(*(Text("" if value is None else _shown(value)) for value in row.values()))
    Console().print(table)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict, bool)) else str(value)


def _one_line(message: str) -> str:
    return " ".join(message.split())
