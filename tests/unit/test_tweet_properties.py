"""Properties of reading tweets: whatever comes, it is a tweet or it has a reason."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.fakes.records import own, v1, v2
from tests.fakes.servers.jetstream import frames
from tests.fakes.servers.x_api import lines
from tickertape.domain.rejects import BadRecord, NotAnEvent
from tickertape.domain.tickers import find_hashtags, find_tickers
from tickertape.domain.tweet import Tweet
from tickertape.domain.tweet_formats import parse_tweet

LATEST = datetime(2026, 1, 1, tzinfo=UTC)
# With half surrogate pairs, which JSON can escape.
TEXT = st.text(st.characters(codec=None), max_size=20)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
STARTS: list[dict[str, Any]] = [v1(), v2(), own(), *map(json.loads, [*frames(), *lines()])]
TICKER = st.from_regex(r"[A-Z]{1,6}([._][A-Z]{1,2})?", fullmatch=True)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each part of a JSON value is."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, part in parts for path in paths(part, (*at, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with the part at that path replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A record of any form, with up to three of its parts replaced by anything."""
    record: Any = draw(st.sampled_from(STARTS))
    for _ in range(draw(st.integers(1, 3))):
        record = changed(record, draw(st.sampled_from(paths(record))), draw(VALUE))
    return record


@given(mutated())
@example(v2(referenced_tweets=[{"type": ["replied_to"], "id": "1"}]))
def test_a_mutated_record_is_a_tweet_or_has_a_reason(record: Any) -> None:
    """Nothing that JSON can say raises anything else, and what is read can be written and read again."""
    try:
        tweet = parse_tweet(json.dumps(record).encode(), source="tape", latest=LATEST)
    except (BadRecord, NotAnEvent):
        return
    written = tweet.to_event()
    assert written == Tweet.from_event(written).to_event()


@given(st.binary(max_size=200))
def test_any_bytes_have_a_reason(raw: bytes) -> None:
    """Bytes that are no tweet are told apart, never a crash."""
    try:
        parse_tweet(raw, source="tape", latest=LATEST)
    except (BadRecord, NotAnEvent):
        pass


@given(st.lists(TICKER, max_size=8), st.sampled_from([" ", ", ", "\n", ") (", '"']))
def test_every_whole_cashtag_is_found_once_in_order(tickers: list[str], between: str) -> None:
    """Whatever stands between them, in either case."""
    for text in (between.join(f"${ticker}" for ticker in tickers), between.join(f"${t.lower()}" for t in tickers)):
        assert tuple(dict.fromkeys(tickers)) == find_tickers(f"{text} ")


@given(st.text(max_size=60))
def test_what_is_found_is_in_the_text(text: str) -> None:
    """A ticker is well-formed and stands in the text as a tag, and so does a hashtag."""
    for ticker in find_tickers(text):
        assert re.fullmatch(r"[A-Z]{1,6}([._][A-Z]{1,2})?", ticker)
        assert f"${ticker}" in text.upper()
    for tag in find_hashtags(text):
        assert f"#{tag}" in text.lower()


@given(TICKER, st.characters(categories=["L", "N"]))
def test_a_cut_or_longer_tag_is_not_found(ticker: str, more: str) -> None:
    """`$C` is not `$CSCO`, `US$C` is none, and `$C…` may have been longer."""
    for text in (f"${ticker}…", f"{more}${ticker}", f"$${ticker}", f"${ticker}éé"):
        assert ticker not in find_tickers(text)
