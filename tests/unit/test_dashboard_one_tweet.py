"""Looking one tweet up by its id in the serving store."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.components.found_tweet import found_tweet
from dashboard.queries.one_tweet import MAX_DAYS, find_tweet, made_at
from tests.e2e.dashboard_world import OPEN, full_world, tweet
from tickertape.domain.times import parse_utc

# Made at 2014-06-06T14:03:20.500Z, as Twitter makes them.
SNOWFLAKE = str((1_402_063_400_500 - 1_288_834_974_657) << 22)


@pytest.mark.parametrize(
    ("tweet_id", "moment"),
    [
        (SNOWFLAKE, parse_utc("2014-06-06T14:03:20.500Z")),
        ("100", None),
        ("at://did:plc:x/3l", None),
        ("9" * 30, None),
        ("٣" * 19, None),
    ],
)
def test_an_id_of_twitters_says_its_time(tweet_id: str, moment: datetime | None) -> None:
    """Any other id says none."""
    assert moment == made_at(tweet_id)


def test_a_time_in_the_id_is_one_query() -> None:
    """However many days there are; five more for the counts."""
    world = full_world()
    world.dynamodb.put("recent_tweets", tweet(SNOWFLAKE, parse_utc("2014-06-06T14:03:20Z"), tickers=("AAPL", "FB")))
    found = find_tweet(world.reader(), OPEN, SNOWFLAKE)
    assert found is not None
    assert (SNOWFLAKE, ("AAPL", "FB"), 60) == (found.tweet.id, found.tickers, found.periods["DAILY 2014-06-06"])
    assert 6 == len(world.dynamodb.queries)


def test_the_one_query_asks_where_and_when_the_tweet_was_stored() -> None:
    """Its key is made as it was when it was written, and two seconds to each side are asked for."""
    world = full_world()
    (item,) = tweet(SNOWFLAKE, parse_utc("2014-06-06T14:03:20.5Z"))
    assert find_tweet(world.reader(), OPEN, SNOWFLAKE) is None
    conditions = world.dynamodb.queries[0]["KeyConditions"].values()
    values = [value["S"] for each in conditions for value in each["AttributeValueList"]]
    expected = {item["day_shard"], "2014-06-06T14:03:18.500Z#", "2014-06-06T14:03:22.500Z#"}
    assert expected == set(values)


def test_any_other_id_is_looked_for_day_by_day() -> None:
    """In the one partition of each day that can have it, newest day first."""
    world = full_world()
    found = find_tweet(world.reader(), OPEN + timedelta(days=1), "111")
    assert found is not None and "2014-06-06" == found.partition[:10]
    assert find_tweet(world.reader(), OPEN, "999") is None
    assert len(world.dynamodb.queries) < 2 * MAX_DAYS


def test_a_tweet_that_is_not_there_says_where_to_look() -> None:
    """The command has the id as it was typed, and a hostile one stays text."""
    shown = str(found_tweet("`<b>7", None, []))
    assert "tickertape trace <b>7" in shown
