"""`tickertape search`: what a wrong call says, without a stack."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tickertape.cli.main import app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["apple", "--sentiment", "happy"], "positive, neutral, negative"),
        (["--from", "yesterday"], "2025-11-28T14:30:00Z"),
        (["find", " "], "words were expected"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(words: list[str], said: str) -> None:
    """Exit code 2, and what was expected; `find` may be left out."""
    answer = CliRunner().invoke(app, ["search", *words])
    assert (2, 1) == (answer.exit_code, answer.stderr.count("\n"))
    assert said in answer.stderr
