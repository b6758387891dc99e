"""The stocks service: bars from a source to Kinesis, Firehose and the data store. Wiring only."""

from __future__ import annotations

import sys

from services.ingest import Plane, run
from tickertape.control.clock import wall_time
from tickertape.lake.keys import RawKind
from tickertape.ports import Source
from tickertape.sources.tape import BarTape, TapeError, bar_interval
from tickertape.usecases.classify import Classifier, Window, bar_classifier

NAME = "stocks"


def _reader(plane: Plane) -> tuple[Source, Classifier]:
    settings = plane.settings
    if settings.tape is None:
        raise TapeError("no tape to read: set TICKERTAPE_TAPE to a folder with bars*.csv[.gz]")
    source = BarTape(settings.tape)
    return source, bar_classifier(Window(*settings.window()), source.name, bar_interval, wall_time)


def main() -> int:
    """Run until stopped; returns the exit code."""
    return run(NAME, RawKind.BARS, lambda settings: settings.off_hours_bars == "keep", _reader)


if __name__ == "__main__":
    sys.exit(main())
