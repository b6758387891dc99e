"""The twitter service: tweets from a source to Kinesis, Firehose and the data store. Wiring only."""

from __future__ import annotations

import sys

from services.ingest import Plane, run
from services.twitter.sources import build_rules, build_source
from tickertape.control.clock import wall_time
from tickertape.lake.keys import RawKind
from tickertape.ports.sources import Source
from tickertape.usecases.classify import Classifier, tweet_classifier

NAME = "twitter"


def _reader(plane: Plane) -> tuple[Source, Classifier]:
    rules = build_rules(plane.settings, plane.events)
    source = build_source(plane.settings, plane.redis, plane.events, rules)
    return source, tweet_classifier(rules, source.name, wall_time)


def main() -> int:
    """Run until stopped; returns the exit code."""
    # People talk at any hour; only an override of the gate stops it.
    return run(NAME, RawKind.TWEETS, lambda _: True, _reader)


if __name__ == "__main__":
    sys.exit(main())
