"""What the ingest services have in common: settings to sinks, control plane and outbox. Wiring only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import redis
import structlog
from pymongo import MongoClient

from tickertape import logs
from tickertape.aws import NotDeployed, Resources, client
from tickertape.control.clock import RedisClock, wall_time
from tickertape.control.events import RedisEvents
from tickertape.control.flags import RedisFlags
from tickertape.control.gate import RedisGate
from tickertape.control.progress import RedisProgress
from tickertape.control.redis_client import connect
from tickertape.lake.keys import RawKind
from tickertape.lake.store import S3Store
from tickertape.ports.control import Events
from tickertape.ports.delivery import Sink
from tickertape.ports.sources import Source
from tickertape.settings import BadSettings, Settings, load
from tickertape.sinks.firehose import FirehoseSink
from tickertape.sinks.flagged import STAGE as WITHHELD
from tickertape.sinks.flagged import FlaggedSink
from tickertape.sinks.kinesis import KinesisSink
from tickertape.sinks.ledger import LedgerSink
from tickertape.sinks.mongo import BAR_INDEXES, TWEET_INDEXES, Index, MongoSink
from tickertape.sinks.outbox import SqliteOutbox
from tickertape.sources.tape import TapeError
from tickertape.usecases.classify import STAGE, Classifier
from tickertape.usecases.service import run_ingest_service, stop_on_signals

INDEXES: Mapping[RawKind, tuple[Index, ...]] = {RawKind.TWEETS: TWEET_INDEXES, RawKind.BARS: BAR_INDEXES}
_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Plane:
    """What a source may need besides its settings."""

    settings: Settings
    redis: redis.Redis
    events: Events
    gate: RedisGate


Reader = Callable[[Plane], tuple[Source, Classifier]]


def run(name: str, kind: RawKind, off_hours: Callable[[Settings], bool], reader: Reader) -> int:
    """Run one ingest service until it is stopped; returns the exit code.

    Args:
        off_hours: whether events outside the exchange's sessions are wanted.
        reader: makes the source and the classifier of its records.
    """
    logs.configure(name)
    log = structlog.get_logger()
    try:
        settings = load()
        names = Resources.from_stack()
        control = connect(settings.redis_url.get_secret_value())
        clock = RedisClock(control)
        events = RedisEvents(control, name, clock.now)
        gate = RedisGate(control, name, clock, follows_market=name in settings.gated, off_hours=off_hours(settings))
        source, classify = reader(Plane(settings, control, events, gate))
        mongo: MongoClient[dict[str, object]] = MongoClient(
            settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        lake, flags = S3Store(client("s3"), names.lake_bucket), RedisFlags(control)
        streams = {
            RawKind.TWEETS: (names.tweets_stream, names.tweets_delivery),
            RawKind.BARS: (names.stock_stream, names.bars_delivery),
        }
        stream, delivery_stream = streams[kind]
        outputs: list[Sink] = [
            KinesisSink(client("kinesis"), stream),
            FirehoseSink(client("firehose"), delivery_stream),
            MongoSink(mongo["tickertape"][kind], INDEXES[kind]),
        ]
        withheld = LedgerSink(lake, WITHHELD, kind)
        return run_ingest_service(
            kind=kind,
            source=source,
            classify=classify,
            outbox=SqliteOutbox(settings.state_dir / f"{name}.db", settings.outbox_mb * _BYTES),
            sinks=[
                *(FlaggedSink(sink, kind, flags, withheld, events, wall_time) for sink in outputs),
                LedgerSink(lake, STAGE, kind),
            ],
            clock=clock,
            gate=gate,
            progress=RedisProgress(control, name, source.name),
            events=events,
            wall=wall_time,
            stop=stop_on_signals(),
        )
    except (BadSettings, NotDeployed, TapeError) as error:
        log.error("cannot_run", service=name, why=str(error))
        return 1
