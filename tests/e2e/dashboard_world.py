"""A small market in a fake DynamoDB and a fake Redis, for the dashboard's tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import redis

from dashboard.queries.counts import Split
from dashboard.queries.reader import ServingReader
from tests.fakes.dynamodb import MemoryDynamoDB
from tickertape.aws import Resources
from tickertape.control.clock import write_state
from tickertape.control.keys import BATCH_LAST
from tickertape.domain.averages import moving_averages
from tickertape.domain.periods import Level
from tickertape.domain.sentiment import Sentiment, Verdict
from tickertape.domain.telling import TellingWord
from tickertape.domain.tweet import Author, Location, Tweet
from tickertape.domain.virtual_clock import ClockState
from tickertape.serving import keys
from tickertape.serving.rollups import rollup_item
from tickertape.serving.store import write_items
from tickertape.serving.tweets import tweet_items

TABLES = {
    "ticker_rollups": ("period", "ticker"),
    "period_totals": ("level", "period_start"),
    "recent_tweets": ("day_shard", "created_at_id"),
    "prices": ("symbol_interval", "ts"),
    "predictions": ("series", "at_learner"),
}
RESOURCES = Resources(
    tweets_stream="tweets",
    stock_stream="stock_stream_data",
    sma_stream="stock_sma_stream",
    tweets_delivery="tweets-to-lake",
    bars_delivery="bars-to-lake",
    lake_bucket="lake",
    backups_bucket="backups",
    ticker_rollups_table="ticker_rollups",
    period_totals_table="period_totals",
    recent_tweets_table="recent_tweets",
    prices_table="prices",
    predictions_table="predictions",
    events_log_group="events",
)
# A Friday, 10:00 in New York.
OPEN = datetime(2014, 6, 6, 14, tzinfo=UTC)


class CountingDynamoDB(MemoryDynamoDB):
    """Counts its Query calls, and is away while `failure` is set."""

    def __init__(self, page: int = 1_000) -> None:
        super().__init__(TABLES, page)
        self.queries: list[dict[str, Any]] = []
        self.failure: Exception | None = None

    def query(self, **arguments: Any) -> dict[str, Any]:
        self.queries.append(dict(arguments))
        if self.failure:
            raise self.failure
        return super().query(**arguments)

    def put(self, table: str, items: Iterable[Mapping[str, Any]]) -> None:
        """Write items as the pipeline does."""
        write_items(cast(Any, self), table, TABLES[table], items)


class MemoryRedis:
    """The Redis calls that the clock and the batch need; away while `away` is set."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self.away = False

    def _check(self) -> None:
        if self.away:
            raise redis.ConnectionError("refused")

    def hset(self, name: str, mapping: Mapping[str, str]) -> None:
        self._values[name] = dict(mapping)

    def hgetall(self, name: str) -> dict[str, str]:
        self._check()
        return dict(self._values.get(name, {}))

    def set(self, name: str, value: str) -> None:
        self._values[name] = value

    def get(self, name: str) -> str | None:
        self._check()
        return self._values.get(name)


class World:
    """Everything the dashboard asks, and the time that passes."""

    def __init__(self) -> None:
        self.dynamodb = CountingDynamoDB()
        self.redis = MemoryRedis()
        self.seconds = 0.0

    def monotonic(self) -> float:
        """The cache's clock."""
        return self.seconds

    def wall(self) -> datetime:
        """The wall clock."""
        return OPEN + timedelta(days=4_000, seconds=self.seconds)

    def reader(self) -> ServingReader:
        """A reader of this world."""
        return ServingReader(lambda: RESOURCES, lambda: cast(Any, self.dynamodb), self.monotonic)

    @property
    def redis_client(self) -> redis.Redis:
        """The fake, typed as the real one."""
        return cast(redis.Redis, self.redis)

    def play(self, *, paused: bool = False, speed: float = 60.0) -> None:
        """Set the clock to `OPEN`, and say that a batch just ended."""
        state = ClockState(virtual=OPEN, wall=self.wall(), speed=speed, paused=paused)
        write_state(self.redis_client, state)
        self.redis.set(BATCH_LAST, json.dumps({"run_id": "a", "finished_at": self.wall().timestamp()}))


def total(level: Level, period: str, positive: int, neutral: int, negative: int, mentions: int = 0) -> dict[str, Any]:
    """An item of `period_totals`."""
    counts = {"positive": positive, "neutral": neutral, "negative": negative}
    tweets = positive + neutral + negative
    return {**keys.total_key(level, period), **counts, "tweets": tweets, "mentions": mentions or tweets, "authors": 1}


