"""Each source of live text keeps the port's promises, against real servers, files and pipes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.budget import MemoryBudget
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.servers.jetstream import JetstreamServer, frames
from tests.fakes.servers.x_api import RESET, TOKEN, XServer, lines
from tests.fakes.world import MemoryEvents, MemoryProgress, ScriptedGate, SteppingClock
from tests.waiting import wait_for
from tickertape.domain.rejects import Reject
from tickertape.domain.symbols import SymbolList
from tickertape.domain.tweet_rules import TweetRules
from tickertape.ports.delivery import NewEntry
from tickertape.ports.sources import Position, RawRecord, Source, SourceRefused, SourceUnavailable
from tickertape.sources.follow import FollowTweets
from tickertape.sources.jetstream import REWIND_US, Jetstream
from tickertape.sources.prefilter import maybe_wanted
from tickertape.sources.stdin import StdinTweets
from tickertape.sources.x import XFilteredStream
from tickertape.sources.x_rules import build_rules
from tickertape.usecases.classify import Accepted, tweet_classifier
from tickertape.usecases.ingest import Ingest

WALL = datetime(2025, 11, 25, 14, 30, tzinfo=UTC)
LIMIT_S = 10.0
RULES = ["($AAPL OR $MSFT)", "($TSLA)"]
X_POSTS = lines("x_posts.jsonl")
JETSTREAM = frames("jetstream_posts.jsonl")
# The new posts among them that carry a cashtag.
WANTED = [JETSTREAM[index] for index in (0, 1, 4, 8, 9)]


def x_source(
    server: XServer,
    token: str = TOKEN,
    rules: Callable[[], list[str]] = lambda: RULES,
    budget: MemoryBudget | None = None,
    events: MemoryEvents | None = None,
    silence_s: float = 5.0,
    backfill_minutes: int = 0,
) -> XFilteredStream:
    return XFilteredStream(
        token=token,
        rules=rules,
        budget=budget or MemoryBudget(1000),
        events=events or MemoryEvents(),
        wall=lambda: WALL,
        api_url=server.url,
        backfill_minutes=backfill_minutes,
        silence_s=silence_s,
        rules_every_s=0.0,
    )


def jetstream_source(
    *urls: str, wanted: Callable[[bytes], bool] = lambda _: True, silence_s: float = 5.0
) -> tuple[Jetstream, list[tuple[str, int]]]:
    passed: list[tuple[str, int]] = []
    return Jetstream(urls, wanted, lambda reason, count: passed.append((reason, count)), silence_s), passed


def reading(source: Source, after: Position | None = None) -> Generator[RawRecord | None, None, None]:
    records = source.read(after or {})
    assert isinstance(records, Generator)
    return records


def take(records: Iterator[RawRecord | None], count: int) -> list[RawRecord]:
    """The next records, however much silence is between them."""
    until = time.monotonic() + LIMIT_S
    taken: list[RawRecord] = []
    while len(taken) < count:
        assert time.monotonic() < until, f"{len(taken)} of {count} records came in {LIMIT_S} s"
        if (record := next(records)) is not None:
            taken.append(record)
    return taken


def raised(records: Iterator[RawRecord | None]) -> SourceUnavailable | SourceRefused:
    """What ends the reading; records and silence before it do not matter."""
    until = time.monotonic() + LIMIT_S
    try:
        while time.monotonic() < until:
            next(records)
    except (SourceUnavailable, SourceRefused) as why:
        return why
    raise AssertionError(f"nothing was raised in {LIMIT_S} s")


@dataclass
class Rig:
    """A source, the lines that its upstream will tell, and how it is made to tell them."""

    source: Source
    lines: Sequence[bytes]
    tell: Callable[..., object]


@pytest.fixture(params=["x", "jetstream", "follow", "stdin"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as stack:
        match request.param:
            case "x":
                server = stack.enter_context(XServer())

                def tell(*posts: bytes) -> None:
                    wait_for(lambda: server.listeners)
                    server.tell(*posts)

                yield Rig(x_source(server), X_POSTS, tell)
            case "jetstream":
                host = stack.enter_context(JetstreamServer())
                yield Rig(jetstream_source(host.url)[0], WANTED, host.tell)
            case "follow":
                file = stack.enter_context((tmp_path / "tweets.jsonl").open("ab", buffering=0))
                source = FollowTweets(tmp_path, MemoryEvents())
                yield Rig(source, X_POSTS, lambda *posts: file.write(b"".join(post + b"\n" for post in posts)))
            case "stdin":
                read_end, write_end = os.pipe()
                stack.callback(os.close, write_end)
                stream = stack.enter_context(os.fdopen(read_end, "rb"))
                yield Rig(
                    StdinTweets(stream),
                    X_POSTS,
                    lambda *posts: os.write(write_end, b"".join(post + b"\n" for post in posts)),
                )


def test_silence_is_told_while_nothing_comes(rig: Rig) -> None:
    """A source yields None again and again, so that its reader can act."""
    records = reading(rig.source)
    began = time.monotonic()
    assert [None] * 3 == [next(records) for _ in range(3)]
    assert time.monotonic() - began < LIMIT_S
    records.close()


def test_lines_come_as_they_were_written_with_rising_numbers(rig: Rig) -> None:
    """A record's bytes are those that the upstream sent, and its numbers rise."""
    records = reading(rig.source)
    next(records)
    rig.tell(*rig.lines)
    taken = take(records, len(rig.lines))
    records.close()
    assert list(rig.lines) == [record.raw for record in taken]
    numbers = [record.number for record in taken]
    assert sorted(set(numbers)) == numbers
    assert 1 == len({record.place for record in taken})


