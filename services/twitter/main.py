"""The twitter service: tweets from a source to Kinesis, Firehose and the data store. Wiring only."""

from __future__ import annotations

import sys

import structlog
from pymongo import MongoClient

from tickertape import logs
from tickertape.aws import NotDeployed, Resources, client
from tickertape.control.clock import RedisClock, wall_time
from tickertape.control.progress import RedisProgress
from tickertape.control.redis_client import connect
from tickertape.lake.keys import RawKind
from tickertape.lake.store import S3Store
from tickertape.settings import BadSettings, load
from tickertape.sinks.firehose import FirehoseSink
from tickertape.sinks.kinesis import KinesisSink
from tickertape.sinks.ledger import LedgerSink
from tickertape.sinks.mongo import MongoSink
from tickertape.sinks.outbox import SqliteOutbox
from tickertape.sources.tape import TapeError, TweetTape
from tickertape.usecases.classify import STAGE, TweetRules, Window, tweet_classifier
from tickertape.usecases.service import run_ingest_service, stop_on_signals

NAME = "twitter"


def main() -> int:
    """Run until stopped; returns the exit code."""
    logs.configure(NAME)
    log = structlog.get_logger()
    try:
        settings = load()
        resources = Resources.from_stack()
        if settings.tape is None:
            raise TapeError("no tape to read: set TICKERTAPE_TAPE to a folder with tweets.jsonl[.gz]")
        source = TweetTape(settings.tape)
        rules = TweetRules(Window(*settings.window()), settings.languages, settings.require_ticker, settings.retweets)
        redis = connect(settings.redis_url.get_secret_value())
        mongo: MongoClient[dict[str, object]] = MongoClient(
            settings.mongo_url.get_secret_value(), serverSelectionTimeoutMS=5000
        )
        return run_ingest_service(
            kind=RawKind.TWEETS,
            source=source,
            classify=tweet_classifier(rules, source.name, wall_time),
            outbox=SqliteOutbox(settings.state_dir / f"{NAME}.db"),
            sinks=[
                KinesisSink(client("kinesis"), resources.tweets_stream),
                FirehoseSink(client("firehose"), resources.tweets_delivery),
                MongoSink(mongo["tickertape"]["tweets"]),
                LedgerSink(S3Store(client("s3"), resources.lake_bucket), STAGE, RawKind.TWEETS),
            ],
            clock=RedisClock(redis),
            progress=RedisProgress(redis, NAME),
            wall=wall_time,
            stop=stop_on_signals(),
        )
    except (BadSettings, NotDeployed, TapeError) as error:
        log.error("cannot_run", service=NAME, why=str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
