"""The cheap look at a post's bytes never turns away what the rules would take."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.servers.jetstream import frames
from tickertape.domain.symbols import SymbolList
from tickertape.domain.tickers import find_tickers
from tickertape.domain.tweet_rules import TweetRules
from tickertape.sources.prefilter import maybe_wanted

NAMES = SymbolList({"AAPL": "Apple Inc.", "T": "AT&T Inc.", "NSRGY": "Nestlé", "EL": "Estée Lauder", "X": "日本製鉄"})


def post(text: str, ascii_only: bool = False) -> bytes:
    record = {"$type": "app.bsky.feed.post", "embed": {"ref": {"$link": "bafk"}}, "text": text}
    # Go, which Jetstream is written in, escapes these three; so do others.
    line = json.dumps(record, ensure_ascii=ascii_only, separators=(",", ":"))
    return line.replace("&", "\\u0026").replace("<", "\\u003c").encode()


def test_recorded_posts_without_a_ticker_are_turned_away() -> None:
    """The keys of every record begin with `$` too and are no cashtags."""
    wanted = maybe_wanted(TweetRules())
    posts = [frame for frame in frames() if b'"operation":"create"' in frame]
    assert [True, True, True, False, True, True] == [wanted(frame) for frame in posts]


@given(st.text(max_size=60), st.sampled_from(["$AAPL", "$c", "($brk.b)", "\n$X"]), st.booleans())
def test_a_post_with_a_cashtag_is_let_through(text: str, cashtag: str, ascii_only: bool) -> None:
    """Whatever stands around it and however it is escaped."""
    text = f"{text} {cashtag}"
    assert find_tickers(text)
    assert maybe_wanted(TweetRules())(post(text, ascii_only))


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("before", ["", "x ", "\n", "\t", "é", "&", "#"])
@pytest.mark.parametrize("name", sorted(NAMES.spoken))
def test_a_post_with_a_name_is_let_through(name: str, before: str, ascii_only: bool) -> None:
    """Names are found behind every kind of escape, and only when they are looked for."""
    raw = post(f"{before}{name} is up", ascii_only)
    assert maybe_wanted(TweetRules(symbols=lambda: NAMES, company_names=True))(raw)
    assert not maybe_wanted(TweetRules(symbols=lambda: NAMES))(raw)


def test_a_post_without_a_name_is_turned_away() -> None:
    """A part of a word is no name, and a name is written as in the list."""
    names = SymbolList({"AAPL": "Apple Inc.", "GS": "Goldman Sachs"})
    wanted = maybe_wanted(TweetRules(symbols=lambda: names, company_names=True))
    assert [False, False, False] == [wanted(post(text)) for text in ("Pineapple", "an apple", "McApple")]


def test_hashtags_are_looked_for_when_they_count() -> None:
    """Only an upper-case hashtag can be a ticker."""
    wanted = maybe_wanted(TweetRules(hashtag_tickers=True))
    assert [True, False] == [wanted(post(text)) for text in ("#AAPL", "#apple")]
    assert not maybe_wanted(TweetRules())(post("#AAPL"))


@pytest.mark.parametrize(
    ("text", "wanted"), [("the FED speaks", True), ("interest rate", True), ("federal", True), ("no", False)]
)
def test_keywords_are_enough_where_no_ticker_is_required(text: str, wanted: bool) -> None:
    """With a required ticker a keyword alone is not worth reading."""
    words = frozenset({"fed", "interest rate"})
    assert wanted == maybe_wanted(TweetRules(keywords=words))(post(text))
    assert not maybe_wanted(TweetRules(keywords=words, require_ticker=True))(post(text))
