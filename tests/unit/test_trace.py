"""Following one tweet: each hop says where it is, or why and where it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.records import own
from tests.fakes.stations import MemoryStations
from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.domain.sightings import KeptReject, Sighting, TableRows, TapeLine
from tickertape.ports.lake import Stations
from tickertape.usecases.trace import Trace, UnknownTweet, trace

NOON = datetime(2025, 11, 25, 12, tzinfo=UTC)
EVENT = own(id="7")
LINE = TapeLine("tweets.jsonl:3", EVENT, was_read=True)
WHOLE = MemoryStations(
    lines=[LINE],
    document=Sighting("tickertape.tweets", None, EVENT),
    items=[Sighting("recent_tweets 2025-11-25#1", None, EVENT)],
    objects=[Sighting("raw/tweets/a", NOON, EVENT)],
    began_at=NOON + timedelta(minutes=1),
    rows=TableRows(
        tweets=[Sighting("curated/tweets/t.parquet", NOON, EVENT)],
        mentions=[Sighting("curated/mentions/m.parquet", NOON, {"ticker": "NVDA"})],
        spam=[],
    ),
    periods=[Sighting("DAILY 2025-11-25", None, {}), Sighting("YEARLY 2025", None, {})],
)


def kept(stage: str, outcome: Outcome, reason: Reason, position: str = "", detail: str = "") -> KeptReject:
    reject = Reject(stage, "tweets", outcome, reason, detail, "7", position, "", b"", "2025-11-25T12:00:00Z")
    return KeptReject(reject, f"quarantine/{stage}/tweets/x.jsonl")


def follow(stations: Stations) -> Trace:
    return trace("7", stations)


def states(found: Trace) -> dict[str, str]:
    return {hop.hop: hop.state for hop in found.hops}


def test_a_delivered_tweet_is_at_every_hop() -> None:
    """Places and times are those of the stations; the mentions name their tickers."""
    found = follow(WHOLE)
    assert ("delivered", "2025-11-25T14:30:03Z") == (found.verdict, found.created_at)
    assert {"here"} == set(states(found).values())
    shown = {hop.hop: (hop.at, hop.where, hop.detail) for hop in found.hops}
    assert ("2025-11-25T12:00:00Z", "raw/tweets/a", "") == shown["raw lake"]
    assert ("2025-11-25T12:00:00Z", "curated/mentions/m.parquet", "NVDA") == shown["table mentions"]
    assert (None, "DAILY 2025-11-25, YEARLY 2025", "") == shown["served counts"]


def test_spam_says_its_reason() -> None:
    """A tweet that the batch marked is in one table more."""
    assert WHOLE.rows
    rows = WHOLE.rows._replace(spam=[Sighting("curated/spam/s.parquet", NOON, {"reason": "author_burst"})])
    (spam,) = [hop for hop in follow(replace(WHOLE, rows=rows)).hops if hop.hop == "table spam"]
    assert "author_burst" == spam.detail


@pytest.mark.parametrize("event", [{"id": "7"}, EVENT | {"created_at": "yesterday"}, EVENT | {"author": "ann"}])
def test_half_a_tweet_in_the_lake_ends_no_trace(event: dict[str, object]) -> None:
    """What no store has whole is still found where it lies."""
    found = follow(MemoryStations(objects=[Sighting("raw/tweets/a", NOON, event)]))
    assert (None, "here") == (found.created_at, states(found)["raw lake"])


def test_nobody_knows_the_id() -> None:
    """An id that no station has is an error of one line that names it."""
    with pytest.raises(UnknownTweet, match="no tweet 7"):
        follow(MemoryStations())


def test_a_line_that_was_not_read_yet_waits() -> None:
    """A tape that plays has not come to it."""
    found = follow(MemoryStations(lines=[LINE._replace(was_read=False)]))
    assert ("waiting", {"source": "waiting"}) == (found.verdict, states(found))


def test_a_quarantined_line_ends_at_ingest() -> None:
    """With its reason, its place on the tape, the object that keeps it, and when."""
    reject = kept("ingest", Outcome.QUARANTINED, Reason.BAD_TIME, "tweets.jsonl:3", "no time")
    found = follow(MemoryStations(lines=[LINE._replace(event=None)], kept=[reject]))
    assert ("quarantined:bad_time", None) == (found.verdict, found.created_at)
    ingest = found.hops[-1]
    assert ("2025-11-25T12:00:00Z", "quarantine/ingest/tweets/x.jsonl", "tweets.jsonl:3 no time") == (
        ingest.at,
        ingest.where,
        ingest.detail,
    )


def test_a_repeat_does_not_hide_the_tweet_itself() -> None:
    """The first line of an id went on; the second is told beside it."""
    repeat = kept("ingest", Outcome.FILTERED, Reason.DUPLICATE, "tweets.jsonl:9")
    found = follow(replace(WHOLE, lines=[LINE, LINE._replace(position="tweets.jsonl:9")], kept=[repeat]))
    assert "delivered" == found.verdict
    assert ["here", "filtered:duplicate"] == [hop.state for hop in found.hops if hop.hop == "ingest"]


def test_a_tweet_of_links_is_dropped_by_the_transform() -> None:
    """It is in the data store and is shown nowhere; no table is asked for it."""
    dropped = kept("transform_tweets", Outcome.DROPPED, Reason.NO_CONTENT)
    found = follow(replace(WHOLE, kept=[dropped], items=[], objects=[], rows=None))
    assert "dropped:no_content" == found.verdict == states(found)["raw lake"] == states(found)["live table"]
    assert "here" == states(found)["data store"]
    assert "table tweets" not in states(found)


def test_a_flag_withholds_from_one_sink() -> None:
    """The hop behind it says which flag, and what brings the tweet."""
    withheld = kept("withheld", Outcome.WITHHELD, Reason.FLAG_OFF, detail="kinesis")
    found = follow(replace(WHOLE, kept=[withheld], items=[]))
    (hop,) = [hop for hop in found.hops if hop.hop == "live table"]
    assert ("withheld:flag_off", "withheld:flag_off") == (found.verdict, hop.state)
    assert "tweets.kinesis" in hop.detail and "tickertape redrive" in hop.detail


def test_what_waits_in_the_outbox_is_no_loss() -> None:
    """While a sink is behind, what is not there is waited for; once nothing waits, it is absent."""
    waiting = follow(replace(WHOLE, depth=12, objects=[]))
    assert ("waiting", "waiting", "waiting") == (
        waiting.verdict,
        states(waiting)["outbox"],
        states(waiting)["raw lake"],
    )
    lost = follow(replace(WHOLE, objects=[]))
    assert ("absent", "here") == (lost.verdict, states(lost)["outbox"])


@pytest.mark.parametrize(
    ("began_at", "state"), [(None, "waiting"), (NOON, "waiting"), (NOON + timedelta(seconds=1), "absent")]
)
def test_the_tables_wait_for_a_batch_that_began_later(began_at: datetime | None, state: str) -> None:
    """A run takes what was in the lake when it began, so only then is a missing row a loss."""
    found = follow(replace(WHOLE, began_at=began_at, rows=None))
    assert (state, state) == (found.verdict, states(found)["table tweets"])
