"""From `stock_stream_data` to `stock_sma_stream` and the table `prices`: each bar with its moving averages.

An average is a function of the bars in the table, so that repeated, late and replayed bars come to the same numbers:
the bars that came are merged with the stored ones around them, and every bar whose window they touch is computed again.
"""

from __future__ import annotations

import base64
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from tickertape.aws import client
from tickertape.domain.averages import WINDOWS, simple_moving_averages
from tickertape.domain.bar import Bar
from tickertape.domain.packing import KINESIS, Packed, calls, pack, unpack
from tickertape.domain.rejects import BadRecord, Reason
from tickertape.domain.times import format_utc
from tickertape.serving.keys import price_key, price_partition, series_key
from tickertape.serving.store import Unprocessed, query, write_items

# A bar's averages reach this many bars back, and this many bars forward lean on it.
_REACH = max(WINDOWS) - 1
_ATTEMPTS = 5


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
    """
    lines = [line for record in event["Records"] for line in unpack(base64.b64decode(record["kinesis"]["data"]))]
    series: dict[tuple[str, str], list[Bar]] = defaultdict(list)
    for bar in _bars(lines):
        series[bar.symbol, bar.interval].append(bar)
    averaged = [item for bars in series.values() for item in _averaged(bars)]
    table = os.environ["PRICES_TABLE"]
    write_items(_dynamodb(), table, ("symbol_interval", "ts"), averaged)
    write_items(_dynamodb(), table, ("symbol_interval", "ts"), [_series_item(bars) for bars in series.values()])
    _publish(averaged)
    return {"lines": len(lines), "items": len(averaged)}


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


def _averaged(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """The items of one series that these bars add or change."""
    symbol, interval = bars[0].symbol, bars[0].interval
    first, last = (format_utc(moment) for moment in (min(bar.ts for bar in bars), max(bar.ts for bar in bars)))
    before = _stored(symbol, interval, "0000", first, newest_first=True, limit=_REACH + 1)
    within = _stored(symbol, interval, first, last)
    after = _stored(symbol, interval, last, "9999", limit=_REACH + 1)
    stored = {item["ts"]: item for item in [*before, *within, *after]}
    known = stored | {format_utc(bar.ts): _item(bar) for bar in bars}
    times = sorted(known)
    averages = simple_moving_averages([known[ts]["close"] for ts in times])
    return [
        known[ts] | {f"sma_{window}": value for window, value in at_ts.items()}
        for ts, at_ts in zip(times, averages, strict=True)
        if ts >= first
    ]


def _stored(symbol: str, interval: str, low: str, high: str, **how: Any) -> list[dict[str, Any]]:
    partition = ("symbol_interval", price_partition(symbol, interval))
    return query(_dynamodb(), os.environ["PRICES_TABLE"], partition, sort=("ts", low, high), **how)


def _item(bar: Bar) -> dict[str, Any]:
    event = bar.to_event()
    return event | price_key(bar.symbol, bar.interval, bar.ts)


def _series_item(bars: Sequence[Bar]) -> dict[str, Any]:
    newest = max(bars, key=lambda bar: bar.ts)
    key = series_key(newest.symbol, newest.interval)
    return key | {"symbol": newest.symbol, "interval": newest.interval, "last_ts": format_utc(newest.ts)}


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
