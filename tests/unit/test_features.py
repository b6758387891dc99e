"""Features: against an independent computation, and without looking ahead."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from spark.jobs.features import Source, add_features
from spark.jobs.splits import COLUMNS, edges_of, known_splits, shares_of
from spark.jobs.tables import File, LocalTables, State
from spark.schemas import SPAM, TWEETS
from spark.transforms.candles import joined, with_returns
from spark.transforms.features import features_of, talk_of, with_past_and_next
from spark.transforms.mentions import mentions_of
from spark.transforms.spam import SpamRules, mark_spam, spam_of
from spark.transforms.spam_known import spam_known
from tests import price_tables
from tests.price_events import DAY, MINUTE, NOON, SPLITS, assert_alike, bar, events, flat, minutes, rows_of
from tickertape.domain.times import parse_utc
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS

SAYS = "Sign up here for the very best picks"


def mention(number: int, moment: datetime, **changes: Any) -> dict[str, Any]:
    told = {"id": str(number), "ticker": "AAPL", "created_at": moment, "sentiment": "positive", "polarity": 0.5}
    return told | {"lang": "en", "is_retweet": False, "author_id": str(number % 5), "spam": False} | changes


def spam_row(number: int, moment: datetime, **changes: Any) -> dict[str, Any]:
    told = {"id": str(number), "created_at": moment, "author_id": str(number), "text": SAYS, "tickers": ["AAPL"]}
    return told | {"reason": "repeated_text"} | changes


def test_a_copy_is_known_as_one_when_it_is_one_too_many(spark: SparkSession) -> None:
    """Two copies are none yet; from the third on all are, the first ones as of then. So it is with a burst."""
    copies = [spam_row(number, NOON + number * MINUTE) for number in range(4)]
    burst = [
        spam_row(10 + number, NOON + number * MINUTE, author_id="a", text=f"{number}", reason="author_burst")
        for number in range(5)
    ]
    known = spam_known(spark.createDataFrame([*copies, *burst], SPAM), SpamRules(copies=3, burst=4))
    found = {row["id"]: (row["known_at"].astimezone(UTC) - NOON) // MINUTE for row in known.collect()}
    assert {"0": 2, "1": 2, "2": 2, "3": 3, "10": 3, "11": 3, "12": 3, "13": 3, "14": 4} == found


def talk() -> list[dict[str, Any]]:
    """Mentions of what has candles and of what has none: in sessions, at their edges, at night and on weekends."""
    dice = random.Random(3)
    edges = ["2014-06-06T19:59:59Z", "2014-06-06T20:00:00Z", "2014-06-07T12:00:00Z", "2014-06-09T19:59:59Z"]
    moments = [*map(parse_utc, edges), *(NOON + dice.randrange(9000) * MINUTE for _ in range(200))]
    return [
        mention(
            number,
            moment,
            ticker=dice.choice(["AAPL", "AAPL", "MSFT", "T"]),
            sentiment=dice.choice(["positive", "neutral", "negative", None]),
            polarity=dice.choice([None, 0.25, -0.5]),
        )
        for number, moment in enumerate(moments)
    ]


def laid_down(root: Path, table: Table, rows: pa.Table, moment: str) -> Source:
    """Rows as a run would have left them, a file a month."""
    months = pc.strftime(rows[moment], "%Y-%m")
    files = {}
    (root / table).mkdir()
    for month in sorted(set(months.to_pylist())):
        some = rows.filter(pc.equal(months, month))
        files[month] = File(f"{month}.parquet", len(some))
        pq.write_table(some, root / table / files[month].name)
    return Source(LocalTables(root), State("code", files={table: files}))


def test_features_are_what_another_engine_makes_of_candles_and_mentions(spark: SparkSession, tmp_path: Path) -> None:
    """Each hour's and each day's talk beside its return, what was before and what came next; again for nothing."""
    candles = price_tables.candles(flat(spark, events()).toArrow(), SPLITS)
    mentions = pa.Table.from_pylist(talk(), schema=SCHEMAS[Table.MENTIONS]).drop_columns(["year", "month"])
    sources = (
        laid_down(tmp_path, Table.CANDLES, candles, "ts"),
        laid_down(tmp_path, Table.MENTIONS, mentions, "created_at"),
    )
    tables = LocalTables(tmp_path)
    state = add_features(spark, tables, State("code"), *sources, SpamRules())
    features = rows_of(tables, state, Table.FEATURES)
    expected = price_tables.features(candles, mentions)
    assert_alike(expected, features, ["ticker", "interval", "ts"])
    assert [*features.column_names, "year", "month"] == SCHEMAS[Table.FEATURES].names
    assert {"AAPL", "MSFT", "IBM"} == set(features["ticker"].to_pylist())
    assert state is add_features(spark, tables, state, *sources, SpamRules())


def told(number: int, moment: datetime, world: str, dice: random.Random) -> dict[str, Any]:
    """A tweet of a world of its own; its copies are its own as well."""
    # Of several texts, so that a third copy may come late in the day.
    copy = f"{SAYS}, {dice.choice(['one', 'two', 'three', 'four'])} of {world}"
    text = copy if dice.random() < 0.3 else f"{world} {number}"
    return {
        "slice": "2014-06",
        "id": f"{number}-{world}",
        "created_at": moment,
        "text": text,
        "author_id": f"{number % 7}-{world}",
        "tickers": [f"AAPL{world}"],
        "is_retweet": dice.random() < 0.2,
        "lang": "en",
        "sentiment": dice.choice(["positive", "negative"]),
        "polarity": round(dice.uniform(-1, 1), 3),
    }


def world_of(name: str, cut: datetime, *, garbled: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The bars and the tweets of a world: all alike before the cut, and behind it others, or none."""
    same, other = random.Random(5), random.Random(name)
    bars = []
    for event in [
        *minutes(f"AAPL{name}", "2014-06-05T12:00:00Z", 90, 640.0),
        *minutes(f"AAPL{name}", "2014-06-06T13:00:00Z", 70, 90.0),
    ]:
        moment = parse_utc(event["ts"])
        if moment < cut:
            bars.append(event)
        elif garbled:
            bars.append(bar(event["symbol"], moment, event["close"] * other.choice([0.5, 1.1, 2.0])))
    tweets = []
    for number in range(160):
        moment = NOON - timedelta(hours=6) + number * 13 * MINUTE
        tweet = told(number, moment, name, same)
        if moment < cut:
            tweets.append(tweet)
        elif garbled and other.random() < 0.8:
            tweets.append(told(number, moment, name, other))
    return bars, tweets


