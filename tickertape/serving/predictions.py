"""Predictions in DynamoDB: a partition a series, and one that lists the series with how they fared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tickertape.domain.analysis.predictions import Came, Prediction, Record, record
from tickertape.domain.times import format_utc, parse_utc
from tickertape.ports.predictions import PredictionsAway
from tickertape.serving.keys import predicted_series_key, prediction_key, prediction_partition
from tickertape.serving.store import Unprocessed, query, write_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = ("series", "at_learner")


def prediction_item(said: Prediction) -> dict[str, Any]:
    """A prediction as an item; what is not known yet is left out."""
    return {
        **prediction_key(said.ticker, said.interval, said.at, said.learner),
        "model": said.model,
        "up": said.up,
        "chance": said.chance,
        "said_at": format_utc(said.said_at),
        "came": said.came.value if said.came else None,
        "known_at": format_utc(said.known_at) if said.known_at else None,
    }


def read_prediction(item: Mapping[str, Any]) -> Prediction:
    """Read what `prediction_item` wrote."""
    ticker, interval = item["series"].rsplit("#", 1)
    at, learner = item["at_learner"].split("#")
    known_at = item.get("known_at")
    return Prediction(
        ticker=ticker,
        interval=interval,
        learner=learner,
        at=parse_utc(at),
        model=item["model"],
        up=bool(item["up"]),
        chance=float(item["chance"]),
        said_at=parse_utc(item["said_at"]),
        came=Came(item["came"]) if item.get("came") else None,
        known_at=parse_utc(known_at) if known_at else None,
    )


@dataclass(frozen=True, slots=True)
class LearnerRecord:
    """What one learner said of a series last, and how it fared."""

    newest: Prediction
    record: Record


def series_summary(ticker: str, interval: str, predictions: Sequence[Prediction]) -> dict[str, Any]:
    """The entry of a series: by learner, what it said last and how it fared."""
    ordered = sorted(predictions, key=lambda each: (each.learner, each.at))
    learners = {}
    for learner, part in groupby(ordered, key=lambda each: each.learner):
        said = list(part)
        learners[learner] = {"newest": prediction_item(said[-1]), "record": asdict(record(said))}
    return {**predicted_series_key(ticker, interval), "learners": learners}


def read_summary(item: Mapping[str, Any]) -> dict[str, LearnerRecord]:
    """The learners of an entry, by name."""
    return {
        name: LearnerRecord(read_prediction(told["newest"]), Record(**{"brier": None, **told["record"]}))
        for name, told in item["learners"].items()
    }


@dataclass(frozen=True, slots=True)
class DynamoPredictions:
    """The PredictionStore port."""

    client: DynamoDBClient
    table: str

    def of(self, ticker: str, interval: str) -> Sequence[Prediction]:
        """Every prediction of a series, by time and learner."""
        try:
            items = query(self.client, self.table, ("series", prediction_partition(ticker, interval)))
        except (BotoCoreError, ClientError) as error:
            raise _away(error) from error
        return [read_prediction(item) for item in items]

    def put(self, predictions: Sequence[Prediction]) -> None:
        """Keep predictions; one of the same series, learner and time is replaced."""
        self._write([prediction_item(each) for each in predictions])

    def summarise(self, ticker: str, interval: str, predictions: Sequence[Prediction]) -> None:
        """Keep how a series fared and what was said last."""
        self._write([series_summary(ticker, interval, predictions)])

    def _write(self, items: Sequence[dict[str, Any]]) -> None:
        try:
            write_items(self.client, self.table, _KEY, items)
        except (BotoCoreError, ClientError, Unprocessed) as error:
            raise _away(error) from error


def _away(error: Exception) -> PredictionsAway:
    return PredictionsAway(f"the table of predictions does not answer ({type(error).__name__}: {error})")
