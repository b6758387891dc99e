"""What the dashboard asks DynamoDB, how often, and what it does when nobody answers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from dashboard.queries import counts, prices
from dashboard.queries.cache import TimedCache
from dashboard.queries.reader import FAST_S, ServingReader, StoreAway
from dashboard.queries.status import read_status
from dashboard.queries.tweets import MAX_DAYS, recent_tweets
from dashboard.state import DAY, LATEST
from tests.e2e.dashboard_world import OPEN, RESOURCES, World, full_world, rollup, ticker_split, total, tweet
from tickertape.aws import NotDeployed, Resources
from tickertape.domain.periods import Level
from tickertape.serving.keys import TWEET_SHARDS, days_back


def test_current_and_previous_period() -> None:
    """The previous period is the one with data before, however long ago; both come from one Query."""
    world = full_world()
    current, previous = counts.period_and_previous(world.reader(), Level.HOURLY, "2014-06-06T13")
    assert ("2014-06-06T13", "2014-06-05T14") == (current and current.period, previous and previous.period)
    assert 1 == len(world.dynamodb.queries)


def test_period_without_data() -> None:
    """A period nobody tweeted in is None, beside the one before it."""
    current, previous = counts.period_and_previous(full_world().reader(), Level.DAILY, "2014-06-09")
    assert (None, "2014-06-06") == (current, previous and previous.period)


def test_latest_follows() -> None:
    """The latest period is the newest one that the last batch wrote."""
    world = full_world()
    reader = world.reader()
    counts.period_and_previous(reader, Level.DAILY, LATEST)
    world.dynamodb.put("period_totals", [total(Level.DAILY, "2014-06-09", 1, 0, 0)])
    world.seconds += 5
    current, _ = counts.period_and_previous(reader, Level.DAILY, LATEST)
    assert "2014-06-09" == (current and current.period)


def test_shares_are_of_tweets() -> None:
    """Shares divide the tweets, and nothing where there are none."""
    current, _ = counts.period_and_previous(full_world().reader(), Level.DAILY, LATEST)
    assert current
    assert (0.25, 60, 90) == (current.share("negative"), current.tweets, current.mentions)
    assert None is counts.Split.of_all(total(Level.DAILY, "2014-06-06", 0, 0, 0)).share("negative")


def test_tickers_are_sorted_by_share() -> None:
    """The share decides, and the mentions between equal shares; few mentions have no share worth ranking."""
    names = [("AAPL", 10, 20, 10), ("FB", 20, 5, 5), ("KO", 4, 1, 1), ("GE", 2, 0, 0)]
    ranked = [ticker_split(Level.DAILY, "2014-06-06", *each) for each in names]
    assert ["FB", "KO", "AAPL"] == [split.ticker for split in counts.sorted_by(ranked, "positive")]
    assert ["AAPL", "FB", "KO", "GE"] == [split.ticker for split in counts.sorted_by(ranked, "mentions")]
    assert ["GE"] == [split.ticker for split in counts.sorted_by(ranked[3:], "positive")]


def test_tickers_are_ranked() -> None:
    """The most mentioned ticker comes first, the alphabet decides between equals."""
    world = full_world()
    world.dynamodb.put("ticker_rollups", [rollup(Level.DAILY, "2014-06-06", "BAC", 0, 20, 0)])
    ranked = counts.ranked_tickers(world.reader(), Level.DAILY, "2014-06-06")
    assert ["AAPL", "FB", "BAC", "TSLA"] == [split.ticker for split in ranked]
    assert 1 == len(world.dynamodb.queries)


@pytest.mark.parametrize(
    ("level", "outer", "inner"),
    [
        (Level.DAILY, LATEST, LATEST),
        (Level.DAILY, "2014-06-06T13", "2014-06-06"),
        (Level.HOURLY, "2014-06-06", "2014-06-06T14"),
        (Level.HOURLY, "2014", "2014-06-06T14"),
        (Level.HOURLY, "2013", LATEST),
    ],
)
def test_changing_the_level_keeps_the_time(level: Level, outer: str, inner: str) -> None:
    """A coarser level shows the period around, a finer one the newest inside."""
    assert inner == counts.newest_within(full_world().reader(), level, outer)


def test_trend_of_all_and_of_a_ticker() -> None:
    """The trend is read oldest first, that of a ticker by the totals of its periods: one Query each."""
    world = full_world()
    reader = world.reader()
    of_all = counts.trend(reader, Level.DAILY, None, "2014-06-06", LATEST)
    of_ticker = counts.trend(reader, Level.DAILY, "AAPL", "2014-06-06", LATEST)
    assert [("2014-06-05", 40), ("2014-06-06", 60)] == [(split.period, split.tweets) for split in of_all]
    assert [("2014-06-05", 30), ("2014-06-06", 40)] == [(split.period, split.mentions) for split in of_ticker]
    assert 2 == len(world.dynamodb.queries)


def test_trend_around_a_period_long_ago() -> None:
    """A period older than the trend's span is shown among its neighbours."""
    world = full_world()
    days = ["2012-03-01", "2012-03-05", "2012-03-09"]
    world.dynamodb.put("period_totals", [total(Level.DAILY, day, 1, 0, 0) for day in days])
    shown = counts.trend(world.reader(), Level.DAILY, None, "2014-06-06", "2012-03-05")
    assert days == [split.period for split in shown]


