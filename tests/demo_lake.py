"""The demo tape's mentions, bars, candles and features as the batch would write them, without a stack."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from tests import price_tables
from tickertape.domain.enrich import enrich
from tickertape.domain.rejects import Reject
from tickertape.domain.scorers import TextBlob
from tickertape.lake.keys import Table, table_prefix
from tickertape.lake.tables import SCHEMAS, folder_names
from tickertape.sources.tape import BarTape, TweetTape, bar_interval
from tickertape.usecases.classify import Accepted, TweetRules, Window, bar_classifier, tweet_classifier

DEMO = Path(__file__).parents[1] / "fixtures" / "demo"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def write_demo_lake(root: Path) -> None:
    """Write those of `curated/` below a folder."""
    mentions, bars = _table(Table.MENTIONS, _mentions()), _table(Table.BARS, _bars())
    candles = price_tables.candles(bars)
    features = price_tables.features(candles, mentions)
    _write(root, Table.MENTIONS, mentions)
    _write(root, Table.BARS, bars)
    _write(root, Table.CANDLES, _table(Table.CANDLES, candles.to_pylist()))
    _write(root, Table.FEATURES, _table(Table.FEATURES, features.to_pylist()))


@cache
def demo_tweets() -> tuple[dict[str, Any], ...]:
    """The demo tape's tweets, each once, as enrichment writes them."""
    classify = tweet_classifier(TweetRules(), "tape", lambda: _NOW)
    scorer = TextBlob()
    found: dict[str, dict[str, Any]] = {}
    for record in TweetTape(DEMO).read({}):
        decided = classify(record)
        if not isinstance(decided, Accepted) or decided.event_id in found:
            continue
        enriched = enrich(decided.line, scorer, "test", "2026-01-01T00:00:00Z")
        if not isinstance(enriched, Reject):
            found[decided.event_id] = enriched.to_event()
    return tuple(found.values())


def _mentions() -> Iterable[dict[str, Any]]:
    for event in demo_tweets():
        for ticker in event["tickers"]:
            yield {
                **event,
                "ticker": ticker,
                "author_id": event["author"]["id"],
                "created_at": _time(event["created_at"]),
            }


def _bars() -> Iterable[dict[str, Any]]:
    classify = bar_classifier(Window(), "tape", bar_interval, lambda: _NOW)
    decided = {one.event_id: one for one in map(classify, BarTape(DEMO).read({})) if isinstance(one, Accepted)}
    for one in decided.values():
        event = json.loads(one.line)
        yield {**event, "ts": _time(event["ts"])}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _table(table: Table, rows: Iterable[dict[str, Any]]) -> pa.Table:
    moment = "created_at" if table is Table.MENTIONS else "ts"
    dated = [
        {**row, "year": row[moment].year, "month": row[moment].month, "day": row[moment].day, "hour": row[moment].hour}
        for row in rows
    ]
    return pa.Table.from_pylist(dated, schema=SCHEMAS[table])


def _write(root: Path, table: Table, written: pa.Table) -> None:
    partitioning = ds.partitioning(
        pa.schema([written.schema.field(name) for name in folder_names(table)]), flavor="hive"
    )
    ds.write_dataset(written, root / table_prefix(table), format="parquet", partitioning=partitioning)
