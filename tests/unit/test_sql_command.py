"""`tickertape sql`: what a wrong call says, without a stack."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tickertape.cli.main import app
from tickertape.lake.examples import examples


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["SELECT 1", "--engine", "moon"], "duckdb, athena, spark"),
        ([], "--example"),
        (["SELECT 1", "--example", "hourly_highs"], "--example"),
        (["--example", "nope"], "hourly_highs"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(words: list[str], said: str) -> None:
    """Exit code 2, and what was expected."""
    answer = CliRunner().invoke(app, ["sql", *words])
    assert (2, 1) == (answer.exit_code, answer.stderr.count("\n"))
    assert said in answer.stderr


def test_the_saved_queries_are_listed() -> None:
    """By name, each with what it answers, for people and as JSON."""
    answer = CliRunner().invoke(app, ["sql", "--examples", "--json"])
    assert examples() == {found["name"]: found["about"] for found in json.loads(answer.stdout)}
    assert list(examples()) == [
        line.split()[0] for line in CliRunner().invoke(app, ["sql", "--examples"]).stdout.splitlines()
    ]
