"""The analysis service: predicts the next candle from prices and talk, and scores it later. Wiring only."""

from __future__ import annotations

import os
import sys
import time

import redis
import structlog

from services.analysis.keeper import Keeper
from tickertape import logs
from tickertape.analysis.lake_features import LakeFeatures
from tickertape.analysis.lake_models import LakeModels
from tickertape.analysis.scikit import LogisticLearner
from tickertape.aws import NotDeployed, Resources, client
from tickertape.control.clock import RedisClock
from tickertape.control.events import RedisEvents
from tickertape.control.progress import RedisProgress
from tickertape.control.redis_client import connect
from tickertape.lake.deployed import open_lake
from tickertape.lake.store import S3Store
from tickertape.lake.tables import s3_filesystem
from tickertape.lake.views import LakeTables
from tickertape.serving.predictions import DynamoPredictions
from tickertape.settings import BadSettings, load
from tickertape.usecases.predict import Predictor
from tickertape.usecases.service import stop_on_signals

NAME = "analysis"
_TURN_S = 1.0
# What the tape brings in, and the batch, come first.
_NICE = 10


def main() -> int:
    """Run until stopped; returns the exit code."""
    logs.configure(NAME)
    log = structlog.get_logger()
    os.nice(_NICE)
    try:
        settings = load()
        control = connect(settings.redis_url.get_secret_value())
        lake = s3_filesystem(settings.aws_endpoint_url, settings.aws_region)
        resources = Resources.from_stack()
        clock, stop = RedisClock(control), stop_on_signals()
        keeper = Keeper(
            client=control,
            predictor=Predictor(
                features=LakeFeatures(LakeTables(*open_lake(lake))),
                learners=(LogisticLearner(talk=False), LogisticLearner(talk=True)),
                models=LakeModels(S3Store(client("s3"), resources.lake_bucket)),
                store=DynamoPredictions(client("dynamodb"), resources.predictions_table),
            ),
            clock=clock,
            events=RedisEvents(control, NAME, clock.now),
            progress=RedisProgress(control, NAME),
            monotonic=time.monotonic,
        )
        while not stop.is_set():
            try:
                keeper.turn()
            except redis.RedisError as error:
                log.warning("redis_unavailable", why=str(error)[:200])
            stop.wait(_TURN_S)
    except (BadSettings, NotDeployed) as error:
        log.error("cannot_run", service=NAME, why=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
