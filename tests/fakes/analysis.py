"""A table of features with a signal or without one, and a place for models in memory."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tickertape.domain.analysis.models import Model
from tickertape.domain.analysis.observations import Row
from tickertape.domain.analysis.results import AnalysisResult
from tickertape.domain.times import format_utc, parse_utc
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS, folder_names
from tickertape.ports.analysis import AnalysisFailed

FIRST = datetime(2014, 1, 2, 21, tzinfo=UTC)


def feature_rows(
    moments: int, tickers: Sequence[str] = ("AAPL", "KO"), *, signal: float = 0.0, interval: str = "1d", seed: int = 1
) -> list[dict[str, Any]]:
    """Rows as the table `features` has them, of made-up tickers.

    Args:
        signal: how much of the next return the polarity of the talk tells, from 0 to 1.
    """
    dice = random.Random(seed)
    step = timedelta(days=1) if interval == "1d" else timedelta(hours=1)
    rows = []
    for ticker in tickers:
        moods = [dice.uniform(-1, 1) for _ in range(moments)]
        news = [dice.gauss(0, 0.01) for _ in range(moments + 1)]
        returns = [
            *news[:1],
            *(0.015 * signal * mood + (1 - signal) * new for mood, new in zip(moods, news[1:], strict=True)),
        ]
        for place in range(moments):
            mentions = dice.randrange(1, 40)
            positive = round(mentions * (moods[place] + 1) / 2)
            rows.append(
                {
                    "ticker": ticker,
                    "interval": interval,
                    "ends_at": format_utc(FIRST + place * step),
                    "mentions": mentions,
                    "authors": max(1, mentions - dice.randrange(5)),
                    "positive": positive,
                    "negative": mentions - positive,
                    "polarity": moods[place],
                    "spam_share": 0.0,
                    "volume": dice.uniform(1e6, 2e6),
                    "log_return": returns[place],
                    "volatility": 0.01 if place >= 20 else None,
                    "past_log_return": returns[place - 1] if place else None,
                    "past_log_return_5": sum(returns[place - 5 : place]) if place >= 5 else None,
                    "past_volume": 1.5e6 if place >= 20 else None,
                    "next_log_return": returns[place + 1] if place + 1 < moments else None,
                }
            )
    return rows


def features_file(rows: Sequence[Row]) -> bytes:
    """A file of the table `features` with these rows; columns that they lack are null."""
    schema = SCHEMAS[Table.FEATURES]
    inside = pa.schema([field for field in schema if field.name not in folder_names(Table.FEATURES)])
    timed = [{**row, "ends_at": parse_utc(row["ends_at"])} for row in rows]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(timed, schema=inside), file)
    return file.getvalue()


class ListFeatures:
    """The FeatureTable port over a list."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def rows(self) -> Sequence[Row]:
        return self._rows


class MemoryModels:
    """The ModelStore port."""

    def __init__(self) -> None:
        self.models: dict[tuple[str, str], Model] = {}
        self.cards: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.results: list[AnalysisResult] = []

    def put_model(self, name: str, version: str, model: Model, card: Mapping[str, Any]) -> None:
        self.models[name, version] = model
        self.cards[name, version] = card

    def model(self, name: str, version: str) -> Model:
        if (name, version) not in self.models:
            raise AnalysisFailed(f"there is no model {name} of version {version}")
        return self.models[name, version]

    def put_result(self, result: AnalysisResult) -> None:
        self.results.append(result)

    def newest_result(self) -> AnalysisResult | None:
        return max(self.results, key=lambda result: result.version, default=None)
