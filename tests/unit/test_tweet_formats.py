"""Reading tweets out of every form, and refusing what is none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.records import own, raw, v1, v2
from tickertape.domain.rejects import BadRecord, NotAnEvent, Reason
from tickertape.domain.tweet import Author, Location, Tweet
from tickertape.domain.tweet_formats import parse_tweet

LATEST = datetime(2026, 1, 1, tzinfo=UTC)


def parse(record: Any) -> Tweet:
    return parse_tweet(record if isinstance(record, bytes) else raw(record), source="tape", latest=LATEST)


def refusal(record: Any) -> Reason:
    with pytest.raises(BadRecord) as caught:
        parse(record)
    return caught.value.reason


def test_v1_status_is_read_whole() -> None:
    """Every field of a v1.1 status comes to its place, with HTML entities decoded."""
    status = v1(
        text="RT @x: $AAPL &amp; $brk.b &gt; #Tech",
        coordinates={"type": "Point", "coordinates": [-74.0, 40.7]},
        place={"full_name": "Manhattan, NY"},
        in_reply_to_status_id_str="5",
    )
    expected = Tweet(
        id="990000000000000001",
        created_at=datetime(2025, 11, 25, 14, 30, 1, tzinfo=UTC),
        text="RT @x: $AAPL & $brk.b > #Tech",
        author=Author("7", "ann", 12),
        lang="en",
        tickers=("AAPL", "BRK.B"),
        hashtags=("tech",),
        location=Location(40.7, -74.0, "Manhattan, NY"),
        reply_to="5",
        is_retweet=True,
        source="tape",
    )
    assert expected == parse(status)


@pytest.mark.parametrize(("said", "followers"), [(2**63 - 1, 2**63 - 1), (2**63, 0), (10**25, 0), (-1, 0), ("5", 0)])
def test_followers_fit_into_every_store(said: object, followers: int) -> None:
    """The data store refuses more than 64 bits with a sign, and with them the whole batch, again and again."""
    assert followers == parse(own(author={"id": "1", "name": "a", "followers": said})).author.followers


@pytest.mark.parametrize(("sign", "most"), [("a", 256), ("é", 128), ("🚀", 64)])
def test_an_id_fits_into_a_sort_key_whatever_it_is_written_in(sign: str, most: int) -> None:
    """DynamoDB counts the key's 1,024 bytes, not its characters."""
    assert most * sign == parse(own(id=most * sign)).id
    assert Reason.WRONG_TYPE == refusal(own(id=(most + 1) * sign))


def test_v2_envelope_resolves_its_includes() -> None:
    """A v2 envelope finds its author and its place among the includes."""
    envelope = v2(geo={"place_id": "p1"}, referenced_tweets=[{"type": "replied_to", "id": "4"}], text="$MSFT &lt; 400")
    envelope["includes"]["places"] = [{"id": "p1", "full_name": "Austin, TX"}]
    tweet = parse(envelope)
    assert (Author("8", "bob", 3), Location(None, None, "Austin, TX"), "4", "$MSFT < 400", False) == (
        tweet.author,
        tweet.location,
        tweet.reply_to,
        tweet.text,
        tweet.is_retweet,
    )


def test_own_form_is_read_as_it_was_written() -> None:
    """What `to_event` writes is read back as the same tweet."""
    tweet = parse(own(location={"lat": 1.5, "lon": 2.5, "place": None}))
    assert tweet == parse(tweet.to_event()) == Tweet.from_event(tweet.to_event())


def test_extended_v1_text_wins_over_the_truncated_one() -> None:
    """A status of more than 140 characters is read from its extended form."""
    tweet = parse(v1(text="$AAPL cut…", truncated=True, extended_tweet={"full_text": "$AAPL cut no more $TSLA"}))
    assert ("AAPL", "TSLA") == tweet.tickers


def test_off_the_globe_coordinates_are_left_out() -> None:
    """Coordinates that no place has do not make a location."""
    assert parse(v1(coordinates={"coordinates": [400, 40.7]})).location is None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"no json at all", Reason.NOT_JSON),
        (raw(v1())[:80], Reason.NOT_JSON),
        (b'{"id": NaN}', Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b"\xff\xfe{}", Reason.NOT_UTF8),
        (b"[1, 2]", Reason.UNKNOWN_SHAPE),
        (b"{}", Reason.UNKNOWN_SHAPE),
        (v1(text=5), Reason.WRONG_TYPE),
        (v1(text=None), Reason.MISSING_FIELD),
        (v1(id=None, id_str=None), Reason.MISSING_FIELD),
        (v2(id=""), Reason.MISSING_FIELD),
        (own(id=True), Reason.WRONG_TYPE),
        (v1(user=None), Reason.MISSING_FIELD),
        (v1(created_at="yesterday"), Reason.BAD_TIME),
        (v2(created_at="2025-11-25T14:30:02"), Reason.BAD_TIME),
        (v1(created_at="Thu Jan 01 00:00:00 +0000 1970"), Reason.TIME_OUT_OF_RANGE),
        (v2(created_at="2999-01-01T00:00:00Z"), Reason.TIME_OUT_OF_RANGE),
        (own(text="x" * 1_000_000), Reason.TEXT_TOO_LONG),
        (v1(text="a\x00b"), Reason.NUL_CHARACTER),
    ],
)
def test_broken_records_are_refused_with_their_reason(record: Any, reason: Reason) -> None:
    """Each way of being broken has a reason of its own."""
    assert reason == refusal(record)


@pytest.mark.parametrize("message", [{"delete": {"status": {"id": 1}}}, {"limit": {"track": 5}}])
def test_control_messages_are_no_broken_tweets(message: dict[str, Any]) -> None:
    """What a stream says about itself is told apart from a tweet."""
    with pytest.raises(NotAnEvent):
        parse(message)
