"""From `stock_stream_data` to `stock_sma_stream` and the table `prices`: each bar with its moving averages.

Minutes also become bars of five minutes and of days, marked `derived`, with averages of their own. The table is the
only state: what is written is a function of the bars in it and the ones that came, so repeated, late and replayed bars
come to the same numbers.
"""

from __future__ import annotations

import base64
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

from tickertape.aws import client
from tickertape.domain.averages import WINDOWS, parse_windows
from tickertape.domain.bar import Bar
from tickertape.domain.packing import KINESIS, Packed, calls, pack, unpack
from tickertape.domain.price_series import WRITTEN_AT_ONCE, Point, Update, history_length, one_a_time, update
from tickertape.domain.rejects import BadRecord, Reason
from tickertape.domain.resample import DERIVED, MINUTE, Bucket, bucket, resample
from tickertape.domain.times import format_utc
from tickertape.serving.keys import price_partition
from tickertape.serving.prices import price_item, price_point, series_item
from tickertape.serving.store import Unprocessed, query, write_items

_ATTEMPTS = 5
# How many stored bars are read ahead at a time: a trading day of minutes and a bit.
_AHEAD = 500
_END = "9999"
_KEY = ("symbol_interval", "ts")
Series = tuple[str, str]  # symbol and interval


@cache
def _dynamodb() -> Any:
    return client("dynamodb")


