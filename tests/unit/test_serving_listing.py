"""What `verify` finds in the serving tables, partition by partition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from tests.e2e.dashboard_world import TABLES, minute_bars, tweet
from tests.fakes.dynamodb import MemoryDynamoDB
from tickertape.serving.keys import tweet_keys
from tickertape.serving.listing import served_bars, served_tweets
from tickertape.serving.store import write_items

THEN = datetime(2014, 6, 6, 14, 30, tzinfo=UTC)


def holding(table: str, items: list[dict[str, Any]]) -> Any:
    client = cast(Any, MemoryDynamoDB(TABLES))
    write_items(client, table, TABLES[table], items)
    return client


def test_a_day_s_tweets_are_found_once_each() -> None:
    """Those of other days are not looked for; copies for tickers and the map are no tweets more."""
    tickers = ("AAPL", "CSCO")
    items = [item for number in range(9) for item in tweet(f"id{number}", THEN, tickers=tickers)]
    client = holding("recent_tweets", items + tweet("later", THEN.replace(day=7)))
    assert sorted(f"id{number}" for number in range(9)) == sorted(
        served_tweets(client, "recent_tweets", {"2014-06-06"})
    )


def test_a_tweet_that_only_its_ticker_s_copy_is_left_of_is_not_served() -> None:
    """A day's list would not show it."""
    first, copy = tweet("id1", THEN, tickers=("AAPL", "CSCO"))
    assert [] == list(served_tweets(holding("recent_tweets", [copy]), "recent_tweets", {"2014-06-06"}))
    assert ["id1"] == list(served_tweets(holding("recent_tweets", [first]), "recent_tweets", {"2014-06-06"}))


def test_the_bars_of_each_listed_series_are_found() -> None:
    """Those that were made from shorter ones were never sent."""
    bars = [bar for symbol in ("AAPL", "CSCO") for bar in minute_bars(symbol, THEN, [1.0, 2.0])]
    bars[0]["derived"] = True
    assert [
        "AAPL#1m#2014-06-06T14:31:00Z",
        "CSCO#1m#2014-06-06T14:30:00Z",
        "CSCO#1m#2014-06-06T14:31:00Z",
    ] == list(served_bars(holding("prices", bars), "prices"))


def test_a_tweet_of_very_many_tickers_is_listed_under_the_first_hundred() -> None:
    """Else one text of cashtags alone is 300 MB of items, and blocks the stream."""
    tickers = tuple(f"T{number}" for number in range(5000))
    keys = tweet_keys("1", THEN, tickers, located=True)
    assert [f"{ticker}#2014-W23" for ticker in tickers[:100]] == [
        key["ticker_week"] for key in keys if "ticker_week" in key
    ]
