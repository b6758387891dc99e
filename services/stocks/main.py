"""The stocks service: bars from a source to Kinesis, Firehose and the data store. Wiring only."""

from __future__ import annotations

import sys
from datetime import date

from services.ingest import Plane, run
from services.stocks.sources import FILES, build_source, interval_of
from tickertape.control.clock import wall_time
from tickertape.domain.splits import KnownSplits, Split
from tickertape.lake.keys import RawKind
from tickertape.ports.sources import Source
from tickertape.sources.splits_file import known_splits
from tickertape.usecases.classify import Classifier, Window, bar_classifier

NAME = "stocks"


def _reader(plane: Plane) -> tuple[Source, Classifier]:
    settings = plane.settings
    splits = known_splits(settings.tape) if settings.tape and settings.bars_source in FILES else KnownSplits(())

    def on_split(symbol: str, ex_date: date, ratio: float) -> None:
        splits.add(Split(symbol, ex_date, ratio))
        plane.events.emit("split_seen", symbol=symbol, ex_date=ex_date.isoformat(), ratio=ratio)

    source = build_source(settings, plane.redis, plane.events, plane.gate.is_open, on_split)
    return source, bar_classifier(Window(*settings.window()), source.name, interval_of(settings), wall_time, splits)


def main() -> int:
    """Run until stopped; returns the exit code."""
    return run(NAME, RawKind.BARS, lambda settings: settings.off_hours_bars == "keep", _reader)


if __name__ == "__main__":
    sys.exit(main())
