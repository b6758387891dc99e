"""`tickertape trace` and `batch history`: what others wrote is shown as it is, without a stack."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.unit.test_trace import LINE, WHOLE, kept
from tickertape.cli import context, evidence, stations
from tickertape.cli.main import app
from tickertape.control import batch, redis_client
from tickertape.domain.rejects import Outcome, Reason
from tickertape.lake import tables


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that is never asked."""
    secret = SimpleNamespace(get_secret_value=lambda: "redis://nowhere")
    told = SimpleNamespace(aws_endpoint_url="", aws_region="", redis_url=secret)
    monkeypatch.setattr(context, "attach", lambda: told)


def test_what_a_tweet_says_is_neither_markup_nor_steers_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The detail of a line that was turned away quotes it."""
    detail = "[/b] \x1b]0;title\x07 and\nmore"
    reject = kept("ingest", Outcome.QUARANTINED, Reason.BAD_TIME, "tweets.jsonl:3", detail)
    found = replace(WHOLE, lines=[LINE], kept=[reject])
    place = SimpleNamespace(resources=SimpleNamespace(lake_bucket="lake"))
    monkeypatch.setattr(evidence, "station", lambda settings: place)
    monkeypatch.setattr(tables, "s3_filesystem", lambda *address: None)
    monkeypatch.setattr(stations, "LiveStations", lambda *stores: found)
    answer = CliRunner().invoke(app, ["trace", "7"])
    assert (0, None) == (answer.exit_code, answer.exception)
    assert "tweets.jsonl:3 [/b] ]0;title and more" in answer.stdout
    assert not {"\x1b", "\x07"} & set(answer.stdout)


def test_an_error_of_a_run_is_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark's message is shown letter by letter."""
    run: dict[str, Any] = {"run_id": "r", "started_at": 0.0, "finished_at": 1.0, "rebuild": False, "state": "failed"}
    monkeypatch.setattr(redis_client, "connect", lambda url: None)
    monkeypatch.setattr(batch, "history", lambda client, most: [run | {"error": "[/b]"}])
    answer = CliRunner().invoke(app, ["batch", "history"])
    assert (0, None) == (answer.exit_code, answer.exception)
    assert "[/b]" in answer.stdout
