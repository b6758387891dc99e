"""`tickertape batch`: Spark's runs over the lake."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from tickertape.cli.console import fail, print_json

app = typer.Typer(help="Spark's runs over the lake.", no_args_is_help=True, rich_markup_mode=None)

_LIMIT_S = 3600.0
_WIDE = 200


@app.callback()
def _group() -> None:
    """Spark's runs over the lake."""


@app.command()
def run(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make everything again from the raw objects.")] = False,
    master: Annotated[
        str, typer.Option(help="Run it once in a session of its own, at local[N], spark://host:port or yarn.")
    ] = "",
) -> None:
    """Run the batch over everything that has arrived, and wait for it."""
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.batch import BatchFailed, request_run, wait_for_run
    from tickertape.control.redis_client import connect
    from tickertape.domain.spark_master import SparkMaster

    if master:
        try:
            SparkMaster.parse(master)
        except ValueError as error:
            fail(f"--master: {error}", code=2)
    settings = attach()
    client = connect(settings.redis_url.get_secret_value())
    began = time.monotonic()
    try:
        run_id = request_run(client, rebuild=rebuild, master=master)
        result = wait_for_run(client, run_id, _LIMIT_S)
    except BatchFailed as error:
        fail(f"the batch failed: {error}")
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")
    except KeyboardInterrupt:
        fail("interrupted: the batch goes on in Spark", code=130)
    seconds = time.monotonic() - began
    if as_json:
        print_json({**result, "run_id": run_id, "waited_s": round(seconds, 3)})
        return
    typer.echo(f"batch {run_id} done in {seconds:.1f} s")
    for name, value in result.items():
        typer.echo(f"  {name}: {value}")


@app.command("history")
def show_history(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    most: Annotated[int, typer.Option("--last", min=1, help="How many runs.")] = 20,
) -> None:
    """The newest runs: when, how long, and what they changed."""
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.batch import history
    from tickertape.control.redis_client import connect

    settings = attach()
    try:
        runs = history(connect(settings.redis_url.get_secret_value()), most)
    except RedisError as error:
        fail(f"Redis does not answer ({error}): `tickertape status` says more")
    if as_json:
        print_json(runs)
    elif runs:
        _print_runs(runs)
    else:
        typer.echo("the batch has not run yet: `tickertape batch run`")


def _print_runs(runs: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in ("run", "started (UTC)", "took", "objects", "tweets", "written", "deleted", "unreadable", "state"):
        table.add_column(
            name, justify="left" if name in {"run", "started (UTC)", "state"} else "right", overflow="fold"
        )
    for each in runs:
        started = datetime.fromtimestamp(each["started_at"], UTC)
        outcome = (
            ("rebuilt" if each["rebuild"] else "done") if each["state"] == "done" else f"failed: {each.get('error')}"
        )
        numbers = ("new_objects", "tweets", "written_items", "deleted_items", "unreadable_lines")
        table.add_row(
            each["run_id"],
            f"{started:%m-%d %H:%M:%S}",
            f"{each['finished_at'] - each['started_at']:.1f} s",
            *(f"{each[name]:,}" if name in each else "" for name in numbers),
            # As Text: an error's `[/b]` is no markup.
            Text(outcome),
        )
    # Without a terminal nothing is folded: another program reads the lines.
    Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE).print(table)
