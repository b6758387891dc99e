"""The batch's transforms on inline rows, and the Spark part as a whole on lines as they come."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as fn

from spark.jobs.bars import add_bars
from spark.jobs.reading import quarantine_unreadable, unreadable_lines
from spark.jobs.tables import LocalTables, State
from spark.jobs.tweets import TOTALS, add_tweets
from spark.schemas import BAR_EVENT, BARS, CONTRIBUTIONS, LINE, ROLLUPS, TWEET_EVENT, TWEETS
from spark.transforms.bars import distinct_bars, flat_bars, readable_bar
from spark.transforms.events import slice_of
from spark.transforms.mentions import mentions_of
from spark.transforms.periods import period_of
from spark.transforms.rollups import ALL, contributions_of, counted, in_periods, merged
from spark.transforms.spam import SpamRules, mark_spam, spam_of
from spark.transforms.tweets import distinct_tweets, flat_tweets, readable_tweet
from tests.fakes.records import enriched
from tests.fakes.world import MemoryStore
from tickertape.domain.periods import Level, period_name
from tickertape.domain.rejects import Reject
from tickertape.domain.times import parse_utc
from tickertape.lake.keys import RawKind, Table
from tickertape.lake.tables import SCHEMAS

NOON = "2014-06-06T12:00:00Z"


def tweet(**changes: Any) -> dict[str, Any]:
    author = {"id": "7", "name": "ann", "followers": 3}
    return enriched(id="1", created_at=NOON, text="$AAPL up", author=author, tickers=["AAPL"]) | changes


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


def tweets_of(spark: SparkSession, *events: dict[str, Any]) -> DataFrame:
    return distinct_tweets(flat_tweets(tweet_rows(spark, *events)))


def marked(spark: SparkSession, *events: dict[str, Any], rules: SpamRules = SpamRules()) -> DataFrame:  # noqa: B008
    return mark_spam(tweets_of(spark, *events), rules).withColumn("slice", slice_of(fn.col("created_at"), ()))


def periods(*levels: Level) -> list[tuple[Level, Column]]:
    return [(level, period_of(level, fn.col("created_at"))) for level in levels]


def test_a_tweet_becomes_one_flat_row(spark: SparkSession) -> None:
    """Author and location are flattened, the time is a time, and the columns are those of the table."""
    location = {"lat": 40.7, "lon": -74.0, "place": "New York"}
    rows = tweets_of(spark, tweet(location=location))
    (row,) = rows.collect()
    assert ("7", "ann", 3) == (row["author_id"], row["author_name"], row["followers"])
    assert (40.7, -74.0, "New York") == (row["lat"], row["lon"], row["place"])
    assert datetime(2014, 6, 6, 12, tzinfo=UTC) == row["created_at"].astimezone(UTC)
    assert TWEETS.fieldNames() == rows.columns
    assert {*SCHEMAS[Table.TWEETS].names} == {*rows.columns, "year", "month"}


@pytest.mark.parametrize("turned", [False, True])
def test_copies_of_a_tweet_become_the_same_row_in_any_order(spark: SparkSession, turned: bool) -> None:
    """A judged copy wins over one that was never judged, and the order of arrival decides nothing."""
    copies = [tweet(sentiment=None, polarity=None), tweet(text="b"), tweet(text="a"), tweet(text="a")]
    rows = tweets_of(spark, *(reversed(copies) if turned else copies))
    assert [("1", "a", "positive")] == tuples(rows, "id", "text", "sentiment")


def test_copies_that_come_later_make_no_difference(spark: SparkSession) -> None:
    """What was taken first and what comes after it give the row that all of them give at once."""
    first = tweets_of(spark, tweet(text="b"), tweet(id="2"))
    both = distinct_tweets(first.unionByName(flat_tweets(tweet_rows(spark, tweet(text="a"), tweet(text="c")))))
    assert [("1", "a"), ("2", "$AAPL up")] == tuples(both, "id", "text")


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
    tweets = marked(
        spark, tweet(tickers=["AAPL", "MSFT", "AAPL"]), tweet(id="2", tickers=[]), tweet(id="3", tickers=None)
    )
    mentions = mentions_of(tweets)
    assert [("1", "AAPL"), ("1", "MSFT")] == tuples(mentions, "id", "ticker")
    assert {*SCHEMAS[Table.MENTIONS].names, "slice"} == {*mentions.columns, "year", "month"}


SAYS = "Sign up here for the very best picks"


def test_the_same_words_again_and_again_are_spam(spark: SparkSession) -> None:
    """Links, numbers, accounts and tickers make no difference between copies; retweets are no copies."""
    tweets = marked(
        spark,
        tweet(id="1", text=f"{SAYS} $AAPL https://t.co/abc"),
        tweet(id="2", text=f"{SAYS.upper()}!!! $MSFT #win", author={"id": "8"}),
        tweet(id="3", text=f"{SAYS} 2014 @ann", author={"id": "9"}),
        tweet(id="4", text=f"RT @bob: {SAYS}", is_retweet=True),
        tweet(id="5", text="Something else is said here by the same author"),
    )
    expected = [("1", "repeated_text"), ("2", "repeated_text"), ("3", "repeated_text")]
    assert expected == tuples(spam_of(tweets), "id", "reason")
    assert [False, True] == sorted({row["spam"] for row in mentions_of(tweets).collect()})
    assert {*SCHEMAS[Table.SPAM].names, "slice"} == {*spam_of(tweets).columns, "year", "month"}


def test_days_are_judged_each_by_itself(spark: SparkSession) -> None:
    """Two copies on one day and one on the next are not three copies."""
    tweets = [tweet(id=str(n), text=SAYS, created_at=f"2014-06-0{day}T12:00:00Z") for n, day in enumerate((6, 6, 7))]
    assert [] == tuples(spam_of(marked(spark, *tweets)), "id")


def test_a_few_letters_are_no_copy(spark: SparkSession) -> None:
    """Many people say that a share is up."""
    tweets = [tweet(id=str(number), author={"id": str(number)}) for number in range(9)]
    assert [] == tuples(spam_of(marked(spark, *tweets)), "id")


def test_an_author_who_writes_without_pause_is_spam(spark: SparkSession) -> None:
    """So many tweets in one clock hour; those of other hours and authors are none."""
    burst = [tweet(id=f"a{n}", text=f"{n}", created_at=f"2014-06-06T12:{n:02}:00Z") for n in range(20)]
    others = [tweet(id="b", created_at="2014-06-06T13:00:00Z"), tweet(id="c", author={"id": "8"})]
    spam = tuples(spam_of(marked(spark, *burst, *others)), "id", "reason")
    assert sorted((event["id"], "author_burst") for event in burst) == spam


@pytest.mark.parametrize("rules", [SpamRules(copies=0, burst=0), SpamRules(copies=9, burst=9)])
def test_spam_is_what_the_rules_say(spark: SparkSession, rules: SpamRules) -> None:
    """A rule of 0 is off, and one of more copies than there are finds none."""
    tweets = [tweet(id=str(number), text=SAYS) for number in range(5)]
    assert [] == tuples(spam_of(marked(spark, *tweets, rules=rules)), "id")


def three_tweets(spark: SparkSession) -> DataFrame:
    return marked(
        spark,
        tweet(id="1", tickers=["AAPL", "MSFT"], polarity=0.1),
        tweet(id="2", created_at="2014-06-06T13:59:59Z", sentiment="negative", polarity=-0.4),
        tweet(id="3", created_at="2014-06-06T13:00:00Z", author={"id": "8"}, sentiment=None, polarity=None),
    )


def test_rollups_count_mentions_sentiments_and_authors(spark: SparkSession) -> None:
    """A day's row adds up its hours' mentions, counts an author once, and averages what was judged."""
    contributions = contributions_of(three_tweets(spark))
    rows = counted(in_periods(contributions, *periods(*list(Level)[:2]))).filter(fn.col("ticker") != ALL)
    expected = [
        ("DAILY", "2014-06-06", "AAPL", 3, 1, 0, 1, -0.15, 2, 0),
        ("DAILY", "2014-06-06", "MSFT", 1, 1, 0, 0, 0.1, 1, 0),
        ("HOURLY", "2014-06-06T12", "AAPL", 1, 1, 0, 0, 0.1, 1, 0),
        ("HOURLY", "2014-06-06T12", "MSFT", 1, 1, 0, 0, 0.1, 1, 0),
        ("HOURLY", "2014-06-06T13", "AAPL", 2, 0, 0, 1, -0.4, 2, 0),
    ]
    names = [name for name in SCHEMAS[Table.ROLLUPS].names if name != "year"]
    assert expected == tuples(rows, *names)
    assert ROLLUPS.fieldNames() == rows.columns


def test_longer_periods_are_counted_from_shorter_ones(spark: SparkSession) -> None:
    """What authors said in a day, and from that in a month, counts as the tweets themselves do."""
    contributions = contributions_of(three_tweets(spark))
    year = counted(in_periods(contributions, *periods(Level.YEARLY)))
    by_day = merged(contributions, period_of(Level.DAILY, fn.col("created_at")))
    by_month = merged(by_day, fn.substring("period", 1, 7))
    from_months = counted(in_periods(by_month, (Level.YEARLY, fn.substring("period", 1, 4))))
    assert tuples(year, *ROLLUPS.fieldNames()) == tuples(from_months, *ROLLUPS.fieldNames())
    assert CONTRIBUTIONS.fieldNames() == by_month.columns


def test_all_tweets_are_counted_once_each(spark: SparkSession) -> None:
    """A tweet with two tickers or none is one of all tweets."""
    tweets = three_tweets(spark).unionByName(marked(spark, tweet(id="4", tickers=[])))
    rows = counted(in_periods(contributions_of(tweets), *periods(Level.YEARLY)))
    assert [("2014", 4, 2, 2)] == tuples(
        rows.filter(fn.col("ticker") == ALL), "period", "mentions", "positive", "authors"
    )


@pytest.mark.parametrize("moment", ["2013-12-31T23:59:59Z", "2014-12-28T00:00:00Z", "2014-12-29T00:00:00Z", NOON])
def test_spark_names_periods_as_everyone_does(spark: SparkSession, moment: str) -> None:
    """A time falls into the same hour, day, week, month and year in Spark and elsewhere."""
    row = spark.createDataFrame([(parse_utc(moment),)], ["at"]).select(*(period_of(lv, fn.col("at")) for lv in Level))
    assert [period_name(level, parse_utc(moment)) for level in Level] == list(row.collect()[0])


def test_of_unlike_bars_the_fullest_wins(spark: SparkSession) -> None:
    """A minute sent again while it grew is one bar: the one with the most volume."""
    events = bar_rows(spark, bar(volume=5.0, close=9.5), bar(volume=100.0), bar(volume=100.0))
    rows = distinct_bars(flat_bars(events))
    assert [("AAPL", "1m", 11.0, 100.0)] == tuples(rows, "symbol", "interval", "close", "volume")
    assert (BARS.fieldNames(), {*SCHEMAS[Table.BARS].names}) == (rows.columns, {*rows.columns, "year", "month"})


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


def write(path: Path, events: Sequence[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, events)))
    return path


def add(spark: SparkSession, tables: LocalTables, state: State, events: Sequence[dict[str, Any]]) -> State:
    lines = write(tables.run_dir() / "lines.jsonl", events)
    return add_tweets(spark, tables, state, lines, SpamRules())[0]


def many_tweets() -> list[dict[str, Any]]:
    """Over two months and a turn of the year, with copies of texts, authors in common and broken ones in between."""
    days = ("2014-12-28", "2014-12-29", "2014-12-31", "2015-01-01")
    return [
        tweet(
            id=str(number),
            created_at=f"{days[number % 4]}T{number % 24:02}:00:00Z",
            text=f"{SAYS} {number}" if number % 5 == 0 else f"{number}",
            tickers=["AAPL", f"T{number % 7}"],
            author={"id": str(number % 9)},
            polarity=0.1,
        )
        for number in range(60)
    ]


def test_unreadable_lines_are_counted_and_quarantined(spark: SparkSession, tmp_path: Path) -> None:
    """Broken lines stop nothing: they are counted, kept with their text, and one of them is shown to a person."""
    lines = tmp_path / "lines.jsonl"
    good = json.dumps(tweet()).encode()
    broken = [b"not json", b'{"id": ', b"\xff\xfe{", b"[]", b"17", json.dumps(tweet(id=None)).encode()]
    lines.write_bytes(b"\n".join([good, *broken, b"", good]))
    tables, store = LocalTables(tmp_path / "tables"), MemoryStore()
    tables.run_dir()
    state, unreadable = add_tweets(spark, tables, State("code"), lines, SpamRules())
    # A tweet, its ticker, and both in an hour, a day, a week, a month and a year.
    assert ([1, 1, 0, 5, 5], 6) == (
        [state.rows(table) for table in (Table.TWEETS, Table.MENTIONS, Table.SPAM, Table.ROLLUPS, TOTALS)],
        unreadable,
    )
    samples = quarantine_unreadable(
        store, RawKind.TWEETS, unreadable_lines(spark, lines, TWEET_EVENT, readable_tweet())
    )
    kept = [json.loads(line) for body in store.objects.values() for line in body.splitlines()]
    assert (6, 3) == (len(kept), len(samples))
    assert "not json" in {Reject.from_event(event).raw.decode() for event in kept}


@pytest.mark.parametrize("largest_month", [100_000, 5])
def test_any_parts_in_any_order_make_the_same_tables(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest_month: int
) -> None:
    """All at once, in parts, backwards or more than once: the same files to the byte, by month as well as by day."""
    monkeypatch.setattr("spark.jobs.slices.MOST_ROWS_A_MONTH", largest_month)
    events = many_tweets()
    at_once = add(spark, LocalTables(tmp_path / "a"), State("code"), events)
    tables, in_parts = LocalTables(tmp_path / "b"), State("code")
    for part in (events[40:], events[5:9], [*reversed(events[:41])]):
        in_parts = add(spark, tables, in_parts, part)
    assert at_once.files == in_parts.files
    assert (largest_month == 5) == ("2014-12-31" in at_once.slices(Table.TWEETS))


def test_counts_of_every_level_equal_a_plain_count(spark: SparkSession, tmp_path: Path) -> None:
    """The rollups of tweets that came in parts are those that one would count by hand."""
    tables, state = LocalTables(tmp_path), State("code")
    for part in (many_tweets()[:30], many_tweets()[30:]):
        state = add(spark, tables, state, part)
    rows = [
        row
        for name in tables.paths(state, Table.ROLLUPS, state.slices(Table.ROLLUPS))
        for row in pq.ParquetFile(name).read().to_pylist()
    ]
    expected = Counter[tuple[str, str, str]]()
    authors = defaultdict(set)
    for event in many_tweets():
        for level, ticker in product(Level, event["tickers"]):
            key = (level.value, period_name(level, parse_utc(event["created_at"])), ticker)
            expected[key] += 1
            authors[key].add(event["author"]["id"])
    assert expected == Counter({(row["level"], row["period"], row["ticker"]): row["mentions"] for row in rows})
    assert {key: len(who) for key, who in authors.items()} == {
        (row["level"], row["period"], row["ticker"]): row["authors"] for row in rows
    }


def test_no_lines_make_no_tables(spark: SparkSession, tmp_path: Path) -> None:
    """Before anything has arrived there is nothing to count, and that is no error."""
    tables, state = LocalTables(tmp_path), State("code")
    assert state == add(spark, tables, state, [])
    assert (state, 0) == add_bars(spark, tables, state, write(tmp_path / "none", []))


def test_times_are_written_as_utc(spark: SparkSession, tmp_path: Path) -> None:
    """Parquet says that the times are UTC, to the microsecond."""
    tables = LocalTables(tmp_path)
    tables.run_dir()
    state, _ = add_bars(spark, tables, State("code"), write(tmp_path / "lines", [bar()]))
    (path,) = tables.paths(state, Table.BARS, ["2014-06"])
    assert [datetime(2014, 6, 6, 12, tzinfo=UTC)] == pq.ParquetFile(path).read()["ts"].to_pylist()


def test_a_split_that_the_provider_told_of_is_kept(spark: SparkSession, tmp_path: Path) -> None:
    """A bar's split is in its row, and a bar without one has none."""
    tables = LocalTables(tmp_path)
    tables.run_dir()
    split = bar(symbol="MSFT", split={"ex_date": "2014-06-09", "ratio": 7.0})
    state, _ = add_bars(spark, tables, State("code"), write(tmp_path / "lines", [bar(), split]))
    (path,) = tables.paths(state, Table.BARS, ["2014-06"])
    rows = pq.ParquetFile(path).read().select(["symbol", "split_date", "split_ratio"]).to_pylist()
    assert [("AAPL", None, None), ("MSFT", date(2014, 6, 9), 7.0)] == [tuple(row.values()) for row in rows]
