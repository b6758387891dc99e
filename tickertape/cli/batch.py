"""`tickertape batch`: Spark's runs over the lake."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from tickertape.cli.console import fail, print_json

app = typer.Typer(help="Spark's runs over the lake.", no_args_is_help=True, rich_markup_mode=None)

_LIMIT_S = 3600.0


@app.callback()
def _group() -> None:
    """Spark's runs over the lake."""


@app.command()
def run(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Run the batch over everything that has arrived, and wait for it."""
    from redis import RedisError

    from tickertape.cli.context import attach
    from tickertape.control.batch import BatchFailed, request_run, wait_for_run
    from tickertape.control.redis_client import connect

    settings = attach()
    client = connect(settings.redis_url.get_secret_value())
    began = time.monotonic()
    try:
        run_id = request_run(client)
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
