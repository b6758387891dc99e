"""`tickertape redrive`: brings what AWS has lost, or a flag withheld, from the data store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickertape.cli.console import LiveReport, fail, print_json, utc_option

if TYPE_CHECKING:
    from tickertape.cli.evidence import Station
    from tickertape.lake.keys import RawKind
    from tickertape.settings import Settings

_BATCH_S = 1800.0


def redrive(
    since: Annotated[str | None, typer.Option("--from", help="Events from this time on.", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Events up to this time.", metavar="TIME")] = None,
    run_batch: Annotated[bool, typer.Option("--batch/--no-batch", help="Run the batch afterwards.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Send again what the data store has and the streams' tables or the lake have not, then run the batch.

    An emulator that was killed has forgotten its streams and tables: this makes them whole. Nothing is doubled.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from pymongo.errors import PyMongoError
    from redis import RedisError

    from tickertape.aws import NotDeployed
    from tickertape.cli.context import attach
    from tickertape.control.batch import BatchFailed
    from tickertape.lake.keys import RawKind
    from tickertape.ports.delivery import SinkUnavailable

    window = utc_option("--from", since), utc_option("--to", until)
    settings = attach()
    try:
        with LiveReport(beside=as_json) as report:
            given: dict[str, dict[str, int]] = {}
            for kind in RawKind:
                report.show(f"comparing the {kind} of the data store, the lake and the tables")
                given[kind] = _redrive(settings, kind, *window)
            if run_batch:
                report.show("the batch runs in Spark")
                _batch(settings)
    except (NotDeployed, BatchFailed, SinkUnavailable) as error:
        fail(str(error))
    except (BotoCoreError, ClientError, PyMongoError, RedisError) as error:
        fail(f"a store does not answer ({error}): `tickertape status` says which")
    if as_json:
        print_json(given)
        return
    for kind_name, counts in given.items():
        typer.echo(f"{kind_name}: " + ", ".join(f"{count:,} to {sink}" for sink, count in counts.items()))
    typer.echo("`tickertape verify` proves that everything is there")


def _redrive(settings: Settings, kind: RawKind, since: datetime | None, until: datetime | None) -> dict[str, int]:
    from pymongo import MongoClient

    from tickertape.aws import client
    from tickertape.cli.evidence import station
    from tickertape.lake.keys import RawKind
    from tickertape.ports.delivery import Sink
    from tickertape.sinks.firehose import FirehoseSink
    from tickertape.sinks.kinesis import KinesisSink
    from tickertape.sinks.mongo import stored_events
    from tickertape.usecases.redrive import redrive as deliver

    place = station(settings)
    names = place.resources
    streams = {
        RawKind.TWEETS: (names.tweets_stream, names.tweets_delivery),
        RawKind.BARS: (names.stock_stream, names.bars_delivery),
    }
    stream, delivery_stream = streams[kind]
    sinks: dict[str, Sink] = {
        "kinesis": KinesisSink(client("kinesis"), stream),
        "firehose": FirehoseSink(client("firehose"), delivery_stream),
    }
    mongo: MongoClient[dict[str, Any]] = MongoClient(
        settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
    )
    with mongo:
        return deliver(
            _entries(kind, stored_events(mongo["tickertape"][kind], kind, since, until)), sinks, _missing(place, kind)
        )


def _missing(place: Station, kind: RawKind) -> dict[str, set[str]]:
    """By sink, the ids that are stored and did not arrive; a tweet that is nothing but links arrives nowhere."""
    evidence = place.evidence(kind, None)
    stored = set(evidence.stored)
    away = {reject.event_id for reject in evidence.transformed_away}
    return {
        "firehose": stored - set(evidence.lake) - away,
        "kinesis": stored - set(evidence.served) - away,
    }


def _entries(kind: RawKind, events: Iterator[dict[str, Any]]) -> Iterator[Any]:
    from tickertape.domain.tweet import encode_line
    from tickertape.lake.keys import RawKind
    from tickertape.ports.delivery import Entry
    from tickertape.usecases.classify import tweet_partition_key

    for event in events:
        event_id = str(event.pop("_id"))
        key = tweet_partition_key(event_id) if kind is RawKind.TWEETS else str(event["symbol"])
        yield Entry(0, False, event_id, key, encode_line(event))


def _batch(settings: Settings) -> None:
    from tickertape.control.batch import request_run, wait_for_run
    from tickertape.control.redis_client import connect

    control = connect(settings.redis_url.get_secret_value())
    wait_for_run(control, request_run(control), _BATCH_S)
