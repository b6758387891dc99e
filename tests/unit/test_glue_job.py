"""A job's arguments as Glue gives them."""

import pytest

from spark.glue import BadArguments, settings_of


def test_settings_are_told_from_what_is_glues_own() -> None:
    """Both forms of an argument, switches without a value, and values that begin with a single dash."""
    arguments = [
        *("--JOB_NAME", "batch", "--JOB_RUN_ID", "jr_1", "--enable-metrics", "--job-bookmark-option", "disable"),
        *("--REDIS_URL", "redis://10.0.0.7:6379/0", "--TICKERTAPE_TOP_TICKERS=500", "--AWS_REGION", "eu-west-1"),
    ]
    assert {
        "REDIS_URL": "redis://10.0.0.7:6379/0",
        "TICKERTAPE_TOP_TICKERS": "500",
        "AWS_REGION": "eu-west-1",
    } == settings_of(arguments)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "there is no name"),
        (["--JOB_NAME", "--TICKERTAPE_SPAM_COPIES", "5"], "there is no name"),
        (["--JOB_NAME", "batch", "--TICKERTAPE_SPAM_COPIES"], "TICKERTAPE_SPAM_COPIES has no value"),
        (["batch"], "'batch' came first"),
    ],
)
def test_a_job_that_is_started_otherwise_says_what_is_missing(arguments: list[str], why: str) -> None:
    """Before Spark starts."""
    with pytest.raises(BadArguments, match=why):
        settings_of(arguments)
