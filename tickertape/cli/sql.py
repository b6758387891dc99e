"""`tickertape sql`: questions about what the lake holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickertape.cli.console import WRONG_CALL, fail
from tickertape.cli.context import attach

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickertape.settings import Settings

# A run of the batch may be before the query.
_SPARK_S = 300.0
_NO_ANSWER = "the lake does not answer: {}; `tickertape status` says more"


def sql(
    query: Annotated[
        str | None, typer.Argument(help="a SELECT over the tables that `tickertape catalogue show` lists")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON array of objects")] = False,
    engine: Annotated[str, typer.Option(help="who answers: duckdb, athena or spark")] = "duckdb",
    example: Annotated[str, typer.Option(help="ask a saved query instead, by its name")] = "",
    examples: Annotated[bool, typer.Option("--examples", help="list the saved queries")] = False,
) -> None:
    """Ask the lake's tables a question in SQL."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tickertape.aws import NotDeployed

    if engine not in _ENGINES:
        fail(f"unknown engine {engine!r}: expected one of {', '.join(_ENGINES)}", WRONG_CALL)
    if examples:
        _list_examples(json_)
        return
    asked = _asked(query, example)
    try:
        rows = _ENGINES[engine](asked, attach())
    except (NotDeployed, BotoCoreError, ClientError, OSError) as error:
        fail(_one_line(_NO_ANSWER.format(error)))
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _print_table(rows)


def _asked(query: str | None, name: str) -> str:
    from tickertape.lake.examples import example, examples

    if (query is None) == (not name):
        fail("a query was expected, or --example with the name of one that --examples lists", WRONG_CALL)
    if query is not None:
        return query
    try:
        return example(name)
    except KeyError:
        fail(f"no saved query {name!r}: there are {', '.join(examples())}", WRONG_CALL)


def _list_examples(as_json: bool) -> None:
    from tickertape.lake.examples import examples

    if as_json:
        typer.echo(json.dumps([{"name": name, "about": about} for name, about in examples().items()]))
        return
    for name, about in examples().items():
        typer.echo(f"{name:<26} {about}")


def _ask_duckdb(query: str, settings: Settings) -> list[dict[str, Any]]:
    from tickertape.cli.lake import open_lake
    from tickertape.lake.sql import SqlError, UnreadableLake, run_sql
    from tickertape.lake.views import LakeTables

    try:
        return run_sql(query, LakeTables(*open_lake(settings)))
    except SqlError as error:
        fail(_one_line(str(error)), WRONG_CALL)
    except UnreadableLake as error:
        fail(_one_line(str(error)))


def _ask_athena(query: str, _settings: Settings) -> list[dict[str, Any]]:
    from tickertape.aws import Resources, client
    from tickertape.lake.athena import Athena, AthenaFailed, NoAthena

    try:
        return Athena(client("athena"), Resources.from_stack().lake_bucket).run(query)
    except NoAthena as error:
        fail(str(error))
    except AthenaFailed as error:
        fail(str(error), WRONG_CALL if error.is_wrong else 1)


def _ask_spark(query: str, settings: Settings) -> list[dict[str, Any]]:
    from redis import RedisError

    from tickertape.control.redis_client import connect
    from tickertape.control.spark_sql import NoAnswer, Refused, ask

    try:
        return ask(connect(settings.redis_url.get_secret_value()), query, _SPARK_S)
    except Refused as error:
        fail(_one_line(str(error)), WRONG_CALL if error.is_wrong else 1)
    except NoAnswer as error:
        fail(str(error))
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")


_ENGINES: dict[str, Callable[[str, Settings], list[dict[str, Any]]]] = {
    "duckdb": _ask_duckdb,
    "athena": _ask_athena,
    "spark": _ask_spark,
}


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