def test_a_second_reading_goes_on_after_the_position(rig: Rig) -> None:
    """What comes after the position is read; numbers go on from it."""
    records = reading(rig.source)
    next(records)
    rig.tell(*rig.lines[:2])
    last = take(records, 2)[-1]
    records.close()
    again = reading(rig.source, {last.place: last.number})
    begun = next(again)
    rig.tell(*rig.lines[2:])
    wanted = list(rig.lines[2:])
    # A few seconds of Jetstream come twice; the ids tell.
    repeated = 2 if isinstance(rig.source, Jetstream) else 0
    taken = [begun] if begun else []
    taken += take(again, repeated + len(wanted) - len(taken))
    again.close()
    assert wanted == [record.raw for record in taken[repeated:]]
    assert min(record.number for record in taken) >= last.number


def test_closing_leaves_no_thread(rig: Rig) -> None:
    """A reader that leaves in the middle takes the connection and its threads with it."""
    before = set(threading.enumerate())
    records = reading(rig.source)
    next(records)
    rig.tell(rig.lines[0])
    take(records, 1)
    began = time.monotonic()
    records.close()
    assert time.monotonic() - began < 3
    wait_for(lambda: set(threading.enumerate()) <= before)


def test_every_record_is_read_by_the_domain(rig: Rig) -> None:
    """What a source passes on is what the parser of tweets reads."""
    records = reading(rig.source)
    next(records)
    rig.tell(*rig.lines)
    classify = tweet_classifier(TweetRules(), rig.source.name, lambda: WALL)
    decided = [classify(record) for record in take(records, len(rig.lines))]
    records.close()
    assert all(isinstance(one, Accepted) and one.symbols for one in decided)


# --- X ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 402, 403])
def test_x_refuses_with_the_setting_to_change(status: int) -> None:
    """A token that X does not take is named by its variable, for rules and for the stream."""
    with XServer(status=status) as server:
        why = raised(reading(x_source(server)))
    assert isinstance(why, SourceRefused)
    assert "TICKERTAPE_X_BEARER_TOKEN" in str(why)


def test_x_wrong_token_is_refused() -> None:
    """The real check of the server, not a status that the test asks for."""
    with XServer() as server:
        why = raised(reading(x_source(server, token="wrong")))
    assert (SourceRefused, True) == (type(why), "TICKERTAPE_X_BEARER_TOKEN" in str(why))


