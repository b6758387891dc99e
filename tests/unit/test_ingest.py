"""From a source into the outbox, and from there to a sink."""

import json
from collections.abc import Sequence
from datetime import timedelta
from threading import Event, Thread

import pytest

from tests.fakes.outbox import MemoryOutbox
from tests.fakes.records import own, raw, v1
from tests.fakes.world import (
    NOON,
    ListSink,
    ListSource,
    LiveSource,
    MemoryEvents,
    MemoryProgress,
    ScriptedGate,
    SteppingClock,
)
from tests.waiting import wait_for
from tickertape.domain.bar import COLUMNS
from tickertape.domain.times import parse_utc
from tickertape.ports.control import Ruling
from tickertape.ports.delivery import NewEntry
from tickertape.ports.sources import RawRecord, Source, SourceUnavailable
from tickertape.usecases.classify import Classifier, TweetRules, Window, bar_classifier, tweet_classifier
from tickertape.usecases.ingest import Ingest
from tickertape.usecases.publish import Bell, Publisher

WALL = NOON + timedelta(days=30)
DUE = SteppingClock(NOON + timedelta(days=1))


def reader(
    source: Source,
    outbox: MemoryOutbox,
    rules: TweetRules | None = None,
    clock: SteppingClock = DUE,
    stop: Event | None = None,
    gate: ScriptedGate | None = None,
    events: MemoryEvents | None = None,
    classify: Classifier | None = None,
) -> tuple[Ingest, MemoryProgress]:
    progress = MemoryProgress()
    classify = classify or tweet_classifier(rules or TweetRules(), source.name, lambda: WALL)
    return Ingest(
        kind="tweets",
        source=source,
        classify=classify,
        outbox=outbox,
        sinks=["list"],
        clock=clock,
        gate=gate or ScriptedGate(),
        progress=progress,
        events=events or MemoryEvents(),
        wall=lambda: WALL,
        appended=lambda: None,
        stop=stop or Event(),
    ), progress


def ingest(
    lines: Sequence[bytes],
    outbox: MemoryOutbox,
    rules: TweetRules | None = None,
    clock: SteppingClock = DUE,
    stop: Event | None = None,
    gate: ScriptedGate | None = None,
) -> MemoryProgress:
    run, progress = reader(ListSource(lines), outbox, rules, clock, stop, gate)
    run.run()
    return progress


def listen(
    script: Sequence[bytes | Exception | None], outbox: MemoryOutbox, gate: ScriptedGate | None = None
) -> tuple[LiveSource, MemoryProgress, MemoryEvents]:
    """A live source's whole script, then stop."""
    stop, events = Event(), MemoryEvents()
    source = LiveSource(script, stop.set)
    run, progress = reader(source, outbox, gate=gate, events=events, stop=stop)
    run.run()
    return source, progress, events


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


def test_each_sink_is_told_what_waits_for_it() -> None:
    """The depth of the outbox by sink, and that of the slowest."""
    outbox = MemoryOutbox()
    state = ingest([raw(own(id=str(number))) for number in range(3)], outbox).state
    waiting = {name: depth for name, depth in state.items() if name.startswith("outbox:")}
    assert {3} == set(waiting.values()) == {state["outbox"]}


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
    """A sink that is away costs time and loses nothing; its absence is told once, and its end."""
    outbox, stop, events = MemoryOutbox(), Event(), MemoryEvents()
    ingest([raw(own(id=str(number))) for number in range(3)], outbox)
    thread = Publisher(outbox, sink := ListSink(failures=2), Bell(), events).start(stop, lambda _: None)
    wait_for(lambda: outbox.depth("list") == 0)
    stop.set()
    thread.join(10)
    assert ["0", "1", "2"] == [entry.event_id for entry in sink.delivered]
    assert ["sink_unavailable", "sink_back"] == events.names


def test_an_event_that_the_gate_refuses_is_filtered_and_one_that_it_holds_waits() -> None:
    """A closed market filters by its reason; a gate that somebody closed only costs time."""
    outbox = MemoryOutbox()
    lines = [raw(own(id="1")), raw(own(id="2"))]
    ingest(lines, outbox, gate=ScriptedGate(Ruling.REFUSE, Ruling.HOLD, Ruling.PASS))
    assert [("filtered", "market_closed")] == rejects(outbox)
    assert ["2"] == [entry.event_id for entry in outbox.entries if not entry.rejected]


