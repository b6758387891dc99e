"""Candles and features: against an independent computation, in any order of arrival, and without looking ahead."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from math import nan
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from spark.jobs.bars import add_bars
from spark.jobs.features import Source, add_features
from spark.jobs.splits import COLUMNS, edges_of, known_splits, shares_of
from spark.jobs.tables import File, LocalTables, State
from spark.schemas import BARS, CANDLES, SPAM, TWEETS
from spark.transforms.candles import joined, with_returns
from spark.transforms.features import features_of, talk_of, with_past_and_next
from spark.transforms.mentions import mentions_of
from spark.transforms.spam import SpamRules, mark_spam, spam_of
from spark.transforms.spam_known import spam_known
from tests import price_tables
from tickertape.domain.times import format_utc, parse_utc
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# AAPL's is seen in the prices; MSFT's are told, the first in a gap of weeks; of IBM's a jump, that it is none is told.
SPLITS = [
    ("AAPL", date(2014, 6, 9), 7.0),
    ("MSFT", date(2014, 5, 20), 1.5),
    ("MSFT", date(2014, 6, 9), 0.1),
]


def bar(symbol: str, ts: datetime, price: float, **changes: Any) -> dict[str, Any]:
    prices = {"open": price, "high": price * 1.01, "low": price * 0.99, "close": price * 1.002, "volume": 100.5}
    event = {"schema_version": 1, "symbol": symbol, "interval": "1m", "ts": format_utc(ts), "provider": "tape"}
    return event | prices | changes


def minutes(symbol: str, since: str, many: int, price: float, step: int = 7) -> Iterator[dict[str, Any]]:
    dice = random.Random(since)
    for number in range(many):
        price *= dice.uniform(0.998, 1.002)
        yield bar(symbol, parse_utc(since) + number * step * MINUTE, price, volume=float(dice.randrange(900)))


def days(symbol: str, since: str, many: int, price: float, **changes: Any) -> Iterator[dict[str, Any]]:
    dice = random.Random(since)
    closes = (parse_utc(since) + number * DAY for number in range(many))
    for ts in closes:
        price *= dice.uniform(0.98, 1.02)
        if ts.weekday() < 5:
            yield bar(symbol, ts, price, interval="1d", **changes)


def split(day: str, ratio: float) -> dict[str, Any]:
    return {"split": {"ex_date": day, "ratio": ratio}}


def events() -> list[dict[str, Any]]:
    """Minutes before, in and after the session, at night into the next UTC day, and days, over splits and gaps."""
    return [
        *minutes("AAPL", "2014-06-05T11:00:00Z", 115, 640.0),
        *minutes("AAPL", "2014-06-06T12:58:00Z", 60, 645.0),
        *minutes("AAPL", "2014-06-09T13:25:00Z", 80, 92.0),
        # Before the summer time and in it.
        *days("MSFT", "2014-02-20T21:00:00Z", 18, 40.0),
        *days("MSFT", "2014-03-10T20:00:00Z", 40, 41.0),
        *days("MSFT", "2014-06-02T20:00:00Z", 7, 26.0, **split("2014-05-20", 1.5)),
        *days("MSFT", "2014-06-09T20:00:00Z", 60, 260.0, **split("2014-06-09", 0.1)),
        # A day that has minutes too.
        *minutes("MSFT", "2014-06-10T13:30:00Z", 30, 262.0),
        *days("IBM", "2014-06-05T00:00:00Z", 3, 100.0),
        *days("IBM", "2014-06-09T00:00:00Z", 3, 50.0, **split("2014-06-09", 1.0)),
    ]


def add(spark: SparkSession, tables: LocalTables, state: State, some: Sequence[dict[str, Any]]) -> State:
    lines = tables.run_dir() / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, some)))
    return add_bars(spark, tables, state, lines)[0]


def rows_of(tables: LocalTables, state: State, table: Table) -> pa.Table:
    paths = tables.paths(state, table, state.slices(table))
    return pa.concat_tables(pq.ParquetFile(path).read() for path in paths)


@pytest.fixture(scope="module", autouse=True)
def large_months() -> Iterator[None]:
    """A month of more bars is kept by day: one of those here is, and the others are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spark.jobs.slices.MOST_ROWS_A_MONTH", 250)
        yield


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalTables, State]:
    """The tables of all events, taken at once."""
    tables = LocalTables(tmp_path_factory.mktemp("whole"))
    return tables, add(spark, tables, State("code"), events())


