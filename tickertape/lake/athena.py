"""SQL over the lake's tables, answered by Athena: on AWS, and on an emulator that has one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from botocore.exceptions import ClientError

from tickertape.aws import is_not_there
from tickertape.lake.catalogue.shape import DATABASE
from tickertape.lake.keys import ATHENA_RESULTS
from tickertape.lake.plain import distinct, plain

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_CATALOGUE = "AwsDataCatalog"
# The other engines only read because they are given nothing to write to; Athena obeys a DROP.
_READING = frozenset({"select", "with", "values", "table", "show", "describe", "explain"})
_ASIDE = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`""", re.DOTALL)


class NoAthena(Exception):
    """The AWS that answers has no Athena; one line."""


class AthenaFailed(Exception):
    """Athena did not answer the query; one line.

    Attributes:
        is_wrong: the query is at fault, not Athena.
    """

    def __init__(self, message: str, *, is_wrong: bool = False) -> None:
        super().__init__(" ".join(message.split()))
        self.is_wrong = is_wrong


@dataclass(frozen=True, slots=True)
class Athena:
    """Athena over the tables of one lake, as the Glue Data Catalog has them.

    Attributes:
        client: boto3's client of `athena`.
        bucket: the lake; the answers are laid down in it, below `athena-results/`.
        limit_s: how long a query may take.
        pause: waits that many seconds.
    """

    client: Any
    bucket: str
    limit_s: float = 300.0
    pause: Callable[[float], None] = time.sleep

    def run(self, query: str) -> list[dict[str, Any]]:
        """Answer one query; the values are plain JSON, times as ISO 8601 UTC.

        Lists, maps and structs come as Athena writes them, which is text: `CAST(… AS JSON)` is text that can be parsed.

        Raises:
            NoAthena: there is none.
            AthenaFailed: the query is wrong, is not one that only reads, failed, or took longer than `limit_s` and was
                stopped.
            ClientError, BotoCoreError: AWS refuses or does not answer.
        """
        _check_it_reads(query)
        execution = self._start(query)
        self._wait(execution)
        return list(self._rows(execution))

    def _start(self, query: str) -> str:
        try:
            started = self.client.start_query_execution(
                QueryString=query,
                QueryExecutionContext={"Database": DATABASE, "Catalog": _CATALOGUE},
                ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/{ATHENA_RESULTS}"},
            )
        except ClientError as error:
            if is_not_there(error):
                raise NoAthena("this AWS has no Athena: use --engine duckdb, or run on MiniStack or AWS") from error
            # Athena parses the query before it takes it.
            if error.response["Error"]["Code"] == "InvalidRequestException":
                raise AthenaFailed(error.response["Error"]["Message"], is_wrong=True) from error
            raise
        return str(started["QueryExecutionId"])

    def _wait(self, execution: str) -> None:
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while True:
            status = self.client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            match status["State"]:
                case "SUCCEEDED":
                    return
                case "FAILED" | "CANCELLED":
                    raise _failure(status)
            if waited_s >= self.limit_s:
                self.client.stop_query_execution(QueryExecutionId=execution)
                raise AthenaFailed(f"Athena had not answered after {self.limit_s:.0f} s, and the query was stopped")
            self.pause(pause_s)
            waited_s += pause_s
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _rows(self, execution: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
        for number, page in enumerate(pages):
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            names = list(distinct(column["Name"] for column in columns))
            rows = [[datum.get("VarCharValue") for datum in row["Data"]] for row in page["ResultSet"]["Rows"]]
            # The first row of a SELECT's answer is its header; SHOW and DESCRIBE have none.
            if number == 0 and rows and rows[0] == [column["Name"] for column in columns]:
                rows = rows[1:]
            for row in rows:
                values = (_value(column["Type"], text) for column, text in zip(columns, row, strict=True))
                yield dict(zip(names, values, strict=True))


def _check_it_reads(query: str) -> None:
    """Refuse what would change the catalogue or the lake.

    Raises:
        AthenaFailed: it is no query, or more than one statement.
    """
    bare = _ASIDE.sub(lambda aside: " x " if aside[0][0] in "'\"`" else " ", query).strip().removesuffix(";")
    first = re.match(r"[\s(]*(\w*)", bare)
    if first is None or first[1].lower() not in _READING or ";" in bare:
        raise AthenaFailed("one statement that only reads was expected, such as a SELECT", is_wrong=True)


def _failure(status: Mapping[str, Any]) -> AthenaFailed:
    reason = status.get("StateChangeReason") or "no reason given"
    # AWS says 2 of what the user did wrong; an emulator says nothing.
    is_wrong = status.get("AthenaError", {}).get("ErrorCategory", 2) == 2
    hint = "" if not re.search(r"table", reason, re.IGNORECASE) else "; `tickertape catalogue show` lists the tables"
    return AthenaFailed(f"Athena: {reason}{hint}", is_wrong=is_wrong and status["State"] == "FAILED")


def _value(kind: str, text: str | None) -> Any:  # noqa: PLR0911  # one return a type is the clearest form
    if text is None:
        return None
    try:
        match kind:
            case "boolean":
                return text.lower() == "true"
            case "tinyint" | "smallint" | "integer" | "bigint":
                return int(text)
            case "float" | "real" | "double":
                return plain(float(text))
            case "decimal":
                return plain(Decimal(text))
            case "date":
                return plain(date.fromisoformat(text))
            case "timestamp" | "timestamp with time zone":
                return plain(datetime.fromisoformat(text.removesuffix(" UTC")))
            case "varbinary":
                return text.replace(" ", "")
    except (ValueError, InvalidOperation):
        # A time in a zone with a name, a year beyond 9999: as Athena wrote it.
        return text
    return text