def test_a_day_s_bar_belongs_to_no_hour_of_the_market() -> None:
    """A daily tape's bars are dated at the close, after the session, and pass where minutes are refused."""
    outbox = MemoryOutbox()
    row = dict(zip(COLUMNS, ("AAPL", "2015-11-24T21:00:00Z", "1", "1", "1", "1", "1"), strict=True))
    source = ListSource([])
    source.records = [RawRecord(b"day", "daily", 1, row), RawRecord(b"minute", "minutes", 1, row)]
    classify = bar_classifier(Window(), "list", lambda place: {"daily": "1d", "minutes": "1m"}[place], lambda: WALL)
    run, _ = reader(source, outbox, gate=ScriptedGate(Ruling.REFUSE), classify=classify)
    run.run()
    assert ["AAPL#1d#2015-11-24T21:00:00Z"] == [entry.event_id for entry in outbox.entries if not entry.rejected]
    assert [("filtered", "market_closed")] == rejects(outbox)


def test_a_live_source_is_left_while_its_gate_is_held_closed_and_read_again_from_where_it_was() -> None:
    """Nothing is read while the gate is held, and what was not taken is asked for again."""
    outbox = MemoryOutbox()
    gate = ScriptedGate(Ruling.PASS, Ruling.PASS, Ruling.HOLD, Ruling.HOLD, Ruling.PASS)
    source, _, events = listen([raw(own(id="1")), None, raw(own(id="2"))], outbox, gate)
    assert [{}, {"stream": 1}] == source.readings
    assert [("gate_followed", {"source": "live", "does": "scripted"})] == events.told
    assert ["1", "2"] == [entry.event_id for entry in outbox.entries]


def test_a_live_source_that_fails_is_read_again_and_told_of_once() -> None:
    """Two failures in a row are one event, and their end is another."""
    outbox = MemoryOutbox()
    away = SourceUnavailable("live", "the connection broke", retry_after_s=0.001)
    source, _, events = listen([raw(own(id="1")), away, away, raw(own(id="2"))], outbox)
    assert [{}, {"stream": 1}, {"stream": 1}] == source.readings
    assert ["source_unavailable", "source_back"] == events.names
    assert ["1", "2"] == [entry.event_id for entry in outbox.entries]


def test_a_live_source_sheds_with_a_count_when_the_outbox_is_full() -> None:
    """What does not fit is counted and told, and what comes when there is room again is taken."""
    outbox = MemoryOutbox(room=1)
    lines: list[bytes | None] = [raw(own(id="1")), None, raw(own(id="2")), None]
    source, progress, events = listen(lines, outbox)
    assert (["1"], 1) == ([entry.event_id for entry in outbox.entries], progress.counts["shed:outbox_full"])
    assert ["outbox_full"] == events.names
    assert 2 == source.number


def test_a_tape_waits_while_the_outbox_is_full() -> None:
    """Back-pressure reaches the tape: nothing is lost when a sink takes its time."""
    outbox = MemoryOutbox(room=1)
    outbox.append("other", [NewEntry(False, "0", "", b"", b"")], {})
    stop, events = Event(), MemoryEvents()
    run, progress = reader(ListSource([raw(own(id="1"))]), outbox, stop=stop, events=events)
    reading = Thread(target=run.run)
    reading.start()
    wait_for(lambda: progress.state.get("state") == "full")
    outbox.acknowledge("list", 1)
    wait_for(lambda: progress.state.get("state") == "done")
    reading.join(10)
    assert (["1"], 0) == ([entry.event_id for entry in outbox.entries], progress.counts["shed:outbox_full"])
    assert ["outbox_full", "outbox_has_room"] == events.names


def test_records_are_counted_by_symbol_and_outcome() -> None:
    """A tweet counts under each of its tickers, one without any under none."""
    progress = ingest([raw(own(text="$AAPL and $MSFT")), b"broken"], MemoryOutbox())
    assert {("AAPL", "accepted"): 1, ("MSFT", "accepted"): 1, ("", "quarantined:not_json"): 1} == progress.by_symbol
