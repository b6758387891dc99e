"""From the tape to every store and back, on the embedded runtime."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from dashboard.queries import counts
from dashboard.queries.reader import ServingReader
from tests.e2e.dashboard_world import RESOURCES
from tests.integration.conftest import Stack
from tests.integration.tapes import SPLIT_SYMBOL, Tape, counted_mentions, counted_tweets
from tests.integration.test_catalogue import client
from tickertape.domain.periods import Level
from tickertape.serving.store import query

pytestmark = pytest.mark.integration
ROLLUPS = "SELECT level, period, ticker, mentions, positive + neutral + negative AS judged FROM rollups"


def hop(report: Any, kind: str, number: int) -> Any:
    return report[kind]["hops"][number]


def outcomes(found: dict[str, Any]) -> Counter[str]:
    return Counter({name: count for name, count in found.items() if name == "delivered" or ":" in name})


def test_every_line_of_the_tape_has_its_outcome(stack: Stack, tape: Tape) -> None:
    """`verify` accounts for each line, with the outcome and the reason that the tape was built for."""
    report = stack.json("verify")
    assert report["ok"]
    assert tape.tweet_outcomes == outcomes(hop(report, "tweets", 0))
    assert tape.bar_outcomes == outcomes(hop(report, "bars", 0))
    # the tweet that is nothing but a link
    assert 1 == hop(report, "tweets", 1)["dropped:no_content"]


def test_no_average_mixes_the_prices_before_and_after_a_split(stack: Stack, tape: Tape) -> None:
    """In the table `prices` a 7:1 split is found, and every average is of one kind of shares."""
    items = {interval: series(stack, f"{SPLIT_SYMBOL}#{interval}") for interval in ("1m", "5m", "1d")}
    assert {"1m": 60, "5m": 12, "1d": 2} == {interval: len(found) for interval, found in items.items()}
    for found in items.values():
        assert ["2025-11-26"] == [item["ts"][:10] for item in found if item.get("split_ratio") == 7]
        means = [mean for item in found for name, mean in item.items() if name.startswith(("sma_", "ema_"))]
        assert {647.5, 92.5} >= {round(float(mean), 6) for mean in means}
    assert 92.5 == items["1m"][-1]["sma_60"] == items["5m"][-1]["sma_5"]


def series(stack: Stack, partition: str) -> list[dict[str, Any]]:
    """The bars of one series as the Lambda wrote them, oldest first."""
    return query(client(stack, "dynamodb"), "prices", ("symbol_interval", partition))


def test_the_data_store_is_indexed_by_time_and_by_ticker(stack: Stack) -> None:
    """A window of time, or a ticker's events, are found without a look at every document."""
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports['MONGO']}/?directConnection=true") as mongo:
        found = {
            kind: {name for index in mongo["tickertape"][kind].index_information().values() for name, _ in index["key"]}
            for kind in ("tweets", "bars")
        }
    assert {"tweets": {"_id", "created_at", "tickers"}, "bars": {"_id", "ts", "symbol"}} == found


def test_mentions_equal_an_independent_count(stack: Stack, tape: Tape) -> None:
    """`sql` gives the mentions that a plain count over the file gives."""
    rows = stack.json("sql", "SELECT ticker, count(*) AS n FROM mentions GROUP BY ticker")
    assert counted_mentions(tape.folder) == Counter({(row["ticker"],): row["n"] for row in rows})


@pytest.mark.parametrize(
    ("level", "form"),
    [
        ("HOURLY", "%Y-%m-%dT%H"),
        ("DAILY", "%Y-%m-%d"),
        ("WEEKLY", "%G-W%V"),
        ("MONTHLY", "%Y-%m"),
        ("YEARLY", "%Y"),
    ],
)
def test_rollups_equal_an_independent_count(stack: Stack, tape: Tape, level: str, form: str) -> None:
    """Each level's counts, by SQL and on the dashboard, are the file's; the sentiments add up to the mentions."""
    rows = [row for row in stack.json("sql", ROLLUPS) if row["level"] == level]
    expected = counted_mentions(tape.folder, form)
    assert expected == Counter({(r["period"], r["ticker"]): r["mentions"] for r in rows})
    assert expected == shown_mentions(stack, Level(level))
    assert [row["mentions"] for row in rows] == [row["judged"] for row in rows]


def shown_mentions(stack: Stack, level: Level) -> Counter[tuple[str, ...]]:
    """Mentions by period and ticker, as the dashboard's pages get them."""
    reader = ServingReader(lambda: RESOURCES, lambda: client(stack, "dynamodb"))
    splits = [
        split for period in counts.periods(reader, level) for split in counts.ranked_tickers(reader, level, period)
    ]
    return Counter({(split.period, str(split.ticker)): split.mentions for split in splits})


def test_a_second_batch_changes_nothing(stack: Stack, tape: Tape) -> None:
    """The batch is a function of the lake: without new objects nothing is written or deleted."""
    result = stack.json("batch", "run")
    assert (len(counted_tweets(tape.folder)), 0, 0) == (
        result["tweets"],
        result["written_items"],
        result["deleted_items"],
    )
    newest = stack.json("batch", "history")[0]
    assert ("done", result["run_id"], False) == (newest["state"], newest["run_id"], newest["rebuild"])


def test_up_again_says_that_it_runs(stack: Stack, tape: Tape) -> None:
    """A second `up` changes nothing and names the page; another tape is refused with what to do."""
    assert stack.url in stack.run("up", "--tape", str(tape.folder)).stdout
    assert "make down" in stack.run("up", code=1).stderr


def test_status_tells_each_service(stack: Stack) -> None:
    """Every service runs and is healthy, with its process."""
    services = stack.json("status")["services"]
    assert {"localstack", "redis", "mongo", "twitter", "stocks", "spark", "dashboard"} <= services.keys()
    assert {"healthy"} == {service["health"] for service in services.values()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["up", "--tape", "no/such/tape"], "no/such/tape"),
        (["up", "--speed", "fast"], "--speed"),
        (["up", "--speed", "0"], "--speed"),
        (["up", "--from", "yesterday"], "--from"),
        (["sql", "SELECT nothing FROM nowhere"], "nowhere"),
        (["up", "--runtime", "moon"], "--runtime"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(stack: Stack, words: list[str], said: str) -> None:
    """Exit code 2, and a line that names what was wrong."""
    answer = stack.run(*words, code=2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_empty_tape_and_an_unreadable_one_are_refused(stack: Stack, tmp_path: Path) -> None:
    """A folder without a tape and a file that is no gzip each give one clear line."""
    assert str(tmp_path) in stack.run("up", "--tape", str(tmp_path), code=2).stderr
    (tmp_path / "tweets.jsonl.gz").write_bytes(b"not gzip")
    assert "tweets.jsonl.gz" in stack.run("up", "--tape", str(tmp_path), code=2).stderr


def test_down_keeps_the_data_and_up_goes_on_from_it(stack: Stack, tape: Tape) -> None:
    """After `down` and `up` nothing is delivered again, and everything is still accounted for."""
    stack.run("down")
    assert "nothing is running" in stack.run("status", code=1).stderr + stack.run("status", code=1).stdout
    stack.run("up", "--runtime", "embedded", "--tape", str(tape.folder), "--speed", "max", "--wait")
    assert stack.json("verify")["ok"]
    assert 0 == stack.json("batch", "run")["written_items"]
