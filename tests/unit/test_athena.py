"""Athena's answers as plain JSON, and what comes instead of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tickertape.lake.athena import Athena, AthenaFailed, NoAthena

COLUMNS = {
    "n": "bigint",
    "ok": "boolean",
    "price": "double",
    "exact": "decimal",
    "day": "date",
    "at": "timestamp",
    "zoned": "timestamp with time zone",
    "text": "varchar",
    "tickers": "array",
}
ROW = [
    "12",
    "true",
    "1.5",
    "3.00",
    "2014-06-06",
    "2014-06-06 14:00:00.000",
    "2014-06-06 14:00:00.500 UTC",
    "a",
    "[A, B]",
]


class FakeAthena:
    """The client, with the states a query goes through and the pages of its answer."""

    def __init__(self, *states: dict[str, Any], pages: Sequence[Sequence[Sequence[str | None]]] = ()) -> None:
        self.states = list(states)
        self.pages = pages
        self.columns = COLUMNS
        self.started: dict[str, Any] = {}
        self.stopped: list[str] = []
        self.error: ClientError | None = None

    def start_query_execution(self, **call: Any) -> dict[str, str]:
        if self.error:
            raise self.error
        self.started = call
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        status = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"QueryExecution": {"Status": status}}

    def stop_query_execution(self, QueryExecutionId: str) -> None:
        self.stopped.append(QueryExecutionId)

    def get_paginator(self, _name: str) -> FakeAthena:
        return self

    def paginate(self, QueryExecutionId: str) -> Any:
        info = [{"Name": name, "Type": kind} for name, kind in self.columns.items()]
        for page in self.pages:
            rows = [{"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in page]
            yield {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": info}}}


DONE = {"State": "SUCCEEDED"}


def test_values_are_those_of_the_other_engines() -> None:
    """Numbers, times in UTC and nulls over two pages; the header is no row, and lists stay text."""
    client = FakeAthena({"State": "QUEUED"}, DONE, pages=[[list(COLUMNS), ROW], [[None] * len(ROW)]])
    rows = Athena(client, "lake", pause=lambda _s: None).run("SELECT 1")
    assert rows == [
        {
            "n": 12,
            "ok": True,
            "price": 1.5,
            "exact": 3.0,
            "day": "2014-06-06",
            "at": "2014-06-06T14:00:00Z",
            "zoned": "2014-06-06T14:00:00.500Z",
            "text": "a",
            "tickers": "[A, B]",
        },
        dict.fromkeys(COLUMNS),
    ]
    assert "s3://lake/athena-results/" == client.started["ResultConfiguration"]["OutputLocation"]
    assert "tickertape" == client.started["QueryExecutionContext"]["Database"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("double", "NaN", None),
        ("timestamp", "2014-06-06 10:00:00-04:00", "2014-06-06T14:00:00Z"),
        ("timestamp with time zone", "2014-06-06 10:00:00.000 America/New_York", None),
        ("decimal", "oops", None),
    ],
)
def test_odd_values(kind: str, text: str, value: Any) -> None:
    """What JSON has no word for is null, an offset is taken off, and what cannot be read stays as it is."""
    client = FakeAthena(DONE, pages=[[["x"], [text]]])
    client.columns = {"x": kind}
    expected = text if value is None and kind != "double" else value
    assert [{"x": expected}] == Athena(client, "lake").run("SELECT 1")


def test_a_query_that_takes_too_long_is_stopped() -> None:
    """The wait is bounded, and what is not waited for does not go on."""
    client = FakeAthena({"State": "RUNNING"})
    pauses: list[float] = []
    with pytest.raises(AthenaFailed, match="after 10 s"):
        Athena(client, "lake", limit_s=10, pause=pauses.append).run("SELECT 1")
    assert ["q"] == client.stopped
    assert 10 <= sum(pauses) <= 12


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE tweets",
        "-- SELECT\nDROP TABLE tweets",
        "/* SELECT */ insert into tweets SELECT 1",
        "SELECT 1; DROP TABLE tweets",
        "'SELECT'",
        "",
    ],
)
def test_what_does_not_only_read_never_reaches_athena(query: str) -> None:
    """Unlike the other engines it would drop the table."""
    client = FakeAthena(DONE)
    with pytest.raises(AthenaFailed, match="one statement that only reads") as refused:
        Athena(client, "lake").run(query)
    assert (True, {}) == (refused.value.is_wrong, client.started)


@pytest.mark.parametrize(
    "query",
    [
        "select 1;",
        "-- how many; of what\n WITH a AS (SELECT 1) SELECT * FROM a",
        "(SELECT ';' AS \"a;b\")",
        "SHOW TABLES",
    ],
)
def test_what_only_reads_reaches_athena_as_it_was_written(query: str) -> None:
    """Comments, brackets and a semicolon in a text are no second statement."""
    client = FakeAthena(DONE)
    Athena(client, "lake", pause=lambda _s: None).run(query)
    assert query == client.started["QueryString"]


@pytest.mark.parametrize(
    ("status", "is_wrong"),
    [
        ({"State": "FAILED", "StateChangeReason": "no such\n table", "AthenaError": {"ErrorCategory": 2}}, True),
        ({"State": "FAILED", "AthenaError": {"ErrorCategory": 1}}, False),
        ({"State": "CANCELLED"}, False),
    ],
)
def test_a_failure_says_whose_fault_it_is(status: dict[str, Any], is_wrong: bool) -> None:
    """One line, and whether the query was wrong."""
    with pytest.raises(AthenaFailed) as caught:
        Athena(FakeAthena(status), "lake").run("SELECT 1")
    assert (is_wrong, False) == (caught.value.is_wrong, "\n" in str(caught.value))


@pytest.mark.parametrize(
    ("code", "http", "raised"),
    [
        ("InternalFailure", 501, NoAthena),
        ("InvalidRequestException", 400, AthenaFailed),
        ("AccessDeniedException", 400, ClientError),
    ],
)
def test_an_aws_without_athena_is_told_from_one_that_refuses(code: str, http: int, raised: type[Exception]) -> None:
    """A missing API names the other engine; a refusal stays what it is."""
    client = FakeAthena(DONE)
    client.error = ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": http}},  # type: ignore[typeddict-item]
        "StartQueryExecution",
    )
    with pytest.raises(raised, match="duckdb" if raised is NoAthena else "m"):
        Athena(client, "lake").run("SELECT 1")
