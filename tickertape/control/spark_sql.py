"""Asking the warm Spark session a question in SQL: requests in one list, each answer in a list of its own.

A request says until when somebody waits for it, and an answer that nobody fetches expires.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, NamedTuple

import redis

from tickertape.control.keys import SQL_REQUESTS, sql_answer

_MOST_BYTES = 16 * 2**20
_KEPT_S = 60
# Below the client's own limit for one answer of the server.
_LOOK_S = 2.0


class NoAnswer(Exception):
    """Spark did not answer in time; one line."""


class Refused(Exception):
    """Spark did not answer the query, and says why in one line.

    Attributes:
        is_wrong: the query is at fault.
    """

    def __init__(self, message: str, *, is_wrong: bool) -> None:
        super().__init__(message)
        self.is_wrong = is_wrong


class Asked(NamedTuple):
    """A query that somebody waits for."""

    id: str
    query: str


def ask(client: redis.Redis, query: str, timeout_s: float) -> list[dict[str, Any]]:
    """Ask a query and wait for its rows.

    Raises:
        Refused: the query is wrong, failed, or has too large an answer.
        NoAnswer: there was none within `timeout_s` seconds; the query is withdrawn if nobody has begun it.
    """
    asked = Asked(uuid.uuid4().hex, query)
    request = json.dumps({"id": asked.id, "query": query, "until": time.time() + timeout_s})
    client.rpush(SQL_REQUESTS, request)
    deadline = time.monotonic() + timeout_s
    while (left_s := deadline - time.monotonic()) > 0:
        found = client.blpop([sql_answer(asked.id)], timeout=min(left_s, _LOOK_S))
        if found is not None:
            return _rows(json.loads(str(found[1])))
    client.lrem(SQL_REQUESTS, 0, request)
    raise NoAnswer(f"Spark had not answered after {timeout_s:.0f} s; `tickertape status` says whether it runs")


def next_query(client: redis.Redis, timeout_s: float) -> Asked | None:
    """The next query that somebody still waits for, or None when there was none within `timeout_s` seconds."""
    found = client.blpop([SQL_REQUESTS], timeout=timeout_s)
    if found is None:
        return None
    request = json.loads(str(found[1]))
    return Asked(request["id"], request["query"]) if request["until"] > time.time() else None


def reply(client: redis.Redis, asked: Asked, rows: list[dict[str, Any]]) -> None:
    """Answer a query with its rows; an answer beyond 16 MiB is refused."""
    answer = json.dumps({"rows": rows}, ensure_ascii=False)
    size = len(answer.encode())
    if size > _MOST_BYTES:
        refuse(client, asked, f"the answer has {size / 2**20:.0f} MiB, 16 are the most: add a LIMIT", is_wrong=True)
        return
    _push(client, asked, answer)


def refuse(client: redis.Redis, asked: Asked, why: str, *, is_wrong: bool) -> None:
    """Answer a query with the reason why it has none."""
    _push(client, asked, json.dumps({"error": why, "is_wrong": is_wrong}))


def _push(client: redis.Redis, asked: Asked, answer: str) -> None:
    pipeline = client.pipeline()
    pipeline.rpush(sql_answer(asked.id), answer)
    pipeline.expire(sql_answer(asked.id), _KEPT_S)
    pipeline.execute()


def _rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    if "error" in answer:
        raise Refused(answer["error"], is_wrong=answer["is_wrong"])
    rows: list[dict[str, Any]] = answer["rows"]
    return rows