def test_no_feature_knows_what_comes_after_its_interval(spark: SparkSession) -> None:
    """Whatever is changed, added or removed behind the end of an hour or a day, its features are the same.

    Splits and spam included: a price that halves later, and the copy that makes a text spam, are not known yet.
    """
    ends = [NOON + timedelta(hours=hours) for hours in (0, 1, 4, 9, 24, 26)]
    late = NOON + 30 * DAY
    worlds = {"A": (late, True)} | {chr(66 + n): (end, n % 2 == 0) for n, end in enumerate(ends)}
    bars, tweets = [], []
    for name, (cut, garbled) in worlds.items():
        some = world_of(name, cut, garbled=garbled)
        bars += some[0]
        tweets += some[1]
    prices = flat(spark, bars).cache()
    splits = known_splits([edges_of(prices.select(*COLUMNS).toArrow())])
    rules = SpamRules(copies=3, burst=4)
    empty = dict.fromkeys(TWEETS.fieldNames())
    schema = StructType([*TWEETS.fields, StructField("slice", StringType())])
    marked = mark_spam(spark.createDataFrame([empty | tweet for tweet in tweets], schema), rules).cache()
    mentions = mentions_of(marked)
    candles = with_past_and_next(with_returns(joined(prices), spark.createDataFrame(shares_of(splits))))
    rows = features_of(candles, talk_of(mentions, spam_known(spam_of(marked), rules))).toArrow().to_pylist()
    known = {(row["ticker"][-1], row["interval"], row["ts"]): row for row in rows}
    compared = 0
    for (name, *key), row in known.items():
        if name != "A" and row["ends_at"] <= worlds[name][0]:
            original = known["A", *key]
            features = [column for column in row if column != "ticker" and not column.startswith("next_")]
            assert [original[column] for column in features] == [row[column] for column in features]
            compared += 1
    assert compared > 50
    assert {"AAPLA"} < {split.symbol for split in splits}
    # At the end of what a world knows, a tweet is known for spam where it is marked as such.
    spam = {(row["ticker"], row["created_at"]): row["spam"] for row in mentions.toArrow().to_pylist()}
    shares = set()
    for name, end in zip("CEG", ends[1::2], strict=True):
        for row in rows:
            if row["ticker"][-1] == name and row["ends_at"] == end and row["mentions"]:
                of = [
                    mark for (ticker, at), mark in spam.items() if ticker == row["ticker"] and row["talk_since"] <= at
                ]
                assert round(sum(of) / len(of), 6) == row["spam_share"]
                shares.add(row["spam_share"])
    assert len(shares) > 1