def assert_alike(expected: pa.Table, actual: pa.Table, key: Sequence[str]) -> None:
    """The same rows; numbers but for what was rounded."""
    order: Any = [(name, "ascending") for name in key]
    for name in sorted({*expected.column_names, *actual.column_names}):
        ours, theirs = (table.sort_by(order)[name].to_pylist() for table in (expected, actual))
        if expected[name].type != pa.float64():
            assert ours == theirs, name
            continue
        # approx compares nothing with None, and takes nan for itself on demand.
        ours, theirs = ([nan if value is None else value for value in values] for values in (ours, theirs))
        assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-6, nan_ok=True), name


def test_candles_are_what_another_engine_makes_of_the_bars(made: tuple[LocalTables, State]) -> None:
    """Prices, times of highs, splits, returns and volatility, from minutes and from days, over gaps."""
    tables, state = made
    candles = rows_of(tables, state, Table.CANDLES)
    expected = price_tables.candles(rows_of(tables, state, Table.BARS), SPLITS)
    assert_alike(expected, candles, ["symbol", "interval", "ts"])
    assert {*SCHEMAS[Table.CANDLES].names} == {*candles.column_names, "year", "month"}
    assert CANDLES.fieldNames() == candles.column_names
    assert candles["volatility"].null_count < len(candles)


def test_any_parts_in_any_order_make_the_same_candles(
    spark: SparkSession, tmp_path: Path, made: tuple[LocalTables, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shuffled, in parts, with repeats: the same files, though splits come to light late; then nothing for nothing."""
    tables, state = LocalTables(tmp_path), State("code")
    shuffled = random.Random(1).sample(events(), len(events()))
    for part in (shuffled[:150], shuffled[140:300], shuffled[290:]):
        state = add(spark, tables, state, part)
    assert made[1].files == state.files
    assert {"2014-04", "2014-06-09"} <= state.slices(Table.CANDLES).keys()
    monkeypatch.setattr("spark.jobs.candles.joined", None)
    assert state == add(spark, tables, state, events()[:9])


NOON = datetime(2014, 6, 5, 16, tzinfo=UTC)


def flat(spark: SparkSession, some: Sequence[dict[str, Any]]) -> DataFrame:
    rows = [{**dict.fromkeys(BARS.names), **event, "ts": parse_utc(event["ts"])} for event in some]
    return spark.createDataFrame([[row[name] for name in BARS.names] for row in rows], BARS)


def test_the_first_minute_with_the_highest_price_is_told(spark: SparkSession) -> None:
    """Of several the earliest, and the price that opened and closed the hour is that of its first and last minute."""
    prices = [10.0, 12.0, 12.0, 11.0]
    some = [bar("AAPL", NOON + number * MINUTE, price, high=price) for number, price in enumerate(prices)]
    (hour,) = joined(flat(spark, some)).filter("interval = '1h'").collect()
    assert (12.0, NOON + MINUTE) == (hour["high"], hour["high_at"].astimezone(UTC))
    assert (10.0, 11.022, 402.0, 4) == (hour["open"], hour["close"], hour["volume"], hour["bars"])


def test_prices_that_are_none_stop_nothing(spark: SparkSession, tmp_path: Path) -> None:
    """A line of the lake may say 0, or a volume beyond all numbers: its candle has no return."""
    some = [bar("AAPL", NOON, 10.0), bar("AAPL", NOON + 6 * MINUTE, 0.0, volume=1e300)]
    some += [bar("AAPL", NOON + 12 * MINUTE, 10.0, **split("2014-06-01", 0.0))]
    tables = LocalTables(tmp_path)
    rows = rows_of(tables, add(spark, tables, State("code"), some), Table.CANDLES).to_pylist()
    assert [None, None, None] == [row["log_return"] for row in rows if row["interval"] == "5m"]


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


def test_features_are_what_another_engine_makes_of_candles_and_mentions(
    spark: SparkSession, tmp_path: Path, made: tuple[LocalTables, State]
) -> None:
    """Each hour's and each day's talk beside its return, what was before and what came next; again for nothing."""
    mentions = pa.Table.from_pylist(talk(), schema=SCHEMAS[Table.MENTIONS]).drop_columns(["year", "month"])
    talked = LocalTables(tmp_path / "talk")
    (talked.root / "mentions").mkdir(parents=True)
    pq.write_table(mentions, talked.root / "mentions" / "2014-06.parquet")
    of_talk = State("code", files={Table.MENTIONS: {"2014-06": File("2014-06.parquet", len(mentions))}})
    tables, sources = LocalTables(tmp_path), (Source(*made), Source(talked, of_talk))
    state = add_features(spark, tables, State("code"), *sources, SpamRules())
    features = rows_of(tables, state, Table.FEATURES)
    expected = price_tables.features(rows_of(*made, Table.CANDLES), mentions)
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
