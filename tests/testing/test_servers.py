"""Redis, Mongo and LocalStack in containers, from the images that are here."""

from __future__ import annotations

from typing import Any

import pymongo
import pytest
import redis

from tests.testing.conftest import present
from tickertape.testing import emulators
from tickertape.testing.logbook import Logbook
from tickertape.testing.runs import Run
from tickertape.testing.servers import CannotStart, Recipe, mongo_recipe, redis_recipe, running

pytestmark = pytest.mark.integration


def test_redis_answers_when_a_test_gets_it(
    docker_client: Any, tickertape_run: Run, tickertape_logbook: Logbook
) -> None:
    """A value is written and read at the address that the server gives."""
    image = present(docker_client, "redis:7.4", "tickertape/redis:7.0")
    with running(tickertape_run, redis_recipe(image), tickertape_logbook) as server:
        client = redis.Redis.from_url(server.url, decode_responses=True)
        client.set("word", "kept")
        assert "kept" == client.get("word")
        client.close()


def test_mongo_answers_when_a_test_gets_it(
    docker_client: Any, tickertape_run: Run, tickertape_logbook: Logbook
) -> None:
    """A document is written and read at the address that the server gives."""
    image = present(docker_client, "mongo:7.0", "tickertape/mongo:secantusdb-0.7.0b3")
    with (
        running(tickertape_run, mongo_recipe(image), tickertape_logbook) as server,
        pymongo.MongoClient[dict[str, Any]](server.url, directConnection=True) as client,
    ):
        client.tests.words.insert_one({"_id": 1, "word": "kept"})
        assert {"_id": 1, "word": "kept"} == client.tests.words.find_one()


def test_localstack_answers_and_is_at_another_address_after_a_restart(
    docker_client: Any, tickertape_run: Run, tickertape_logbook: Logbook
) -> None:
    """It says its version, takes a bucket, and answers again after it was killed."""
    image = present(docker_client, "localstack/localstack:4.14.0", "tickertape/localstack-pypi:4.13.1")
    with emulators.localstack(tickertape_run, image, tickertape_logbook) as localstack:
        assert localstack.version.startswith("4.")
        localstack.client("s3").create_bucket(Bucket="mine")
        localstack.restart(kill=True)
        assert 200 == localstack.client("s3").list_buckets()["ResponseMetadata"]["HTTPStatusCode"]


def test_a_server_that_ends_while_it_starts_says_so(
    image: str, tickertape_run: Run, tickertape_logbook: Logbook
) -> None:
    """The error has its last words, at once and not after the time limit."""
    command = ["sh", "-c", "echo no space left; exit 1"]
    recipe = Recipe("broken", image, "tcp", 80, lambda port: lambda: "not yet", command=command)
    with pytest.raises(CannotStart, match="no space left"), running(tickertape_run, recipe, Logbook()):
        pass
