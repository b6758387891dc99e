"""The catalogue and the engines of SQL over a running stack's lake: Glue and Athena as MiniStack has them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from tests.contract.catalogues import CONTRACT, NAME
from tests.integration.conftest import Stack
from tests.integration.tapes import SPLIT_SYMBOL
from tickertape.lake.athena import Athena
from tickertape.lake.catalogue.crawl import crawl
from tickertape.lake.catalogue.glue import GlueCatalogue
from tickertape.lake.catalogue.local import LocalCatalogue
from tickertape.lake.examples import example, examples
from tickertape.lake.files import LakeFiles
from tickertape.lake.keys import Table
from tickertape.lake.sql import run_sql
from tickertape.lake.store import S3Store
from tickertape.lake.views import LakeTables
from tickertape.ports.lake import Catalogue

pytestmark = pytest.mark.integration


_COUNT = "SELECT '{0}' AS name, count(*) AS n FROM {0}"
COUNTS = " UNION ALL ".join(_COUNT.format(name) for name in (*Table, "raw_bars", "quarantine")) + " ORDER BY name"


def client(stack: Stack, service: str) -> Any:
    # the stubs type each service by a literal
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=stack.aws()["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )


def files(stack: Stack, lake: S3Store) -> LakeFiles:
    """The lake as Arrow reads it."""
    host = stack.aws()["AWS_ENDPOINT_URL"].removeprefix("http://")
    return LakeFiles(
        lake.bucket,
        fs.S3FileSystem(
            endpoint_override=host, scheme="http", region="us-east-1", access_key="test", secret_key="test"
        ),
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


@pytest.mark.parametrize(
    "query", [*map(example, examples()), COUNTS, "SELECT symbol, ts, close FROM bars ORDER BY ts, symbol"]
)
def test_athena_answers_what_duckdb_answers(stack: Stack, lake: S3Store, query: str) -> None:
    """The saved queries, a count of each table, lines of JSON among them, and more rows than a page has."""
    glue = GlueCatalogue(client(stack, "glue"))
    crawl(files(stack, lake), glue)
    rows = run_sql(query, LakeTables(files(stack, lake), glue))
    assert rows
    assert rows == Athena(client(stack, "athena"), lake.bucket).run(query)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sql", "SELEC 1", "--engine", "athena"], "SELEC"),
        (["sql", "--example", "nope"], "hourly_highs"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(stack: Stack, words: list[str], said: str) -> None:
    """Exit code 2, and a line that names what was wrong."""
    answer = stack.run(*words, code=2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("engine", ["duckdb", "athena", "spark"])
def test_candles_are_in_the_shares_of_today_on_every_engine(stack: Stack, engine: str) -> None:
    """A share that splits overnight has a return of 0, and its old close is told in new shares."""
    query = (
        "SELECT c.close, c.adjusted_close, c.log_return, c.bars FROM candles c "  # noqa: S608  # a constant
        f"WHERE c.symbol = '{SPLIT_SYMBOL}' AND c.interval = '1d' ORDER BY c.ts"
    )
    before = {"close": 647.5, "adjusted_close": 92.5, "log_return": None, "bars": 30}
    after = {"close": 92.5, "adjusted_close": 92.5, "log_return": 0.0, "bars": 30}
    assert [before, after] == stack.json("sql", query, "--engine", engine)
