"""The settings of tweets, and the source and the rules that they lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from services.twitter.sources import build_rules, build_source
from tests.fakes.world import MemoryEvents
from tickertape.domain.area import BoundingBox
from tickertape.domain.tweet_rules import TweetRules
from tickertape.domain.window import Window
from tickertape.ports.sources import Source, SourceUnavailable
from tickertape.settings import JETSTREAM_HOSTS, BadSettings, Settings
from tickertape.sources.tape import TapeError

Given = Callable[..., Settings]


@pytest.fixture
def symbols(tmp_path: Path) -> str:
    path = tmp_path / "symbols.csv"
    path.write_text("symbol,name\nAAPL,Apple Inc.\n")
    return str(path)


def built(settings: Settings) -> Source:
    """With a Redis that is not there."""
    return build_source(settings, redis.Redis(port=1), MemoryEvents())


@pytest.mark.parametrize(
    ("source", "more", "live"),
    [
        ("tape", {"tape": "."}, False),
        ("follow", {"tape": "."}, False),
        ("x", {"x_bearer_token": "t", "keywords": "fed"}, True),
        ("jetstream", {}, True),
        ("none", {}, False),
    ],
)
def test_each_source_is_built_from_its_settings(given: Given, source: str, more: dict[str, str], live: bool) -> None:
    """Nothing connects before it is read."""
    reader = built(given(tweets_source=source, **more))
    assert (source, live) == (reader.name, reader.live)


def test_the_tape_is_what_is_read_where_nothing_is_said(given: Given) -> None:
    """And without one there is a line that says what to set."""
    settings = given()
    assert ("tape", JETSTREAM_HOSTS, 10_000, 0) == (
        settings.tweets_source,
        settings.jetstream_urls,
        settings.x_monthly_reads,
        settings.x_backfill_minutes,
    )
    with pytest.raises(TapeError, match="TICKERTAPE_TAPE"):
        built(settings)


def test_no_source_ends_at_once(given: Given) -> None:
    """A service without a source is done, not broken."""
    assert [] == list(built(given(tweets_source="none")).read({}))


def test_x_whose_reads_cannot_be_counted_is_not_read(given: Given) -> None:
    """While Redis is away nobody knows what is left of the budget."""
    source = built(given(tweets_source="x", x_bearer_token="t", keywords="fed"))
    with pytest.raises(SourceUnavailable, match="cannot be counted"):
        next(iter(source.read({})))


def test_rules_are_what_the_settings_say(given: Given, symbols: str) -> None:
    """Every filter has its setting."""
    rules = build_rules(
        given(
            symbols_file=symbols,
            languages="en, de",
            require_ticker="true",
            retweets="false",
            hashtag_tickers="true",
            company_names="true",
            keywords="fed, interest rate",
            exclude_keywords="giveaway",
            require_location="true",
            bounding_box="-125, 24,-66.5,50",
            sensitive="false",
        ),
        MemoryEvents(),
    )
    expected = TweetRules(
        window=Window(),
        languages=frozenset({"en", "de"}),
        require_ticker=True,
        retweets=False,
        symbols=rules.symbols,
        hashtag_tickers=True,
        company_names=True,
        keywords=frozenset({"fed", "interest rate"}),
        exclude_keywords=frozenset({"giveaway"}),
        require_location=True,
        bounding_box=BoundingBox(-125, 24, -66.5, 50),
        sensitive=False,
    )
    assert expected == rules
    known = rules.symbols()
    assert known is not None and "AAPL" in known


def test_no_settings_take_everything(given: Given) -> None:
    """Without a word every well-formed tweet is wanted."""
    assert TweetRules() == build_rules(given(), MemoryEvents())


def test_every_wrong_setting_is_named_at_once(given: Given) -> None:
    """Also those that are wrong only together, and numbers beside them."""
    wrong = {
        "tweets_source": "x",
        "symbols_file": "/nowhere/symbols.csv",
        "bounding_box": "1,2,3",
        "x_backfill_minutes": "6",
        "x_rule_length": "0",
        "x_api_url": "ftp://x",
        "jetstream_urls": "http://host",
        "require_location": "perhaps",
    }
    with pytest.raises(BadSettings) as caught:
        given(**wrong)
    named = {line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]}
    expected = {f"TICKERTAPE_{name.upper()}" for name in wrong if name != "tweets_source"}
    assert expected | {"TICKERTAPE_X_BEARER_TOKEN"} == named


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"tweets_source": "twitter"}, "TICKERTAPE_TWEETS_SOURCE"),
        ({"tweets_source": "x", "keywords": "fed"}, "TICKERTAPE_X_BEARER_TOKEN: .*bearer token"),
        ({"tweets_source": "x", "x_bearer_token": "t"}, "TICKERTAPE_SYMBOLS_FILE or TICKERTAPE_KEYWORDS"),
        ({"hashtag_tickers": "1"}, "TICKERTAPE_HASHTAG_TICKERS: .*TICKERTAPE_SYMBOLS_FILE"),
        ({"company_names": "1"}, "TICKERTAPE_COMPANY_NAMES: .*TICKERTAPE_SYMBOLS_FILE"),
        ({"bounding_box": "10,50,20,40"}, "TICKERTAPE_BOUNDING_BOX: .*south"),
        ({"bounding_box": "west,south,east,north"}, "TICKERTAPE_BOUNDING_BOX: .*four numbers"),
    ],
)
def test_a_wrong_setting_says_what_was_expected(given: Given, variables: dict[str, str], named: str) -> None:
    """With the variable to change."""
    with pytest.raises(BadSettings, match=named):
        given(**variables)


def test_a_broken_list_of_symbols_is_a_wrong_setting(given: Given, symbols: str) -> None:
    """The line of the file that is wrong is named."""
    Path(symbols).write_text("symbol\nAAPL\nnot one")
    with pytest.raises(BadSettings, match=r"TICKERTAPE_SYMBOLS_FILE: .*line 3"):
        build_rules(given(symbols_file=symbols), MemoryEvents())


def test_secrets_may_be_files(given: Given, tmp_path: Path) -> None:
    """A file named like the variable is read; the environment wins, and the token is never printed."""
    (tmp_path / "tickertape_x_bearer_token").write_text("from-a-file\n")
    settings = given(tweets_source="x", keywords="fed", secrets_dir=str(tmp_path))
    token = settings.x_bearer_token
    assert token is not None and "from-a-file" == token.get_secret_value()
    assert "from-a-file" not in repr(settings)
    again = given(x_bearer_token="from-the-environment").x_bearer_token
    assert again is not None and "from-the-environment" == again.get_secret_value()


def test_a_folder_of_secrets_that_is_not_there_is_a_wrong_setting(given: Given) -> None:
    """Set and missing is a mistake, unlike the usual folder outside of Docker."""
    with pytest.raises(BadSettings, match="TICKERTAPE_SECRETS_DIR"):
        given(secrets_dir="/nowhere/secrets")
