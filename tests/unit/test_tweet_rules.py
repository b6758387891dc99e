"""Which tweets are wanted, and with which tickers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.records import own, raw, v1, v2
from tests.fakes.world import NOON
from tickertape.domain.area import BoundingBox
from tickertape.domain.rejects import Reason
from tickertape.domain.symbols import SymbolList
from tickertape.domain.tweet import Tweet
from tickertape.domain.tweet_formats import parse_tweet
from tickertape.domain.tweet_rules import TweetRules

LIST = SymbolList({"AAPL": "Apple Inc.", "GOOG": "Alphabet Inc. (Class C)", "GOOGL": "Alphabet Inc. (Class A)"})
LATEST = NOON.replace(year=2026)


def tweet(record: Any = None, **changes: Any) -> Tweet:
    return parse_tweet(raw(record or own(**changes)), source="tape", latest=LATEST)


def outcome(rules: TweetRules, record: Any = None, **changes: Any) -> Reason | tuple[str, ...]:
    """The tickers of a tweet that is wanted, else the reason why it is not."""
    admitted = rules.admit(tweet(record, **changes))
    return admitted.tickers if isinstance(admitted, Tweet) else admitted[0]


@pytest.mark.parametrize(
    ("lang", "wanted"), [("en", True), ("en-GB", True), ("EN", True), ("de", False), ("eng", False), ("und", False)]
)
def test_a_language_takes_its_regions(lang: str, wanted: bool) -> None:
    """`en` takes `en-GB`; another language is turned away."""
    rules = TweetRules(languages=frozenset({"en"}))
    assert (("NVDA",) if wanted else Reason.LANGUAGE) == outcome(rules, lang=lang)


def test_a_region_takes_only_itself() -> None:
    """`pt-BR` leaves out other Portuguese."""
    rules = TweetRules(languages=frozenset({"pt-BR"}))
    assert [("NVDA",), Reason.LANGUAGE] == [outcome(rules, lang=lang) for lang in ("pt-br", "pt")]


def test_unknown_tickers_are_taken_off() -> None:
    """A list narrows a tweet's tickers; a tweet with others only is still a tweet where none is required."""
    rules = TweetRules(symbols=lambda: LIST)
    assert [("AAPL",), ()] == [outcome(rules, text=text) for text in ("$aapl or $GME", "$GME")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$AAPL and $GME", ("AAPL",)), ("$GME", Reason.UNKNOWN_TICKER), ("apples", Reason.NO_TICKER)],
)
def test_a_required_ticker_has_to_be_known(text: str, expected: Any) -> None:
    """No ticker and unknown tickers are different reasons."""
    assert expected == outcome(TweetRules(symbols=lambda: LIST, require_ticker=True), text=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#AAPL", ("AAPL",)),
        ("#aapl", ()),
        ("#GME", ()),
        ("x#AAPL", ()),
        ("#AAPLs", ()),
        ("$GOOG #AAPL", ("GOOG", "AAPL")),
    ],
)
def test_hashtags_are_tickers_when_asked_for(text: str, expected: tuple[str, ...]) -> None:
    """Upper-case hashtags of the list count behind the cashtags; without the setting they do not."""
    assert expected == outcome(TweetRules(symbols=lambda: LIST, hashtag_tickers=True), text=text)
    assert tuple(t for t in expected if f"${t}" in text) == outcome(TweetRules(symbols=lambda: LIST), text=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apple is up", ("AAPL",)),
        ("#Apple", ("AAPL",)),
        ("Apple's day, $AAPL", ("AAPL",)),
        ("an apple", ()),
        ("Applebee", ()),
        ("Alphabet soup", ("GOOG", "GOOGL")),
    ],
)
def test_company_names_are_tickers_when_asked_for(text: str, expected: tuple[str, ...]) -> None:
    """Whole names as the list has them count, without their legal form; a name may be several symbols."""
    assert expected == outcome(TweetRules(symbols=lambda: LIST, company_names=True), text=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EARNINGS beat", ("NVDA",)),
        ("#earnings", ("NVDA",)),
        ("the interest rate rose", ("NVDA",)),
        ("bearings", Reason.NO_KEYWORD),
        ("interest in rates", Reason.NO_KEYWORD),
        ("earnings giveaway!", Reason.EXCLUDED_KEYWORD),
    ],
)
def test_keywords_are_whole_words_in_any_case(text: str, expected: Any) -> None:
    """One of the words or phrases has to be there, none of the excluded ones may be."""
    rules = TweetRules(keywords=frozenset({"earnings", "interest rate"}), exclude_keywords=frozenset({"Giveaway"}))
    assert expected == outcome(rules, text=f"{text} $NVDA")


NEW_YORK = {"lat": 40.7, "lon": -74.0, "place": "Manhattan, NY"}


@pytest.mark.parametrize(
    ("rules", "location", "expected"),
    [
        (TweetRules(require_location=True), None, Reason.NO_LOCATION),
        (TweetRules(require_location=True), {"lat": None, "lon": None, "place": "Austin, TX"}, ("NVDA",)),
        (TweetRules(bounding_box=BoundingBox(-75, 40, -73, 41)), NEW_YORK, ("NVDA",)),
        (TweetRules(bounding_box=BoundingBox(-73, 40, -72, 41)), NEW_YORK, Reason.OUTSIDE_AREA),
        (TweetRules(bounding_box=BoundingBox(-75, 41, -73, 42)), NEW_YORK, Reason.OUTSIDE_AREA),
        (TweetRules(bounding_box=BoundingBox(170, -50, -60, 50)), NEW_YORK, ("NVDA",)),
        (TweetRules(bounding_box=BoundingBox(170, -50, -80, 50)), NEW_YORK, Reason.OUTSIDE_AREA),
        (TweetRules(bounding_box=BoundingBox(-75, 40, -73, 41)), None, Reason.NO_LOCATION),
        (
            TweetRules(bounding_box=BoundingBox(-180, -90, 180, 90)),
            {"lat": None, "lon": None, "place": "Austin, TX"},
            Reason.NO_LOCATION,
        ),
    ],
)
def test_places_are_points_in_an_area(rules: TweetRules, location: Any, expected: Any) -> None:
    """An area needs a point, also across the date line; a required place may be only a name."""
    assert expected == outcome(rules, location=location)


@pytest.mark.parametrize("record", [v1(possibly_sensitive=True), v2(possibly_sensitive=True), own(sensitive=True)])
def test_sensitive_tweets_are_taken_unless_told_otherwise(record: Any) -> None:
    """The platform's mark is kept through our own form, and filters when it should."""
    assert Reason.SENSITIVE == outcome(TweetRules(sensitive=False), record)
    kept = tweet(record)
    assert TweetRules().admit(kept) == kept == Tweet.from_event(kept.to_event()) == tweet(kept.to_event())


def test_a_mark_that_is_not_there_is_not_written() -> None:
    """Lines of tweets that are not sensitive stay as they were."""
    assert "sensitive" not in tweet().to_event()
