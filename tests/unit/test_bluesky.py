"""Posts on Bluesky as Jetstream tells them, read as tweets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.records import raw
from tests.fakes.servers.jetstream import frames
from tickertape.domain.rejects import BadRecord, NotAnEvent, Reason
from tickertape.domain.tweet import Author, Tweet
from tickertape.domain.tweet_formats import parse_tweet

LATEST = datetime(2026, 1, 1, tzinfo=UTC)
FRAMES = [json.loads(frame) for frame in frames()]
PLAIN, RICH, IDENTITY, ACCOUNT, REPLY, _, DELETED, UPDATED, LABELLED, QUOTE = FRAMES


def parse(event: Any) -> Tweet:
    return parse_tweet(raw(event), source="jetstream", latest=LATEST)


def post(**changes: Any) -> dict[str, Any]:
    """The first recorded post with those changes in its record."""
    commit = PLAIN["commit"]
    return {**PLAIN, "commit": commit | {"record": commit["record"] | changes}}


def test_a_post_is_read_whole() -> None:
    """Its id is its AT URI; its text is as it was typed, for Bluesky encodes no entities."""
    expected = Tweet(
        id="at://did:plc:eygmaihciaxprqvxpfvl6flk/app.bsky.feed.post/3m6dkq2vuowo2",
        created_at=datetime(2025, 11, 25, 14, 30, 1, 102_000, tzinfo=UTC),
        text="$AAPL & $brk.b at a new high",
        author=Author("did:plc:eygmaihciaxprqvxpfvl6flk", "", 0),
        lang="en",
        tickers=("AAPL", "BRK.B"),
        hashtags=(),
        location=None,
        reply_to=None,
        is_retweet=False,
        source="jetstream",
    )
    assert expected == parse(PLAIN)
    assert "&amp; $X" == parse(post(text="&amp; $X")).text


def test_facets_tags_and_languages_are_read() -> None:
    """Hashtags come from the text, from its facets and from the post's own tags; of languages the first counts."""
    tweet = parse(RICH)
    assert (("ai", "semis"), ("NVDA",), "en-US") == (tweet.hashtags, tweet.tickers, tweet.lang)
    assert "und" == parse(post(langs=None)).lang == parse(post(langs=[])).lang == parse(post(langs=[5, ""])).lang


def test_a_cashtag_that_is_marked_as_a_tag_is_no_hashtag() -> None:
    """Bluesky marks `$AAPL` with the same facet as `#AAPL`."""
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": "$AAPL"}
    assert () == parse(post(facets=[{"index": {"byteStart": 0, "byteEnd": 5}, "features": [feature]}])).hashtags


def test_a_reply_names_its_parent_and_a_quote_is_no_retweet() -> None:
    """The parent's URI is the id that the parent has as a tweet."""
    assert parse(PLAIN).id == parse(REPLY).reply_to
    assert (None, False, ("MSFT",)) == (parse(QUOTE).reply_to, parse(QUOTE).is_retweet, parse(QUOTE).tickers)


def test_labels_mark_a_post_as_sensitive() -> None:
    """Only those that are about what the post shows."""
    hidden = post(labels={"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]})
    assert [True, False, False] == [parse(event).sensitive for event in (LABELLED, hidden, PLAIN)]


@pytest.mark.parametrize("event", [IDENTITY, ACCOUNT, DELETED, UPDATED])
def test_what_is_no_new_post_is_no_broken_one(event: dict[str, Any]) -> None:
    """Deletions, edits, identities and accounts carry no event of ours."""
    with pytest.raises(NotAnEvent):
        parse(event)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (PLAIN | {"commit": None}, Reason.MISSING_FIELD),
        (PLAIN | {"did": 5.5}, Reason.WRONG_TYPE),
        (PLAIN | {"commit": PLAIN["commit"] | {"record": []}}, Reason.WRONG_TYPE),
        (PLAIN | {"commit": PLAIN["commit"] | {"rkey": ""}}, Reason.MISSING_FIELD),
        (post(text=None), Reason.MISSING_FIELD),
        (post(text=["$X"]), Reason.WRONG_TYPE),
        (post(createdAt=None), Reason.MISSING_FIELD),
        (post(createdAt="2025-11-25"), Reason.BAD_TIME),
        (post(createdAt="2999-01-01T00:00:00Z"), Reason.TIME_OUT_OF_RANGE),
        (post(reply={"parent": {"uri": 1.5}}), Reason.WRONG_TYPE),
        (post(text="a\x00b"), Reason.NUL_CHARACTER),
    ],
)
def test_broken_posts_are_refused_with_their_reason(event: dict[str, Any], reason: Reason) -> None:
    """Anyone may write anything into a repository; each way of being broken has its reason."""
    with pytest.raises(BadRecord) as caught:
        parse(event)
    assert reason == caught.value.reason
