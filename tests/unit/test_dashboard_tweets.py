"""The page of tweets: what is asked, what is found, its words and its file."""

import csv
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from dash.exceptions import PreventUpdate

from dashboard.components.csv_export import tweets_csv
from dashboard.components.words import frequent_words, word_cloud
from dashboard.pages.tweets import Tweets
from dashboard.queries.tweet_search import MAX_QUERIES, Found, Wanted, days_between, search_tweets
from dashboard.queries.tweets import ShownTweet
from dashboard.state import ANY, FeedState
from tests.e2e.dashboard_world import OPEN, World, full_world, rollup, total, tweet
from tickertape.domain.periods import Level, period_name
from tickertape.serving.keys import TWEET_SHARDS, days_back

EVERYTHING: dict[str, Any] = {
    "ticker": None, "sentiment": ANY, "dates": None, "words": "", "lang": None, "size": "50"
}  # fmt: skip


def search(world: World, limit: int = 500, **wanted: Any) -> Found:
    return search_tweets(world.reader(), OPEN, Wanted(**wanted), limit)


def ids(found: Found) -> list[str]:
    return [each.id for each in found.tweets]


def tweets(world: World) -> Tweets:
    return Tweets(world.reader(), world.redis_client, world.wall)


def show(page: Tweets, seen: str | None = None, **filters: Any) -> tuple[Any, ...]:
    return page.tweets(**EVERYTHING | filters, _tick=0, _click=0, seen=seen)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"ticker": "FB"}, ["904"]),
        ({"sentiment": "negative"}, ["903", "902"]),
        ({"lang": "de"}, []),
        ({"words": "MOON to"}, ["902", "901"]),
        ({"start": OPEN + timedelta(seconds=2), "end": OPEN + timedelta(seconds=4)}, ["903", "902"]),
        ({"ticker": "AAPL", "end": OPEN + timedelta(seconds=3)}, ["902", "901"]),
        ({"words": "nothing"}, []),
    ],
)
def test_each_filter_narrows(wanted: dict[str, Any], expected: list[str]) -> None:
    """Ticker, sentiment, language, words and time each leave the tweets that fit, the newest first."""
    world = World()
    stored = [
        ("901", "$AAPL to the moon", "positive", "AAPL"),
        ("902", "$AAPL To the Mo\u200bon, not", "negative", "AAPL"),
        ("903", "$AAPL down", "negative", "AAPL"),
        ("904", "$FB flat", "neutral", "FB"),
    ]
    for number, (tweet_id, text, mood, ticker) in enumerate(stored):
        at = OPEN + timedelta(seconds=number + 1)
        world.dynamodb.put("recent_tweets", tweet(tweet_id, at, text, tickers=[ticker], sentiment=mood))
    assert expected == ids(search(world, **wanted))


def test_search_is_bounded_queries() -> None:
    """However rare what is looked for, and however many days there are, the calls are limited, and it says so."""
    world = World()
    world.dynamodb.put("period_totals", [total(Level.DAILY, day, 1, 0, 0) for day in days_back(OPEN, 100)])
    found = search(world, words="unheard of")
    assert (1 + MAX_QUERIES, True) == (len(world.dynamodb.queries), found.gave_up)
    assert {"query"} == {"scan" if "KeyConditions" not in each else "query" for each in world.dynamodb.queries}


def test_search_pages_through_a_busy_day() -> None:
    """More tweets than one call brings come in order and each once, whichever partition they are in."""
    world = World()
    for number in range(60):
        world.dynamodb.put("recent_tweets", tweet(f"{number:03}", OPEN - timedelta(seconds=number)))
    found = search(world, limit=25)
    assert [f"{number:03}" for number in range(25)] == ids(found)
    assert 1 + TWEET_SHARDS == len(world.dynamodb.queries)
    ticker = search(world, limit=60, ticker="AAPL")
    assert [f"{number:03}" for number in range(60)] == ids(ticker)


def test_search_reads_on_below_what_did_not_fit() -> None:
    """When the newest tweets do not fit, older ones of the same partition are read, each looked at once."""
    world = World()
    items = [item for number in range(1_300) for item in tweet(f"{number:04}", OPEN - timedelta(seconds=number))]
    items += tweet("old", OPEN - timedelta(hours=2), "$AAPL needle")
    world.dynamodb.put("recent_tweets", items)
    found = search(world, ticker="AAPL", words="needle")
    assert (["old"], 1_301, False, 4) == (ids(found), found.looked_at, found.gave_up, len(world.dynamodb.queries))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["3", "2", "1"]),
        ({"start": datetime(2013, 12, 31, tzinfo=UTC)}, ["3", "2"]),
        ({"end": datetime(2013, 12, 31, tzinfo=UTC)}, ["1"]),
        ({"start": datetime(2013, 12, 31, tzinfo=UTC), "end": OPEN}, ["2"]),
    ],
)
def test_a_ticker_is_searched_week_by_week(wanted: dict[str, Any], expected: list[str]) -> None:
    """Of the weeks that count it those of the right time; the last days of a year are in the first week of the next."""
    world = World()
    for tweet_id, at in (
        ("1", datetime(2013, 12, 30, tzinfo=UTC)),
        ("2", datetime(2013, 12, 31, 9, tzinfo=UTC)),
        ("3", OPEN),
    ):
        world.dynamodb.put("recent_tweets", tweet(tweet_id, at, tickers=["FB"]))
        world.dynamodb.put("ticker_rollups", [rollup(Level.WEEKLY, period_name(Level.WEEKLY, at), "FB", 1, 0, 0)])
    assert expected == ids(search(world, ticker="FB", **wanted))


