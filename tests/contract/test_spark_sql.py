"""Queries for Spark through a real Redis."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis

from tickertape.control.keys import SQL_REQUESTS, sql_answer
from tickertape.control.spark_sql import Asked, NoAnswer, Refused, ask, next_query, refuse, reply


def serve(control: redis.Redis, respond: Callable[[Asked], Any]) -> threading.Thread:
    """Answer one query beside the test."""

    def turn() -> None:
        asked = next_query(control, 5.0)
        assert asked is not None
        respond(asked)

    thread = threading.Thread(target=turn)
    thread.start()
    return thread


def test_the_rows_come_back(control: redis.Redis) -> None:
    """And nothing is left behind."""
    rows = [{"ticker": "A", "n": 1, "text": "“ü”"}]
    server = serve(control, lambda asked: reply(control, asked, rows))
    assert rows == ask(control, "SELECT 1", 5.0)
    server.join()
    assert [] == control.keys("sql:*")


@pytest.mark.parametrize("is_wrong", [True, False])
def test_a_refusal_comes_back(control: redis.Redis, is_wrong: bool) -> None:
    """With its reason, and whose fault it is."""
    server = serve(control, lambda asked: refuse(control, asked, "no such table", is_wrong=is_wrong))
    with pytest.raises(Refused, match="no such table") as caught:
        ask(control, "SELECT 1", 5.0)
    server.join()
    assert is_wrong == caught.value.is_wrong


def test_too_large_an_answer_is_refused(control: redis.Redis) -> None:
    """Redis is no place for it."""
    server = serve(control, lambda asked: reply(control, asked, [{"x": "x" * 17 * 2**20}]))
    with pytest.raises(Refused, match="17 MiB"):
        ask(control, "SELECT 1", 5.0)
    server.join()


def test_a_query_that_nobody_answers_is_withdrawn(control: redis.Redis) -> None:
    """It is not run when the service comes back later."""
    with pytest.raises(NoAnswer, match="status"):
        ask(control, "SELECT 1", 0.1)
    assert 0 == control.llen(SQL_REQUESTS)


def test_a_query_that_nobody_waits_for_any_more_is_passed_over(control: redis.Redis) -> None:
    """And an answer that nobody fetches expires."""
    control.rpush(SQL_REQUESTS, '{"id": "old", "query": "SELECT 1", "until": 1}')
    assert next_query(control, 0.1) is None
    reply(control, Asked("gone", "SELECT 1"), [])
    assert 0 < control.ttl(sql_answer("gone")) <= 60
