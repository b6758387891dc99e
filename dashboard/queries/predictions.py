"""What was predicted and how that fared, from the serving store; and why there may be nothing of it, from Redis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import redis

from dashboard.queries.reader import SLOW_S, ServingReader
from tickertape.control.progress import read_progress
from tickertape.domain.analysis.predictions import Prediction, Record
from tickertape.serving.keys import predicted_series, prediction_partition
from tickertape.serving.predictions import LearnerRecord, read_prediction, read_summary

SERVICE = "analysis"
# More tickers than these have predictions only where somebody follows the whole market.
MAX_SERIES = 500
# Of one ticker, by every learner.
MAX_SHOWN = 240


@dataclass(frozen=True, slots=True)
class PredictedSeries:
    """A ticker over candles of one length: by learner, what was said last and how it fared."""

    ticker: str
    learners: Mapping[str, LearnerRecord]


def predicted_tickers(reader: ServingReader, interval: str) -> list[PredictedSeries]:
    """Every ticker that something was said of, by name. One Query."""
    partition = ("series", predicted_series(interval))
    items = reader.query("predictions_table", partition, refresh_s=SLOW_S, limit=MAX_SERIES)
    return [PredictedSeries(str(item["at_learner"]), read_summary(item)) for item in items]


def newest_predictions(reader: ServingReader, ticker: str, interval: str) -> list[Prediction]:
    """What was said of a ticker last, the oldest first, at most `MAX_SHOWN`. One Query."""
    items = reader.query(
        "predictions_table",
        ("series", prediction_partition(ticker, interval)),
        refresh_s=SLOW_S,
        newest_first=True,
        limit=MAX_SHOWN,
    )
    return [read_prediction(item) for item in reversed(items)]


def total(records: Sequence[Record]) -> Record:
    """Several records as one; the Brier score is the mean over all that were scored."""
    scored = sum(each.scored for each in records)
    losses = sum((each.brier or 0.0) * each.scored for each in records)
    return Record(
        made=sum(each.made for each in records),
        scored=scored,
        right=sum(each.right for each in records),
        ups=sum(each.ups for each in records),
        brier=losses / scored if scored else None,
    )


def why_silent(client: redis.Redis, interval: str) -> str:
    """Why nothing was said yet, and what to do, for a person.

    Raises:
        redis.RedisError: it does not answer.
    """
    progress = read_progress(client, SERVICE)
    if not progress:
        return (
            "The analysis service, which makes the predictions, is not part of this stack. Start it along: "
            "`COMPOSE_PROFILES=analysis make up`."
        )
    if problem := progress.get("problem"):
        return f"The analysis service cannot predict: {problem}. See `tickertape logs analysis`."
    if few := _few(progress.get("unlearnt", ""), interval):
        unit = {"1h": "hours", "1d": "sessions"}[interval]
        return (
            f"There are {few} {unit} whose next one is known, too few to learn from. Go on, or play a longer tape: "
            "`make up TAPE=folder`."
        )
    return "Nothing has been predicted yet. That takes prices, and a run of the batch after they came in."


def _few(unlearnt: str, interval: str) -> str:
    """The number in `1h: 5, 1d: 2` of that interval; '' without one."""
    told = dict(part.split(": ") for part in unlearnt.split(", ") if part)
    return told.get(interval, "")
