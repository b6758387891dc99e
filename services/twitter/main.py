"""The twitter service: tweets from a source to Kinesis, Firehose and the data store. Wiring only."""

from __future__ import annotations

import sys

from services.ingest import Plane, run
from tickertape.control.clock import wall_time
from tickertape.lake.keys import RawKind
from tickertape.ports import Source
from tickertape.sources.tape import TapeError, TweetTape
from tickertape.usecases.classify import Classifier, TweetRules, Window, tweet_classifier

NAME = "twitter"


def _reader(plane: Plane) -> tuple[Source, Classifier]:
    settings = plane.settings
    if settings.tape is None:
        raise TapeError("no tape to read: set TICKERTAPE_TAPE to a folder with tweets.jsonl[.gz]")
    source = TweetTape(settings.tape)
    rules = TweetRules(Window(*settings.window()), settings.languages, settings.require_ticker, settings.retweets)
    return source, tweet_classifier(rules, source.name, wall_time)


def main() -> int:
    """Run until stopped; returns the exit code."""
    # People talk at any hour; only an override of the gate stops it.
    return run(NAME, RawKind.TWEETS, lambda _: True, _reader)


if __name__ == "__main__":
    sys.exit(main())