def rollup(level: Level, period: str, ticker: str, positive: int, neutral: int, negative: int) -> dict[str, Any]:
    """An item of `ticker_rollups`."""
    return rollup_item(level, period, ticker, _counts(positive, neutral, negative))


def ticker_split(level: Level, period: str, ticker: str, positive: int, neutral: int, negative: int) -> Split:
    """What a page makes of such an item."""
    del level
    return Split.of_ticker(ticker, period, _counts(positive, neutral, negative))


def _counts(positive: int, neutral: int, negative: int) -> dict[str, Any]:
    mentions = positive + neutral + negative
    counts = {"mentions": mentions, "positive": positive, "neutral": neutral, "negative": negative}
    return counts | {"polarity": (positive - negative) / mentions, "authors": mentions, "spam": 0}


def tweet(
    tweet_id: str,
    at: datetime,
    text: str = "$AAPL up",
    author: str = "ann",
    tickers: Sequence[str] = ("AAPL",),
    sentiment: Sentiment | str = Sentiment.POSITIVE,
    polarity: float = 0.5,
    method: str = "text",
    location: Location | None = None,
    words: Sequence[TellingWord] | None = None,
) -> list[dict[str, Any]]:
    """The items of `recent_tweets` that one tweet is stored as, made by the code that stores them."""
    made = Tweet(
        id=tweet_id,
        created_at=at,
        text=text,
        author=Author("1", author, 0),
        lang="en",
        tickers=tuple(tickers),
        hashtags=(),
        location=location,
        reply_to=None,
        is_retweet=False,
        source="tape",
    )
    verdict = Verdict(Sentiment(sentiment), polarity, "none", method, None if words is None else tuple(words))
    return list(tweet_items(made, verdict, expires_at=2_000_000_000))


def minute_bars(symbol: str, start: datetime, closes: list[float]) -> list[dict[str, Any]]:
    """The items of `prices`: one bar a minute with its averages, and the series' entry."""
    averages = moving_averages(closes)
    bars = []
    for minute, (close, means) in enumerate(zip(closes, averages, strict=True)):
        prices = {"open": close, "high": close + 0.1, "low": close - 0.1, "close": close, "volume": 100.0}
        key = keys.price_key(symbol, "1m", start + timedelta(minutes=minute))
        bars.append({**key, **prices, **{f"sma_{window}": mean for window, mean in means.simple.items()}})
    return [*bars, {**keys.series_key(symbol, "1m"), "last_ts": bars[-1]["ts"]}]


def full_world() -> World:
    """Two days of counts, three tickers, twelve tweets, two sessions of bars; a tape plays."""
    world = World()
    world.play()
    world.dynamodb.put(
        "period_totals",
        [
            total(Level.YEARLY, "2014", 30, 50, 20, 150),
            total(Level.MONTHLY, "2014-06", 30, 50, 20, 150),
            total(Level.DAILY, "2014-06-05", 10, 25, 5, 60),
            total(Level.DAILY, "2014-06-06", 20, 25, 15, 90),
            total(Level.HOURLY, "2014-06-05T14", 10, 25, 5, 60),
            total(Level.HOURLY, "2014-06-06T13", 12, 15, 3, 40),
            total(Level.HOURLY, "2014-06-06T14", 8, 10, 12, 50),
        ],
    )
    world.dynamodb.put(
        "ticker_rollups",
        [
            rollup(Level.DAILY, "2014-06-06", "AAPL", 10, 20, 10),
            rollup(Level.DAILY, "2014-06-06", "FB", 20, 5, 5),
            rollup(Level.DAILY, "2014-06-06", "TSLA", 0, 10, 10),
            rollup(Level.DAILY, "2014-06-05", "AAPL", 10, 20, 0),
            rollup(Level.HOURLY, "2014-06-06T14", "AAPL", 5, 5, 5),
        ],
    )
    minutes = [OPEN - timedelta(minutes=ago) for ago in range(12)]
    moods = ("positive", "neutral", "negative")
    for number, at in enumerate(minutes):
        world.dynamodb.put("recent_tweets", tweet(f"{100 + number}", at, sentiment=moods[number % 3]))
    yesterday = minute_bars("AAPL", OPEN - timedelta(days=1), [90 + minute / 100 for minute in range(70)])
    today = minute_bars("AAPL", OPEN - timedelta(minutes=30), [93 + minute / 100 for minute in range(30)])
    world.dynamodb.put("prices", yesterday)
    world.dynamodb.put("prices", today)
    return world