def test_tweets_of_every_shard() -> None:
    """The newest tweets of all shards come in order, each once, though some are about several tickers."""
    world = full_world()
    world.dynamodb.put("recent_tweets", tweet("999", OPEN + timedelta(seconds=1), tickers=["AAPL", "FB"]))
    shown = recent_tweets(world.reader(), OPEN, None, 5)
    assert ["999", "100", "101", "102", "103"] == [each.id for each in shown]


def test_tweets_of_a_ticker_come_from_its_week() -> None:
    """Second mentions included, and before any batch: one Query for the weeks, one for this week."""
    world = full_world()
    world.dynamodb.put("recent_tweets", tweet("999", OPEN, tickers=["AAPL", "FB"]))
    assert ["999"] == [each.id for each in recent_tweets(world.reader(), OPEN, "FB", 50)]
    assert 2 == len(world.dynamodb.queries)


@pytest.mark.parametrize(
    ("limit", "expected", "queries"), [(1, ["new"], 2), (2, ["new", "old"], 3), (9, ["new", "old"], 3)]
)
def test_a_ticker_s_weeks_are_asked_until_there_are_enough(limit: int, expected: list[str], queries: int) -> None:
    """Only those that count it, the newest first."""
    world = World()
    for week in ("2013-W50", "2014-W23"):
        world.dynamodb.put("ticker_rollups", [rollup(Level.WEEKLY, week, "FB", 1, 0, 0)])
    world.dynamodb.put("recent_tweets", tweet("old", datetime(2013, 12, 11, tzinfo=UTC), tickers=["FB"]))
    world.dynamodb.put("recent_tweets", tweet("new", OPEN, tickers=["FB"]))
    assert expected == [each.id for each in recent_tweets(world.reader(), OPEN, "FB", limit)]
    assert queries == len(world.dynamodb.queries)


def test_tweets_before_the_first_batch() -> None:
    """The clock's own day is asked too: the live layer is ahead of the batch."""
    world = World()
    world.dynamodb.put("recent_tweets", tweet("1", OPEN))
    assert ["1"] == [each.id for each in recent_tweets(world.reader(), OPEN, None, 20)]


def test_tweets_stop_at_the_first_full_day() -> None:
    """Older days are not asked once there are enough tweets."""
    world = full_world()
    recent_tweets(world.reader(), OPEN, None, 10)
    assert 1 + TWEET_SHARDS == len(world.dynamodb.queries)


def test_tweets_are_bounded_queries() -> None:
    """A hundred quiet days cost no more than `MAX_DAYS`."""
    world = World()
    world.dynamodb.put("period_totals", [total(Level.DAILY, day, 1, 0, 0) for day in days_back(OPEN, 100)])
    assert [] == recent_tweets(world.reader(), OPEN, None, 200)
    assert 1 + MAX_DAYS * TWEET_SHARDS == len(world.dynamodb.queries)


def test_newest_bars_oldest_first() -> None:
    """The newest bars are read backwards and shown forwards, averages only where their window was full."""
    shown = prices.bars(full_world().reader(), "AAPL#1m", "20")
    assert (20, 93.29) == (len(shown), shown[-1].close)
    assert {5, 20} == set(shown[-1].averages)
    assert (5, 20) == prices.windows_of(shown)
    assert shown[0].ts < shown[-1].ts


def test_bars_of_the_newest_day() -> None:
    """A day is New York's day of the newest bar, in two Queries."""
    world = full_world()
    shown = prices.bars(world.reader(), "AAPL#1m", DAY)
    assert (30, 2) == (len(shown), len(world.dynamodb.queries))


