"""`tickertape catalogue`: which tables the lake has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from tickertape.cli.console import WRONG_CALL, fail, print_json

if TYPE_CHECKING:
    from tickertape.domain.catalogue import TableEntry
    from tickertape.ports.lake import Catalogue

app = typer.Typer(help="Which tables the lake has.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Which tables the lake has."""


@app.command()
def crawl(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Find tables, columns and partitions in the lake, register them, and say what is new."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tickertape.aws import NotDeployed
    from tickertape.cli.context import attach
    from tickertape.cli.lake import open_lake
    from tickertape.lake.catalogue import crawl as crawling
    from tickertape.lake.catalogue.glue import GlueFailed

    try:
        report = crawling.crawl(*open_lake(attach()))
    except (NotDeployed, GlueFailed, BotoCoreError, ClientError, OSError) as error:
        _fail(error)
    if as_json:
        print_json(report.document())
        return
    for found in report.found:
        typer.echo(str(found))
    parted = sum(report.tables.values())
    typer.echo(
        f"{len(report.tables)} tables with {parted} partitions in the {report.catalogue} catalogue; "
        f"{len(report.found) or 'no'} changes, {report.opened} files opened"
    )


@app.command()
def show(
    table: Annotated[str | None, typer.Argument(help="one table, with its columns and partitions")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the tables, or show the columns and partitions of one."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tickertape.aws import NotDeployed
    from tickertape.cli.context import attach
    from tickertape.cli.lake import open_lake

    try:
        _, catalogue = open_lake(attach())
        tables = catalogue.tables()
        if table is not None and table not in tables:
            there = ", ".join(sorted(tables)) or "none: `tickertape catalogue crawl` finds them"
            fail(f"no table {table!r} in the {catalogue.where} catalogue: there are {there}", WRONG_CALL)
        chosen = [tables[name] for name in (sorted(tables) if table is None else [table])]
        shown = [_document(entry, catalogue) for entry in chosen]
    except (NotDeployed, BotoCoreError, ClientError, OSError) as error:
        _fail(error)
    if as_json:
        print_json(shown[0] if table is not None else {"catalogue": catalogue.where, "tables": shown})
    elif table is not None:
        _print_table(shown[0])
    else:
        _print_tables(shown, catalogue.where)


def _document(entry: TableEntry, catalogue: Catalogue) -> dict[str, Any]:
    partitions = catalogue.partitions(entry.name) if entry.partition_keys else {}
    return {
        "name": entry.name,
        "format": str(entry.format),
        "location": entry.location,
        "columns": {column.name: str(column.type) for column in entry.columns},
        "partition_keys": {key.name: str(key.type) for key in entry.partition_keys},
        "partitions": [
            "/".join(f"{key.name}={value}" for key, value in zip(entry.partition_keys, values, strict=True))
            for values in sorted(partitions)
        ],
    }


def _print_tables(shown: list[dict[str, Any]], where: str) -> None:
    if not shown:
        typer.echo(f"the {where} catalogue is empty: `tickertape catalogue crawl` fills it")
    for table in shown:
        parts = f"{len(table['partitions'])} partitions" if table["partition_keys"] else "no partitions"
        typer.echo(
            f"{table['name']:<20} {table['format']:<8} {len(table['columns']):>3} columns  {parts:<15} "
            f"{table['location']}"
        )


def _print_table(table: dict[str, Any]) -> None:
    typer.echo(f"{table['name']}  {table['format']}  {table['location']}")
    for name, kind in table["columns"].items():
        typer.echo(f"  {name:<20} {kind}")
    for name, kind in table["partition_keys"].items():
        typer.echo(f"  {name:<20} {kind} (partition)")
    for partition in table["partitions"]:
        typer.echo(f"    {partition}")


def _fail(error: Exception) -> NoReturn:
    said = " ".join(str(error).split())
    fail(f"the catalogue cannot be read or written: {said}; `tickertape status` says more")
