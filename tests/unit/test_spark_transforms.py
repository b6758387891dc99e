"""The batch's transforms on inline rows, and the Spark part as a whole on lines as they come."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs.curate import curate_bars, curate_tweets
from spark.schemas import BAR_EVENT, LINE, TWEET_EVENT
from spark.session import start_session
from spark.transforms.bars import distinct_bars, readable_bar
from spark.transforms.mentions import mentions_of
from spark.transforms.rollups import rollups_of, totals_of
from spark.transforms.tweets import distinct_tweets, readable_tweet
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS

NOON = "2014-06-06T12:00:00Z"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """One session for the suite."""
    session = start_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


def tweet(**changes: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "id": "1",
        "created_at": NOON,
        "text": "$AAPL up",
        "author": {"id": "7", "name": "ann", "followers": 3},
        "lang": "en",
        "tickers": ["AAPL"],
        "hashtags": [],
        "location": None,
        "reply_to": None,
        "is_retweet": False,
        "source": "tape",
        "sentiment": "positive",
        "polarity": 0.5,
        "scorer": "textblob",
        "method": "text",
    } | changes


def bar(**changes: Any) -> dict[str, Any]:
    prices = {"open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 100.0}
    return {"schema_version": 1, "symbol": "AAPL", "interval": "1m", "ts": NOON, "provider": "tape"} | prices | changes


def tweet_rows(spark: SparkSession, *events: dict[str, Any]) -> DataFrame:
    lines = [json.dumps(event) for event in events]
    return (
        spark.read.schema(TWEET_EVENT).json(spark.sparkContext.parallelize(lines)).withColumn(LINE, fn.lit("the line"))
    )


def bar_rows(spark: SparkSession, *events: dict[str, Any]) -> DataFrame:
    lines = [json.dumps(event) for event in events]
    return spark.read.schema(BAR_EVENT).json(spark.sparkContext.parallelize(lines)).withColumn(LINE, fn.lit("the line"))


def tuples(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in frame.select(*columns).collect())


def test_a_tweet_becomes_one_flat_row(spark: SparkSession) -> None:
    """Author and location are flattened, the time is a time, and the partitions are its year and month."""
    location = {"lat": 40.7, "lon": -74.0, "place": "New York"}
    row = distinct_tweets(tweet_rows(spark, tweet(location=location))).first()
    assert row is not None
    flat = row.asDict()
    assert ("7", "ann", 3) == (flat["author_id"], flat["author_name"], flat["followers"])
    assert (40.7, -74.0, "New York") == (flat["lat"], flat["lon"], flat["place"])
    assert ("2014", "06") == (flat["year"], flat["month"])
    assert {*SCHEMAS[Table.TWEETS].names, "copies", "unreadable"} == flat.keys()


@pytest.mark.parametrize("turned", [False, True])
def test_copies_of_a_tweet_become_the_same_row_in_any_order(spark: SparkSession, turned: bool) -> None:
    """A judged copy wins over one that was never judged, and the order of arrival decides nothing."""
    copies = [tweet(sentiment=None, polarity=None), tweet(text="b"), tweet(text="a"), tweet(text="a")]
    rows = distinct_tweets(tweet_rows(spark, *(reversed(copies) if turned else copies)))
    assert [("1", "a", "positive", 4)] == tuples(rows, "id", "text", "sentiment", "copies")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (tweet(), True),
        (tweet(sentiment=None, polarity=None), True),
        (tweet(created_at="2014-06-06T12:00:00.123Z"), True),
        (tweet(created_at="2014"), False),
        (tweet(created_at="2014-13-06T12:00:00Z"), False),
        (tweet(created_at=None), False),
        (tweet(id=None), False),
        (tweet(author=None), False),
        (tweet(sentiment="joyful"), False),
        (tweet(schema_version=2), False),
        (tweet(schema_version=None), False),
        (tweet(tickers="AAPL"), False),
        (tweet(author={"id": "7", "name": "ann", "followers": "many"}), False),
    ],
)
def test_a_line_that_is_no_tweet_is_told_apart(spark: SparkSession, event: dict[str, Any], expected: bool) -> None:
    """A tweet needs an id, a time in UTC, a text, an author, known sentiment and a version we read."""
    # With every column, as the batch reads them: Spark does not look at a field that nobody wants.
    rows = tweet_rows(spark, event).withColumn("readable", readable_tweet()).collect()
    assert [expected] == [row.readable for row in rows]


def test_a_mention_is_a_tweet_and_a_distinct_ticker(spark: SparkSession) -> None:
    """A ticker named twice in a tweet is one mention, and a tweet without tickers is none."""
    tweets = distinct_tweets(
        tweet_rows(
            spark, tweet(tickers=["AAPL", "MSFT", "AAPL"]), tweet(id="2", tickers=[]), tweet(id="3", tickers=None)
        )
    )
    assert [("1", "AAPL"), ("1", "MSFT")] == tuples(mentions_of(tweets), "id", "ticker")


def three_tweets(spark: SparkSession) -> DataFrame:
    return distinct_tweets(
        tweet_rows(
            spark,
            tweet(id="1", tickers=["AAPL", "MSFT"], polarity=0.1),
            tweet(id="2", created_at="2014-06-06T13:59:59Z", sentiment="negative", polarity=-0.4),
            tweet(id="3", created_at="2014-06-06T13:00:00Z", author={"id": "8"}, sentiment=None, polarity=None),
        )
    )


def test_rollups_count_mentions_sentiments_and_authors(spark: SparkSession) -> None:
    """A day's row adds up its hours' mentions, counts an author once, and averages what was judged."""
    rows = rollups_of(mentions_of(three_tweets(spark))).filter("level in ('HOURLY', 'DAILY')")
    expected = [
        ("DAILY", "2014-06-06", "AAPL", 3, 1, 0, 1, -0.15, 2),
        ("DAILY", "2014-06-06", "MSFT", 1, 1, 0, 0, 0.1, 1),
        ("HOURLY", "2014-06-06T12", "AAPL", 1, 1, 0, 0, 0.1, 1),
        ("HOURLY", "2014-06-06T12", "MSFT", 1, 1, 0, 0, 0.1, 1),
        ("HOURLY", "2014-06-06T13", "AAPL", 2, 0, 0, 1, -0.4, 2),
    ]
    names = [name for name in SCHEMAS[Table.ROLLUPS].names if name != "year"]
    assert expected == tuples(rows, *names)


def test_periods_of_every_level_are_in_utc(spark: SparkSession) -> None:
    """A tweet counts in its hour, day, month and year."""
    rows = rollups_of(mentions_of(distinct_tweets(tweet_rows(spark, tweet(created_at="2013-12-31T23:59:59Z")))))
    expected = [("DAILY", "2013-12-31"), ("HOURLY", "2013-12-31T23"), ("MONTHLY", "2013-12"), ("YEARLY", "2013")]
    assert expected == tuples(rows, "level", "period")


def test_totals_count_each_tweet_once(spark: SparkSession) -> None:
    """A tweet with two tickers is two mentions and one tweet."""
    tweets = three_tweets(spark)
    totals = totals_of(tweets, rollups_of(mentions_of(tweets))).filter("level = 'YEARLY'")
    columns = ("period", "tweets", "mentions", "positive", "neutral", "negative", "authors", "tickers")
    assert [("2014", 3, 4, 1, 0, 1, 2, 2)] == tuples(totals, *columns)


def test_totals_of_tweets_without_tickers_are_kept(spark: SparkSession) -> None:
    """A period in which nobody named a ticker has its tweets and no tickers."""
    tweets = distinct_tweets(tweet_rows(spark, tweet(tickers=[])))
    totals = totals_of(tweets, rollups_of(mentions_of(tweets))).filter("level = 'DAILY'")
    assert [(1, 0, 0)] == tuples(totals, "tweets", "mentions", "tickers")


def test_of_unlike_bars_the_fullest_wins(spark: SparkSession) -> None:
    """A minute sent again while it grew is one bar: the one with the most volume."""
    rows = distinct_bars(bar_rows(spark, bar(volume=5.0, close=9.5), bar(volume=100.0), bar(volume=100.0)))
    assert [("AAPL", "1m", 11.0, 100.0)] == tuples(rows, "symbol", "interval", "close", "volume")
    assert {*SCHEMAS[Table.BARS].names, "copies", "unreadable"} == set(rows.columns)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (bar(), True),
        (bar(interval=None), True),
        (bar(ts="noon"), False),
        (bar(close=None), False),
        (bar(low="x"), False),
    ],
)
def test_a_line_that_is_no_bar_is_told_apart(spark: SparkSession, event: dict[str, Any], expected: bool) -> None:
    """A bar needs a symbol, a time in UTC and all its numbers."""
    # With every column, as the batch reads them: Spark does not look at a field that nobody wants.
    rows = bar_rows(spark, event).withColumn("readable", readable_bar()).collect()
    assert [expected] == [row.readable for row in rows]


def test_unreadable_lines_are_counted_and_shown(spark: SparkSession, tmp_path: Path) -> None:
    """Broken lines stop nothing: they are counted, and one of them is kept for a person."""
    lines = tmp_path / "lines.jsonl"
    good = json.dumps(tweet()).encode()
    lines.write_bytes(
        b"\n".join(
            [good, b"not json", b'{"id": ', b"\xff\xfe{", b"", b"[]", b"17", json.dumps(tweet(id=None)).encode(), good]
        )
    )
    made = curate_tweets(spark, [lines], tmp_path / "out")
    assert {"tweets": 1, "mentions": 1, "rollups": 4, "totals": 4} == made.rows
    assert 6 == made.unreadable.lines
    assert 1 == len(made.unreadable.samples)


def test_the_same_lines_make_the_same_bytes(spark: SparkSession, tmp_path: Path) -> None:
    """Files do not depend on the order of the lines or on how often they came."""
    events = [tweet(id=str(number), tickers=["AAPL", f"T{number}"], polarity=0.1) for number in range(50)]
    made = []
    for name, ordered in (("a", events), ("b", [*reversed(events), *events[:9]])):
        lines = tmp_path / f"{name}.jsonl"
        lines.write_text("\n".join(map(json.dumps, ordered)))
        curate_tweets(spark, [lines], tmp_path / name)
        files = sorted(
            (tmp_path / name).rglob("*.parquet"), key=lambda file: (file.parent.as_posix()[-20:], file.name[:10])
        )
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]


def test_no_lines_make_empty_tables(spark: SparkSession, tmp_path: Path) -> None:
    """Before anything has arrived there is nothing to count, and that is no error."""
    assert {"tweets": 0, "mentions": 0, "rollups": 0, "totals": 0} == curate_tweets(spark, [], tmp_path).rows
    assert {"bars": 0} == curate_bars(spark, [], tmp_path).rows


def test_times_are_written_as_utc(spark: SparkSession, tmp_path: Path) -> None:
    """Parquet says that the times are UTC, to the microsecond."""
    lines = tmp_path / "bars.jsonl"
    lines.write_text(json.dumps(bar()))
    curate_bars(spark, [lines], tmp_path)
    assert [datetime(2014, 6, 6, 12, tzinfo=UTC)] == pq.read_table(tmp_path / "bars")["ts"].to_pylist()