@cache
def _kinesis() -> Any:
    return client("kinesis")


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Average one batch of Kinesis records.

    Raises:
        Unprocessed: DynamoDB or the stream did not take everything; the batch comes again.
        ValueError: WINDOWS is no list of windows.
    """
    windows = parse_windows(os.environ["WINDOWS"]) if "WINDOWS" in os.environ else WINDOWS
    lines = [line for record in event["Records"] for line in unpack(base64.b64decode(record["kinesis"]["data"]))]
    new: dict[Series, list[Point]] = defaultdict(list)
    for bar in _bars(lines):
        new[bar.symbol, bar.interval].append(Point(bar))
    updates = _updates(new, windows)
    items = [price_item(point) for found in updates for point in found.changed]
    # Before the table: when the batch comes again, what the table has already is not published any more.
    _publish(items)
    _store(updates)
    return {"lines": len(lines), "items": len(items)}


def _bars(lines: Iterable[bytes]) -> Iterable[Bar]:
    for line in lines:
        try:
            event = json.loads(line)
            if not isinstance(event, dict):
                raise BadRecord(Reason.UNKNOWN_SHAPE, f"an event was expected, {type(event).__name__} came")
            yield Bar.from_event(event)
        except ValueError as bad:  # BadRecord is one
            # The lake has the line as well; here it must not block the shard.
            print(json.dumps({"event": "bar_skipped", "why": str(bad)[:200]}))


def _updates(new: Mapping[Series, Sequence[Point]], windows: Sequence[int]) -> list[Update]:
    """What the new points change, minutes first: they make points of the other series."""
    waiting = defaultdict(list, {series: list(points) for series, points in new.items()})
    found = []
    for symbol, interval in list(new):
        if interval == MINUTE:
            minutes = one_a_time(waiting.pop((symbol, interval)))
            changes, derived = _minutes(symbol, minutes, windows)
            found.append(changes)
            for bar in derived:
                waiting[symbol, bar.interval].append(Point(bar, derived=True))
    for series, points in waiting.items():
        coming = one_a_time(points)
        first = next(iter(coming.values())).bar
        stored = _stored_from(series, format_utc(first.ts))
        found.append(update(_history(first, [], windows), stored, coming, windows))
    return found


def _minutes(symbol: str, new: dict[datetime, Point], windows: Sequence[int]) -> tuple[Update, list[Bar]]:
    """What new minutes change among the minutes, and the longer bars they belong to, made of all their minutes."""
    touched = {
        (name, found) for point in new.values() for name in DERIVED if (found := bucket(name, point.bar.ts)) is not None
    }
    since = min([*(found.since for _, found in touched), next(iter(new))])
    until = max([*(found.until for _, found in touched), next(reversed(new))])
    stored = _stored_from((symbol, MINUTE), format_utc(since))
    around = list(_up_to(until, stored))
    earlier = [point for point in around if point.bar.ts < next(iter(new))]
    history = _history(next(iter(new.values())).bar, earlier, windows)
    changes = update(history, chain(around[len(earlier) :], stored), new, windows)
    known = one_a_time([*around, *new.values()])
    return changes, list(_derived([point.bar for point in known.values()], touched))


def _up_to(until: datetime, stored: Iterator[Point]) -> Iterator[Point]:
    """The stored points up to that time, and one more where there is one: it was read and must not be lost."""
    for point in stored:
        yield point
        if point.bar.ts > until:
            return


def _derived(minutes: Sequence[Bar], touched: Set[tuple[str, Bucket]]) -> Iterator[Bar]:
    # Around a touched bucket others are known in part only.
    wanted = {(interval, found.ts) for interval, found in touched}
    for interval in DERIVED:
        yield from (bar for bar in resample(minutes, interval) if (interval, bar.ts) in wanted)


def _history(first: Bar, earlier: Sequence[Point], windows: Sequence[int]) -> list[Point]:
    """The points before `first` that its averages need; `earlier` are those right before it, if any were read yet."""
    needed = history_length(windows)
    if len(earlier) >= needed:
        return list(earlier[-needed:])
    oldest = format_utc((earlier[0].bar if earlier else first).ts)
    # The bound itself is included, and is not wanted.
    items = _query((first.symbol, first.interval), "0000", oldest, newest_first=True, limit=needed - len(earlier) + 1)
    before = [price_point(item) for item in reversed(items) if item["ts"] != oldest]
    return [*before, *earlier][-needed:]


def _stored_from(series: Series, low: str) -> Iterator[Point]:
    """The stored points from `low` on, read piece by piece as they are asked for."""
    read: str | None = None
    while True:
        # The bound itself is included, and was read before.
        items = _query(series, read or low, _END, limit=_AHEAD)
        yield from (price_point(item) for item in items if item["ts"] != read)
        if len(items) < _AHEAD:
            return
        read = items[-1]["ts"]


def _query(series: Series, low: str, high: str, **how: Any) -> list[dict[str, Any]]:
    partition = ("symbol_interval", price_partition(*series))
    return query(_dynamodb(), os.environ["PRICES_TABLE"], partition, sort=("ts", low, high), **how)


def _store(updates: Sequence[Update]) -> None:
    table = os.environ["PRICES_TABLE"]
    for found in updates:
        # From the end: `Update.later` says why.
        for end in range(len(found.later), 0, -WRITTEN_AT_ONCE):
            some = found.later[max(0, end - WRITTEN_AT_ONCE) : end]
            write_items(_dynamodb(), table, _KEY, map(price_item, some))
    items = [price_item(point) for found in updates for point in found.within]
    # When nothing changed, the entries are there, unless an earlier try was cut off before them.
    write_items(_dynamodb(), table, _KEY, [*items, *(series_item(found.newest) for found in updates if found.newest)])


def _publish(items: Sequence[dict[str, Any]]) -> None:
    lines = ((item["symbol"], json.dumps(item, separators=(",", ":")).encode()) for item in items)
    for call in calls(pack(lines, KINESIS), KINESIS):
        waiting: list[Packed] = call
        for _ in range(_ATTEMPTS):
            waiting = _put(waiting)
            if not waiting:
                break
        else:
            raise Unprocessed(f"{len(waiting)} of {len(call)} records of {os.environ['SMA_STREAM']}")


def _put(records: Sequence[Packed]) -> list[Packed]:
    answer = _kinesis().put_records(
        StreamName=os.environ["SMA_STREAM"],
        Records=[{"Data": record.data, "PartitionKey": record.key} for record in records],
    )
    return [record for record, put in zip(records, answer["Records"], strict=True) if "ErrorCode" in put]
