"""Predictions as tables: what is said of each ticker now, how each model fared, and what came of one ticker's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from dashboard.components.tables import Cell, plain_table
from dashboard.components.times import moment
from dashboard.figures.predictions import outcome_words
from dashboard.queries.predictions import PredictedSeries, total
from dashboard.wording import NOTHING, count, percent
from tickertape.domain.analysis.predictions import Prediction, Record

_LISTED = 12


def now_table(series: Sequence[PredictedSeries], learners: Mapping[str, str]) -> Component:
    """A row for each ticker: the end of its newest candle, and what each model says comes next.

    Args:
        learners: their titles, in order.
    """
    rows = [_now_row(each, learners) for each in series]
    return plain_table("What is said now", ["Ticker", "Candle ended", *learners.values()], rows, texts=(0, 1, 2, 3))


def _now_row(series: PredictedSeries, learners: Mapping[str, str]) -> list[Cell]:
    newest = max((told.newest.at for told in series.learners.values()), default=None)
    said = [series.learners[name].newest if name in series.learners else None for name in learners]
    return [series.ticker, moment(newest) if newest else NOTHING, *(says(each) if each else NOTHING for each in said)]


def says(said: Prediction) -> str:
    """A prediction in words that need no colour: `▲ up, 54.2 %`."""
    return f"▲ up, {percent(said.chance)}" if said.up else f"▼ down, {percent(1 - said.chance)}"


def record_table(series: Sequence[PredictedSeries], learners: Mapping[str, str]) -> Component:
    """A row for each model over all tickers, with what always saying up would have got right beside it."""
    rows = []
    for name, title in learners.items():
        record = total([each.learners[name].record for each in series if name in each.learners])
        rows.append(_record_row(title, record))
    heads = ["Model", "Said", "Known", "Right", "Always up", "Brier score"]
    return plain_table("How it fared so far", heads, rows)


def _record_row(title: str, record: Record) -> list[Cell]:
    shares = [percent(part / record.scored) if record.scored else NOTHING for part in (record.right, record.ups)]
    brier = NOTHING if record.brier is None else f"{record.brier:.3f}"
    return [title, count(record.made), count(record.scored), *shares, brier]


def list_table(predictions: Sequence[Prediction]) -> Component:
    """The newest predictions of a ticker by one model, the newest first; those said afterwards say so."""
    rows: list[list[Cell]] = [
        [moment(each.at), says(each), outcome_words(each), [moment(each.said_at), _late(each)]]
        for each in reversed(predictions[-_LISTED:])
    ]
    heads = ["Candle ended", "Said of the next", "What came", "Said at"]
    return plain_table("The newest predictions", heads, rows, texts=(0, 1, 2, 3))


def _late(said: Prediction) -> str:
    is_late = said.known_at is not None and said.said_at >= said.known_at
    return ", afterwards" if is_late else ""