def test_a_ticker_s_search_is_bounded_too() -> None:
    """It looks at so many weeks and says that there are more."""
    world = World()
    weeks = {period_name(Level.WEEKLY, OPEN - timedelta(weeks=ago)) for ago in range(1, 100)}
    world.dynamodb.put("ticker_rollups", [rollup(Level.WEEKLY, week, "FB", 1, 0, 0) for week in weeks])
    found = search(world, ticker="FB")
    assert (1 + MAX_QUERIES, True) == (len(world.dynamodb.queries), found.gave_up)


def test_days_are_whole() -> None:
    """The last of the days chosen is included."""
    assert (datetime(2014, 6, 5, tzinfo=UTC), datetime(2014, 6, 7, tzinfo=UTC)) == days_between(
        "2014-06-05", "2014-06-06"
    )


def test_state_comes_from_the_address() -> None:
    """An address holds every choice; what makes no sense in it is left out."""
    given = "?ticker=aapl&sentiment=negative&dates=2014-06-06,2014-06-05&words=to+moon&lang=en&tweets=200"
    expected = FeedState("AAPL", "negative", ("2014-06-05", "2014-06-06"), "to moon", "en", "200")
    assert expected == FeedState.from_search(given)
    assert FeedState() == FeedState.from_search("?ticker=<b>&sentiment=glad&dates=2014-02-30&lang=!&tweets=9999")


def test_nothing_new_is_not_sent_again() -> None:
    """A refresh that finds the same tweets sends nothing."""
    world = full_world()
    page = tweets(world)
    *_, version = show(page)
    world.seconds += 5
    with pytest.raises(PreventUpdate):
        show(page, seen=version)


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"ticker": "FB"}, "No tweet about FB has arrived yet"),
        ({"dates": ["2013-01-01", None]}, "No tweet on these days"),
        ({"words": "unheard of"}, "None of the 12 tweets there fits"),
    ],
)
def test_nothing_found_says_what_to_do(filters: dict[str, Any], words: str) -> None:
    """An empty list tells why it is empty."""
    _, hint, *_ = show(tweets(full_world()), **filters)
    assert words in "".join(str(part) for part in hint.children)


def test_words_are_counted_by_tweet() -> None:
    """Stop words, links, names, cashtags and invisible signs are no words; a word counts once a tweet."""
    texts = [
        "RT @ann: Buy the d\u200bip, BUY! $AAPL http://t.co/dip",
        "a dip &amp; don\N{RIGHT SINGLE QUOTATION MARK}t",
        "\N{ROCKET}" * 1_000,
    ]
    assert [("dip", 2), ("buy", 1)] == frequent_words(texts)


@pytest.mark.parametrize(
    "text",
    ["Apple\N{RIGHT SINGLE QUOTATION MARK}s d\u200bip", "apple's", "STRASSE stra\u00dfe", "a top-line re\u00adsult"],
)
def test_a_word_finds_its_tweet(text: str) -> None:
    """Whoever clicks a word sees the tweets that it was counted in."""
    shown = ShownTweet.of(tweet("1", OPEN, text)[0])
    words = [word for word, _ in frequent_words([text])]
    assert words
    assert [] == [word for word in words if not Wanted(words=word).fits(shown)]


def test_words_are_buttons_by_size() -> None:
    """The more frequent word is larger, says its number, and is pressed when it is looked for."""
    often, rare = cast(list[Any], word_cloud([("dip", 9), ("buy", 1)], "Buy "))
    assert ("32.0px", "13.0px") == (often.style["fontSize"], rare.style["fontSize"])
    assert ("dip, in 9 tweets", "false") == (getattr(often, "aria-label"), getattr(often, "aria-pressed"))
    assert ("buy, in 1 tweet", "true") == (getattr(rare, "aria-label"), getattr(rare, "aria-pressed"))


def test_file_holds_what_is_shown() -> None:
    """The file has the tweets of the list and none that came after them."""
    world = full_world()
    page = tweets(world)
    *_, until, _ = show(page)
    world.dynamodb.put("recent_tweets", tweet("999", OPEN + timedelta(seconds=5)))
    world.seconds += 5
    file = page.save(1, until, **EVERYTHING)
    rows = list(csv.DictReader(file["content"].splitlines()))
    assert (12, "100", "tweets-all-2014-06-06.csv") == (len(rows), rows[0]["id"], file["filename"])


@pytest.mark.parametrize("text", ['=HYPERLINK("http://a")', "+1 $AAPL", "-2", "@ann hi", "\tx"])
def test_file_holds_no_formulas(text: str) -> None:
    """What a spreadsheet would run stands there as text."""
    stored = ShownTweet.of(tweet("1", OPEN, text, tickers=["AAPL", "FB"])[0])
    (row,) = csv.DictReader(tweets_csv([stored]).splitlines())
    assert (f"'{text}", "AAPL FB") == (row["text"], row["tickers"])