@pytest.mark.parametrize("where", ["status", "rules_status"])
def test_x_rate_limit_says_how_long_to_wait(where: str) -> None:
    """The wait is until the moment that X names."""
    with XServer() as server:
        setattr(server, where, 429)
        why = raised(reading(x_source(server)))
    assert isinstance(why, SourceUnavailable)
    assert (RESET - WALL.timestamp(), "rate_limited") == (why.retry_after_s, why.event)


@pytest.mark.parametrize("where", ["status", "rules_status"])
def test_x_out_of_order_is_worth_another_try(where: str) -> None:
    """An error on X's side is nobody's setting, and tweepy does not wait and try again by itself."""
    with XServer() as server:
        setattr(server, where, 503)
        began = time.monotonic()
        why = raised(reading(x_source(server)))
        assert time.monotonic() - began < 3
    assert isinstance(why, SourceUnavailable)
    assert why.retry_after_s is None


def test_x_breaking_off_is_told_after_what_came() -> None:
    """Posts before the break are passed on, then the source is unavailable; a new reading connects again."""
    with XServer(X_POSTS[:2]) as server:
        source = x_source(server)
        records = reading(source)
        assert X_POSTS[:2] == [record.raw for record in take(records, 2)]
        server.drop()
        assert isinstance(raised(records), SourceUnavailable)
        assert 1 == len(server.streams)
        again = reading(source, {"x": 2})
        assert [3, 4] == [record.number for record in take(again, 2)]
        again.close()


def test_x_silence_without_keep_alive_is_a_dead_connection() -> None:
    """Keep-alives keep it; without them it is given up."""
    with XServer(keep_alive_s=0.05) as server:
        records = reading(x_source(server, silence_s=0.5))
        for _ in range(3):
            assert next(records) is None
        server.keep_alive_s = None
        assert isinstance(raised(records), SourceUnavailable)


@pytest.mark.parametrize("notice", lines("x_notices.jsonl"))
def test_x_notice_of_hanging_up_is_no_post(notice: bytes) -> None:
    """What X says about the connection ends it and is not counted as a post."""
    budget = MemoryBudget(5)
    with XServer([X_POSTS[0], notice]) as server:
        records = reading(x_source(server, budget=budget))
        take(records, 1)
        why = raised(records)
    assert isinstance(why, SourceUnavailable)
    assert ("stream" in str(why), 4) == (True, budget.left())


def test_x_budget_stops_reading_before_a_post_is_passed() -> None:
    """Each post costs one; when nothing is left the source waits for the budget's next period, without connecting."""
    budget = MemoryBudget(2)
    with XServer(X_POSTS) as server:
        source = x_source(server, budget=budget)
        records = reading(source)
        take(records, 2)
        first = raised(records)
        second = raised(reading(source, {"x": 2}))
        assert 1 == len(server.streams)
    for why in (first, second):
        assert isinstance(why, SourceUnavailable)
        assert ("read_budget_spent", 3600) == (why.event, why.retry_after_s)


def test_x_posts_that_nobody_took_are_paid_for() -> None:
    """X counts what it sent: leaving in the middle spends the rest too."""
    budget = MemoryBudget(100)
    with XServer(X_POSTS) as server:
        records = reading(x_source(server, budget=budget))
        take(records, 1)
        # The others come with it, or at once after it.
        wait_for(lambda: server.streams)
        records.close()
    assert 100 - len(X_POSTS) <= budget.left() <= 99


def test_x_rules_are_made_what_they_should_be() -> None:
    """Old rules of ours go, those of others stay, and only the difference is sent."""
    events = MemoryEvents()
    with XServer() as server:
        server.add_rule("cats", "somebody else's")
        server.add_rule("cats", None)
        server.add_rule("($OLD)", "tickertape")
        server.add_rule(RULES[0], "tickertape")
        kept = {rule["id"] for rule in server.rules.values() if rule["value"] != "($OLD)"}
        records = reading(x_source(server, events=events))
        next(records)
        records.close()
        assert ["cats", "cats", RULES[0], RULES[1]] == server.values
        assert kept < server.rules.keys()
    assert [("x_rules_set", {"rules": 2, "removed": 1, "added": 1})] == events.told


