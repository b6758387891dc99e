"""From a source into the outbox, and from there to a sink."""

import json
from collections.abc import Sequence
from datetime import timedelta
from threading import Event

import pytest

from tests.fakes.outbox import MemoryOutbox
from tests.fakes.records import own, raw, v1
from tests.fakes.world import NOON, ListSink, ListSource, MemoryProgress, SteppingClock
from tickertape.domain.times import parse_utc
from tickertape.ports import SinkUnavailable
from tickertape.usecases.classify import TweetRules, Window, tweet_classifier
from tickertape.usecases.ingest import Ingest
from tickertape.usecases.publish import Bell, Publisher

WALL = NOON + timedelta(days=30)
DUE = SteppingClock(NOON + timedelta(days=1))


def ingest(
    lines: Sequence[bytes],
    outbox: MemoryOutbox,
    rules: TweetRules | None = None,
    clock: SteppingClock = DUE,
    stop: Event | None = None,
) -> MemoryProgress:
    progress = MemoryProgress()
    source = ListSource(lines)
    classify = tweet_classifier(rules or TweetRules(), source.name, lambda: WALL)
    run = Ingest(
        "tweets", source, classify, outbox, clock, progress, lambda: WALL, lambda: None, lambda: outbox.depth("list")
    )
    run.run(stop or Event())
    return progress


def rejects(outbox: MemoryOutbox) -> list[tuple[str, str]]:
    lines = [json.loads(entry.line) for entry in outbox.entries if entry.rejected]
    return [(line["outcome"], line["reason"]) for line in lines]


def test_every_line_becomes_an_event_or_a_reject() -> None:
    """Good and broken lines are all in the outbox, and the counts add up to what was read."""
    outbox = MemoryOutbox()
    lines = [raw(v1()), b"broken", raw(own()), raw({"limit": {"track": 1}}), raw(v1(id_str="5", text="\ud83d"))]
    progress = ingest(lines, outbox)
    assert ["990000000000000001", "990000000000000003"] == [e.event_id for e in outbox.entries if not e.rejected]
    assert [
        ("quarantined", "not_json"),
        ("filtered", "control_message"),
        ("quarantined", "lone_surrogate"),
    ] == rejects(outbox)
    assert 5 == progress.counts["read"] == sum(n for name, n in progress.counts.items() if name != "read")
    assert ("done", 5) == (progress.state["state"], progress.state["read"])


@pytest.mark.parametrize("batch_apart", [False, True])
def test_a_repeat_is_filtered_and_a_conflict_is_kept(batch_apart: bool) -> None:
    """The same tweet again is a repeat; the same id with another text goes to quarantine, in one batch or two."""
    outbox = MemoryOutbox()
    lines = [raw(own()), raw(own()), raw(own(text="$NVDA other"))]
    if batch_apart:
        ingest(lines[:1], outbox)
    ingest(lines, outbox)
    assert [("filtered", "duplicate"), ("quarantined", "conflicting_duplicate")] == rejects(outbox)


def test_reading_goes_on_after_what_was_taken() -> None:
    """A second start reads only what the first had not taken."""
    outbox = MemoryOutbox()
    lines = [raw(own(id=str(number))) for number in range(3)]
    ingest(lines[:2], outbox)
    assert 1 == ingest(lines, outbox).counts["read"]
    assert ["0", "1", "2"] == [entry.event_id for entry in outbox.entries]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (TweetRules(languages=frozenset({"de"})), "language"),
        (TweetRules(require_ticker=True), "no_ticker"),
        (TweetRules(retweets=False), "retweet"),
        (TweetRules(Window(since=parse_utc("2025-11-26T00:00:00Z"))), "outside_window"),
        (TweetRules(Window(until=parse_utc("2025-11-24T00:00:00Z"))), "outside_window"),
    ],
)
def test_unwanted_tweets_are_filtered_with_the_rule_as_reason(rules: TweetRules, reason: str) -> None:
    """Each rule that turns a tweet away is its reason."""
    outbox = MemoryOutbox()
    ingest([raw(own(text="no tag", is_retweet=True))], outbox, rules)
    assert [("filtered", reason)] == rejects(outbox)


def test_events_wait_for_the_clock() -> None:
    """An event is taken when the clock shows its time, not before; what came before it goes out meanwhile."""
    outbox = MemoryOutbox()
    clock = SteppingClock(parse_utc("2025-11-25T14:30:03Z"), step_s=30)
    later = raw(own(id="later", created_at="2025-11-25T14:40:00Z"))
    progress = ingest([raw(own()), later], outbox, clock=clock)
    assert 2 == len(outbox.entries)
    assert clock.now() >= parse_utc("2025-11-25T14:40:00Z")
    assert "done" == progress.state["state"]


def test_an_event_that_is_not_due_is_not_taken_when_the_service_stops() -> None:
    """Stopping while an event is held back leaves it to the next start."""
    outbox = MemoryOutbox()
    stop = Event()
    stop.set()
    ingest([raw(own())], outbox, clock=SteppingClock(NOON), stop=stop)
    assert ([], {}) == (outbox.entries, outbox.position("list"))


def test_publisher_delivers_everything_after_the_sink_comes_back() -> None:
    """A sink that is away costs time and loses nothing."""
    outbox = MemoryOutbox()
    ingest([raw(own(id=str(number))) for number in range(3)], outbox)
    publisher = Publisher(outbox, sink := ListSink(failures=2), Bell())
    for _ in range(2):
        with pytest.raises(SinkUnavailable):
            publisher.drain_once()
    assert 3 == publisher.drain_once() == len(sink.delivered)
    assert 0 == publisher.drain_once() == outbox.depth("list")
