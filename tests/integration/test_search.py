"""Tweets of the lake, searched: the bucket calls the deployed function, and the search may come, go and come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.contract.conftest import osmem_server
from tests.fakes.records import enriched, raw
from tests.integration.emulator import Aws, emulator_in
from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.domain.search import SearchQuery
from tickertape.lake.store import S3Store, lines_of
from tickertape.search.opensearch import OpenSearch
from tickertape.usecases.reindex import reindex

pytestmark = pytest.mark.integration
ALL = SearchQuery(since=datetime(2000, 1, 1, tzinfo=UTC))
RAW = "raw/tweets/"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with emulator_in(tmp_path_factory.mktemp("search")) as emulator:
        yield emulator


def found(url: str) -> set[str]:
    return {tweet["id"] for tweet in OpenSearch(url).find(ALL, 100).tweets}


def test_each_object_of_tweets_is_indexed_while_there_is_a_search(aws: Aws) -> None:
    """Not other objects, not without a search; what came while it was away is there after a rebuild."""
    bucket = S3Store(aws.client("s3"), "tickertape-lake")

    def lay_down(key: str, *ids: str) -> None:
        bucket.put(key, b"\n".join([*(raw(enriched(id=each)) for each in ids), b"broken"]))

    aws.deploy()
    lay_down(f"{RAW}2025/11/25/14/before", "before")
    (port,) = free_ports(1)
    setting = {"OPENSEARCH_URL": f"http://127.0.0.1:{port}"}
    with osmem_server(port) as url:
        aws.deploy(setting)
        assert "unchanged; corrected: nothing" in aws.deploy(setting)
        lay_down("quarantine/ingest/tweets/a", "quarantined")
        lay_down(f"{RAW}2025/11/25/15/a b+c", "1", "2")
        wait_for(lambda: found(url) == {"1", "2"})
    lay_down(f"{RAW}2025/11/25/16/away", "away")
    with osmem_server(port) as url:
        lay_down(f"{RAW}2025/11/25/17/back", "3")
        wait_for(lambda: "3" in found(url))
        done = reindex(
            lambda: bucket.keys(RAW), lambda key: lines_of(bucket.get(key)), OpenSearch(url), lambda *_: None
        )
        assert {"before", "1", "2", "away", "3"} == found(url)
        assert (4, 5, 4) == (done.objects, done.tweets, len(done.unindexed))
        assert "LakeBucket" not in aws.deploy(setting)
        aws.deploy()
        calls = aws.client("s3").get_bucket_notification_configuration(Bucket="tickertape-lake")
        assert [] == calls.get("LambdaFunctionConfigurations", [])