def test_x_rules_change_while_the_stream_runs() -> None:
    """A changed list of symbols becomes rules on the same connection."""
    known = SymbolList({"AAPL": "Apple Inc."})
    wanted = TweetRules(symbols=lambda: known)
    with XServer(X_POSTS[:1]) as server:
        records = reading(x_source(server, rules=lambda: build_rules(wanted, 512, 25)))
        take(records, 1)
        assert ["($AAPL)"] == server.values
        known = SymbolList({"AAPL": "", "MSFT": ""})
        next(records)
        assert ["($AAPL OR $MSFT)"] == server.values
        assert 1 == len(server.streams)
        records.close()


def test_x_rule_that_is_not_taken_is_named() -> None:
    """An answer that says success may still have left a rule out."""
    with XServer() as server:
        why = raised(reading(x_source(server, rules=lambda: ["($AAPL"])))
    assert isinstance(why, SourceRefused)
    assert "($AAPL" in str(why) and "Invalid Rule" in str(why)


@pytest.mark.parametrize("rules", [[], [f"($A{chr(65 + i)})" for i in range(26)]])
def test_x_without_usable_rules_is_refused(rules: list[str]) -> None:
    """No rules match nothing, and too many are not taken."""
    with XServer(most_rules=25) as server:
        assert isinstance(raised(reading(x_source(server, rules=lambda: rules))), SourceRefused)
        assert [] == server.streams


@pytest.mark.parametrize("minutes", [0, 3])
def test_x_asks_for_the_fields_that_are_read_and_backfill_only_when_set(minutes: int) -> None:
    """Plans without backfill refuse the parameter, so 0 leaves it out."""
    with XServer() as server:
        records = reading(x_source(server, backfill_minutes=minutes))
        next(records)
        wait_for(lambda: server.streams)
        records.close()
        (query,) = server.streams
    assert (str(minutes) if minutes else None) == query.get("backfill_minutes")
    assert {"author_id", "geo.place_id"} == set(query["expansions"].split(","))
    assert {"created_at", "lang", "note_tweet", "possibly_sensitive"} < set(query["tweet.fields"].split(","))


def test_x_that_nobody_answers_is_unavailable() -> None:
    """A host that refuses connections is worth another try."""
    with XServer() as server:
        gone = x_source(server)
    assert isinstance(raised(reading(gone)), SourceUnavailable)


# --- Jetstream -------------------------------------------------------------------------------------------------------


def test_jetstream_passes_on_new_posts_only() -> None:
    """Deletions, edits, identities and accounts are passed over without a word; unwanted posts are counted."""
    with JetstreamServer(JETSTREAM) as host:
        source, passed = jetstream_source(host.url, wanted=maybe_wanted(TweetRules()))
        records = reading(source)
        taken = take(records, len(WANTED))
        assert next(records) is None
        records.close()
        assert [["app.bsky.feed.post"], None] == [host.queries[0]["wantedCollections"], host.queries[0].get("cursor")]
    assert WANTED == [record.raw for record in taken]
    assert [("no_ticker", 1)] == passed


def test_jetstream_goes_on_a_little_before_where_it_was() -> None:
    """The cursor is rewound by a few seconds, and numbers never go back."""
    with JetstreamServer(JETSTREAM) as host:
        source, _ = jetstream_source(host.url)
        records = reading(source, {"jetstream": 1764081002000410})
        taken = take(records, 2)
        records.close()
        assert [str(1764081002000410 - REWIND_US)] == host.queries[0]["cursor"]
    assert [1764081002000410] * 2 == [record.number for record in taken]


def test_jetstream_asks_the_next_host_after_a_failure() -> None:
    """Each failure turns to the next host, and after the last to the first."""
    with JetstreamServer(WANTED) as good, JetstreamServer(status=429) as busy, JetstreamServer(status=503) as broken:
        source, _ = jetstream_source(busy.url, broken.url, good.url)
        first, second = raised(reading(source)), raised(reading(source))
        assert (7.0, "HTTP 429") == (getattr(first, "retry_after_s", None), str(first)[-8:])
        assert isinstance(second, SourceUnavailable)
        records = reading(source)
        assert WANTED == [record.raw for record in take(records, len(WANTED))]
        good.drop()
        assert isinstance(raised(records), SourceUnavailable)
        assert busy.url in str(raised(reading(source)))