def test_series_of_a_ticker() -> None:
    """A ticker's minutes come before what is made of them; without bars of its own the first symbol's are shown."""
    intervals = ("1d", "1m", "5m")
    known = [prices.Series(f"{symbol}#{each}", symbol, each, None) for symbol in ("AAPL", "FB") for each in intervals]
    assert ["AAPL · 1 day", "AAPL · 1 minute", "AAPL · 5 minutes"] == [series.label for series in known[:3]]
    assert ["FB#1m", "AAPL#1m", "AAPL#1m"] == [prices.default_series(known, each) for each in ("FB", "TSLA", None)]
    assert None is prices.default_series([], "FB")


def test_many_viewers_cost_what_one_does() -> None:
    """Within a refresh interval an answer serves everyone; after it, it is asked for again."""
    world = full_world()
    reader = world.reader()
    for _ in range(50):
        prices.all_series(reader)
    assert 1 == len(world.dynamodb.queries)
    world.seconds += FAST_S
    prices.all_series(reader)
    assert 2 == len(world.dynamodb.queries)


def test_viewers_at_once_wait_for_one_answer() -> None:
    """Requests that come while the first is under way do not ask again."""
    cache = TimedCache(lambda: 0.0)
    asked, go_on = [], threading.Event()

    def slowly() -> int:
        asked.append(1)
        go_on.wait(5)
        return 7

    with ThreadPoolExecutor(4) as viewers:
        answers = [viewers.submit(cache.get, "key", 1.0, slowly) for _ in range(4)]
        go_on.set()
        assert [7] * 4 == [answer.result() for answer in answers]
    assert [1] == asked


def test_an_answer_that_took_long_is_kept_longer() -> None:
    """So that a slow store is not asked the same thing all the time; a quick one is asked when its answer is old."""
    seconds, asked = [0.0], list[float]()
    cache = TimedCache(lambda: seconds[0])

    def ask() -> None:
        for took in (2.0, 0.1):
            cache.get(took, 2.0, partial(answer, took))

    def answer(took: float) -> None:
        seconds[0] += took
        asked.append(took)

    ask()
    seconds[0] += 5.0
    ask()
    assert [2.0, 0.1, 0.1] == asked


def test_store_away_and_back() -> None:
    """A failure is told once for all views, and forgotten when the store is back."""
    world = full_world()
    reader = world.reader()
    world.dynamodb.failure = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")
    for level in Level:
        with pytest.raises(StoreAway, match="DynamoDB does not answer"):
            counts.periods(reader, level)
    assert 1 == len(world.dynamodb.queries)
    world.dynamodb.failure = None
    world.seconds += 1
    assert ["2014"] == counts.periods(reader, Level.YEARLY)


def test_the_header_asks_only_when_nobody_else_did() -> None:
    """Whether DynamoDB answers is known from any answer of the last seconds."""
    world = full_world()
    reader = world.reader()
    counts.periods(reader, Level.YEARLY)
    asked = len(world.dynamodb.queries)
    reader.check()
    assert asked == len(world.dynamodb.queries)
    world.seconds += FAST_S
    reader.check()
    assert asked + 1 == len(world.dynamodb.queries)


def test_missing_table_asks_for_the_names_again() -> None:
    """A stack that was made anew is found under its new names."""
    world = full_world()
    loads: list[int] = []

    def load() -> Resources:
        loads.append(1)
        return RESOURCES

    reader = ServingReader(load, lambda: cast(Any, world.dynamodb), world.monotonic)
    reader.check()
    world.dynamodb.failure = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Query")
    world.seconds += 10
    with pytest.raises(StoreAway, match="make up"):
        reader.check()
    world.dynamodb.failure = None
    world.seconds += 10
    reader.check()
    assert 2 == len(loads)


def test_not_deployed_yet() -> None:
    """Before the stack is there the reader says so, and needs no client for it."""

    def load() -> Resources:
        raise NotDeployed("no stack")

    def no_client() -> Any:
        raise AssertionError("a client was made")

    with pytest.raises(StoreAway, match="not deployed yet"):
        ServingReader(load, no_client).check()


def test_redis_away_is_said() -> None:
    """Without Redis the clock is unknown, and the time is the wall's."""
    world = full_world()
    world.redis.away = True
    status = read_status(world.redis_client, world.wall())
    assert (None, world.wall(), None) == (status.clock, status.now, status.batch_at)


def test_clock_never_set_is_the_wall_clock() -> None:
    """Before anyone set the clock it is the wall's, and no batch has run."""
    world = World()
    status = read_status(world.redis_client, world.wall())
    assert (world.wall(), None) == (status.now, status.batch_at)
    assert status.clock
    assert None is status.clock.virtual
