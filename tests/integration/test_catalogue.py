"""The catalogue and the engines of SQL over a running stack's lake: Glue and Athena as MiniStack has them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.contract.catalogues import CONTRACT, NAME
from tests.integration.conftest import Stack
from tickertape.lake.catalogue.glue import GlueCatalogue
from tickertape.lake.catalogue.local import LocalCatalogue
from tickertape.lake.examples import examples
from tickertape.lake.keys import Table
from tickertape.lake.store import S3Store
from tickertape.ports import Catalogue

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


def client(stack: Stack, service: str) -> Any:
    # the stubs type each service by a literal
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=stack.aws()["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )


@pytest.fixture
def lake(stack: Stack) -> S3Store:
    return S3Store(client(stack, "s3"), "tickertape-lake")


@pytest.fixture(params=["glue", "local"])
def catalogue(request: pytest.FixtureRequest, stack: Stack, lake: S3Store) -> Iterator[Catalogue]:
    opened: Catalogue = GlueCatalogue(client(stack, "glue")) if request.param == "glue" else LocalCatalogue(lake)
    yield opened
    opened.drop_table(NAME)


@pytest.mark.parametrize("clause", CONTRACT)
def test_the_contract_is_kept(catalogue: Catalogue, clause: Callable[[Catalogue], None]) -> None:
    """Glue does what the fake does, and so does the lake's own catalogue over S3."""
    clause(catalogue)


@pytest.fixture
def put(lake: S3Store) -> Iterator[Callable[..., None]]:
    """Puts a Parquet file into the lake; it is taken away again."""
    keys = []

    def write(key: str, **columns: Any) -> None:
        body = io.BytesIO()
        pq.write_table(pa.table(columns), body)
        lake.put(key, body.getvalue())
        keys.append(key)

    yield write
    lake.delete(keys)


def changes(report: Any, table: str) -> list[tuple[str, str]]:
    return [(found["change"], found.get("of", "")) for found in report["changes"] if found["table"] == table]


def test_a_new_table_partition_and_column_are_found_and_seen(stack: Stack, put: Callable[..., None]) -> None:
    """From a folder that nobody declared to rows on two engines; what vanishes is forgotten."""
    stack.run("catalogue", "crawl")
    assert [] == stack.json("catalogue", "crawl")["changes"]
    put("curated/guests/year=2014/a.parquet", x=pa.array([1], pa.int32()))
    assert changes(stack.json("catalogue", "crawl"), "guests") == [("new_table", ""), ("new_partition", "year=2014")]
    put("curated/guests/year=2015/a.parquet", x=[2], y=["new"])
    report = stack.json("catalogue", "crawl")
    assert 1 == report["opened_files"]
    assert [change for change, _ in changes(report, "guests")] == ["type_widened", "new_column", "new_partition"]
    rows = [{"x": 1, "y": None, "year": 2014}, {"x": 2, "y": "new", "year": 2015}]
    for engine in ("duckdb", "athena"):
        query = "SELECT x, y, year FROM guests ORDER BY x"
        assert rows == stack.json("sql", query, "--engine", engine)
    shown = stack.json("catalogue", "show", "guests")
    assert ({"x": "bigint", "y": "string"}, {"year": "int"}) == (shown["columns"], shown["partition_keys"])


def test_what_is_gone_is_forgotten(stack: Stack) -> None:
    """The table of the test before has no files any more; the declared tables and the raw ones are there."""
    stack.run("catalogue", "crawl")
    shown = stack.json("catalogue", "show")
    assert "glue" == shown["catalogue"]
    names = {table["name"] for table in shown["tables"]}
    assert {"raw_tweets", "raw_bars", "quarantine", *map(str, Table)} == names
    assert "guests" in stack.run("catalogue", "show", "guests", code=2).stderr


@pytest.mark.parametrize("name", list(examples()))
def test_a_saved_query_answers_the_same_on_duckdb_and_athena(stack: Stack, name: str) -> None:
    """One meaning, whoever answers."""
    stack.run("catalogue", "crawl")
    rows = stack.json("sql", "--example", name)
    assert rows
    assert rows == stack.json("sql", "--example", name, "--engine", "athena")


def test_athena_counts_what_duckdb_counts(stack: Stack) -> None:
    """In each table, lines of JSON among them, and over more than one page."""
    for table in (*Table, "quarantine"):
        query = f"SELECT count(*) AS n FROM {table}"  # noqa: S608  # one of ours
        assert stack.json("sql", query) == stack.json("sql", query, "--engine", "athena"), table
    query = "SELECT symbol, ts, close FROM bars ORDER BY ts, symbol"
    assert stack.json("sql", query) == stack.json("sql", query, "--engine", "athena")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sql", "SELEC 1", "--engine", "athena"], "SELEC"),
        (["sql", "SELECT 1", "--engine", "moon"], "moon"),
        (["sql"], "--example"),
        (["sql", "--example", "nope"], "hourly_highs"),
        (["catalogue", "show", "nope"], "mentions"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(stack: Stack, words: list[str], said: str) -> None:
    """Exit code 2, and a line that names what was wrong."""
    answer = stack.run(*words, code=2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_saved_queries_are_listed(stack: Stack) -> None:
    """By name, each with what it answers."""
    assert set(examples()) == {found["name"] for found in stack.json("sql", "--examples")}
