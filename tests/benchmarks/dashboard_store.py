"""A serving store of made-up tweets, their counts and bars, written as the pipeline writes them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.e2e.dashboard_world import TABLES, minute_bars, rollup, total
from tickertape.domain.periods import Level, period_name
from tickertape.domain.sentiment import Sentiment, Verdict
from tickertape.domain.tweet import Author, Location, Tweet
from tickertape.serving.keys import BY_TICKER
from tickertape.serving.store import write_items
from tickertape.serving.tweets import tweet_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import CreateTableInputTypeDef, KeySchemaElementTypeDef

NOW = datetime(2025, 11, 28, 18, tzinfo=UTC)
_DAYS = 30
_TICKERS = 40
_SESSIONS, _SYMBOLS, _MINUTES = 2, 12, 390
# So many in a hundred say where they were written.
_LOCATED = 2
_CHUNK = 5_000
_INDEXES = {"ticker_rollups": ("ticker_level", "period_start"), "recent_tweets": ("ticker_week", "created_at_id")}
_TEXTS = (
    "${ticker} breaking out on the five minute chart, adding a little here",
    "not sure about ${ticker} after that print, margin looks thin and guidance was soft",
    "holding ${ticker} over the weekend, let's see what the open brings #stocks",
    "RT @TapeOwl: ${ticker} volume is awful today, waiting for the close",
)
_Moods = dict[tuple[Level, str, str], Counter[str]]


def make_tables(client: DynamoDBClient) -> None:
    """The serving tables with their indexes, as the stack's template has them."""
    for table, key in TABLES.items():
        index = _INDEXES.get(table)
        made: CreateTableInputTypeDef = {
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in dict.fromkeys([*key, *(index or ())])
            ],
            "KeySchema": _schema(*key),
        }
        if index:
            made["GlobalSecondaryIndexes"] = [
                {"IndexName": BY_TICKER, "KeySchema": _schema(*index), "Projection": {"ProjectionType": "ALL"}}
            ]
        client.create_table(**made)


def _schema(partition: str, sort: str) -> list[KeySchemaElementTypeDef]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def fill(client: DynamoDBClient, tweets: int) -> int:
    """That many tweets of thirty days up to `NOW`, their counts and some days of bars; returns how many items."""
    dice = random.Random(7)
    moods: _Moods = defaultdict(Counter)
    written, waiting = 0, list[dict[str, Any]]()
    for number in range(tweets):
        made = _tweet(dice, number)
        mood = dice.choices(list(Sentiment), (4, 4, 2))[0]
        waiting += tweet_items(made, Verdict(mood, 0.3, "textblob", "text"), expires_at=2_000_000_000)
        for level in Level:
            period = period_name(level, made.created_at)
            for ticker in ("", *made.tickers):
                moods[level, period, ticker][mood] += 1
        if len(waiting) >= _CHUNK:
            written += _write(client, "recent_tweets", waiting)
            waiting.clear()
    written += _write(client, "recent_tweets", waiting)
    written += _write(client, "ticker_rollups", list(_rollups(moods)))
    written += _write(client, "period_totals", list(_totals(moods)))
    for symbol in range(_SYMBOLS):
        written += _write(client, "prices", list(_bars(dice, f"T{symbol}")))
    return written


def _write(client: DynamoDBClient, table: str, items: list[dict[str, Any]]) -> int:
    return write_items(client, table, TABLES[table], items)


def _tweet(dice: random.Random, number: int) -> Tweet:
    at = NOW - timedelta(milliseconds=dice.randrange(_DAYS * 86_400_000))
    # Few are named by many, as people do.
    tickers = tuple(dict.fromkeys(f"T{int(dice.paretovariate(1.0)) % _TICKERS}" for _ in range(dice.choice((1, 1, 2)))))
    place = Location(dice.uniform(25, 55), dice.uniform(-120, 20), None) if dice.randrange(100) < _LOCATED else None
    return Tweet(
        id=f"{number:09}",
        created_at=at,
        text=dice.choice(_TEXTS).replace("{ticker}", tickers[0]),
        author=Author("1", f"author{number % 5_000}", 100),
        lang="en",
        tickers=tickers,
        hashtags=(),
        location=place,
        reply_to=None,
        is_retweet=False,
        source="bench",
    )


def _rollups(moods: _Moods) -> Iterator[dict[str, Any]]:
    for (level, period, ticker), counts in moods.items():
        if ticker:
            yield rollup(level, period, ticker, *_split(counts))


def _totals(moods: _Moods) -> Iterator[dict[str, Any]]:
    for (level, period, ticker), counts in moods.items():
        if not ticker:
            yield total(level, period, *_split(counts))


def _split(counts: Counter[str]) -> tuple[int, int, int]:
    return counts[Sentiment.POSITIVE], counts[Sentiment.NEUTRAL], counts[Sentiment.NEGATIVE]


def _bars(dice: random.Random, symbol: str) -> Iterator[dict[str, Any]]:
    for day in reversed(range(_SESSIONS)):
        start = NOW.replace(hour=11, minute=30) - timedelta(days=day)
        yield from minute_bars(symbol, start, [100 + dice.random() for _ in range(_MINUTES)])