def test_jetstream_silence_is_a_dead_connection() -> None:
    """Somebody posts all the time: a connection without any message is given up."""
    with JetstreamServer() as host:
        source, _ = jetstream_source(host.url, silence_s=0.6)
        assert "no message" in str(raised(reading(source)))


def test_jetstream_that_nobody_answers_is_unavailable() -> None:
    """A host that refuses connections is worth another try."""
    with JetstreamServer() as host:
        url = host.url
    assert isinstance(raised(reading(jetstream_source(url)[0])), SourceUnavailable)


def test_malformed_messages_go_on_to_quarantine() -> None:
    """What cannot be read is a record without a place of its own; the classifier keeps it with its reason."""
    broken = frames("jetstream_broken.jsonl")
    classify = tweet_classifier(TweetRules(), "jetstream", lambda: WALL)
    with JetstreamServer([WANTED[-1], *broken]) as host:
        records = reading(jetstream_source(host.url)[0])
        taken = take(records, 1 + len(broken))
        records.close()
    rejects = [one for one in map(classify, taken) if isinstance(one, Reject)]
    assert [("quarantined", reason) for reason in ("not_json", "missing_field", "bad_time", "missing_field")] == [
        (one.outcome, one.reason) for one in rejects
    ]
    assert broken == [one.raw for one in rejects]


def test_malformed_line_of_x_goes_on_to_quarantine() -> None:
    """A cut line costs a read like any other and is kept."""
    with XServer([X_POSTS[0][:90], X_POSTS[1]]) as server:
        records = reading(x_source(server))
        taken = take(records, 2)
        records.close()
    decided = [tweet_classifier(TweetRules(), "x", lambda: WALL)(record) for record in taken]
    assert [Reject, Accepted] == [type(one) for one in decided]


# --- through ingest --------------------------------------------------------------------------------------------------


class DroppingBox(MemoryOutbox):
    """An outbox that has something done after its first append, and stops the reader when it has enough."""

    def __init__(self, drop: Callable[[], object], enough: int, stop: threading.Event) -> None:
        super().__init__()
        self._drop: Callable[[], object] | None = drop
        self._enough = enough
        self._stop = stop

    def append(self, source: str, entries: Sequence[NewEntry], position: Position) -> None:
        super().append(source, entries, position)
        if self._drop:
            self._drop()
            self._drop = None
        if self.accepted >= self._enough:
            self._stop.set()

    @property
    def accepted(self) -> int:
        return sum(not entry.rejected for entry in self.entries)


def test_jetstream_that_breaks_off_is_taken_in_without_gap_or_repeat() -> None:
    """Ingest reads again from its position: what comes twice is filtered, and nothing is missing."""
    stop, events, progress = threading.Event(), MemoryEvents(), MemoryProgress()
    with JetstreamServer(WANTED[:2]) as host:

        def break_off() -> None:
            host.drop()
            host.tell(*WANTED[2:])

        outbox = DroppingBox(break_off, len(WANTED), stop)
        source, _ = jetstream_source(host.url)
        Ingest(
            kind="tweets",
            source=source,
            classify=tweet_classifier(TweetRules(), source.name, lambda: WALL),
            outbox=outbox,
            sinks=["list"],
            clock=SteppingClock(WALL),
            gate=ScriptedGate(),
            progress=progress,
            events=events,
            wall=lambda: WALL,
            appended=lambda: None,
            stop=stop,
        ).run()
    assert len(WANTED) == outbox.accepted == progress.counts["accepted"]
    assert 2 == progress.counts["filtered:duplicate"]
    assert ["source_unavailable", "source_back"] == events.names
    assert {"jetstream": 1764081002000900} == dict(outbox.position("jetstream"))
