"""`tickertape trace`: where one tweet is, hop by hop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tickertape.cli.console import fail, print_json, printable

if TYPE_CHECKING:
    from tickertape.usecases.trace import Trace

_WIDE = 240


def trace(
    tweet_id: Annotated[str, typer.Argument(help="The tweet's id, as its source writes it.", metavar="TWEET_ID")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say where one tweet is at each hop, from the tape to the counts, or why and where it was turned away."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pymongo.errors import PyMongoError
    from redis import RedisError

    from tickertape.aws import NotDeployed
    from tickertape.cli.context import attach
    from tickertape.cli.evidence import station
    from tickertape.cli.stations import LiveStations
    from tickertape.lake.files import LakeFiles
    from tickertape.lake.tables import s3_filesystem
    from tickertape.sources.tape import TapeError
    from tickertape.usecases.trace import UnknownTweet
    from tickertape.usecases.trace import trace as follow

    settings = attach()
    try:
        place = station(settings)
        bucket = s3_filesystem(settings.aws_endpoint_url, settings.aws_region)
        found = follow(tweet_id.strip(), LiveStations(place, LakeFiles(place.resources.lake_bucket, bucket)))
    except (NotDeployed, TapeError, UnknownTweet) as error:
        fail(str(error))
    except (BotoCoreError, ClientError, PyMongoError, RedisError, OSError) as error:
        fail(f"a store does not answer ({error}): `tickertape status` says which")
    if as_json:
        print_json(found.to_json())
    else:
        _show(found)


def _show(found: Trace) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    written = f"written {found.created_at}" if found.created_at else "not readable"
    typer.echo(f"{found.tweet_id}, {written}: {found.verdict}")
    table = Table(box=None, pad_edge=False)
    for column in ("hop", "state", "came there", "where", "more"):
        table.add_column(column, overflow="fold")
    for hop in found.hops:
        # As Text: a tweet's `[/b]` is no markup.
        table.add_row(*(Text(printable(cell)) for cell in (hop.hop, hop.state, hop.at or "", hop.where, hop.detail)))
    # Without a terminal nothing is folded: another program reads the lines.
    Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE).print(table)
