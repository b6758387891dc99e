"""From the lake into the search: events of S3, busy stores, broken lines, and rebuilding while tweets arrive."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from services.lambdas.index_tweets import handler as index_tweets
from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch
from tests.fakes.servers.opensearch import ScriptedOpenSearch
from tests.fakes.world import MemoryStore
from tickertape.domain.rejects import BadRecord, Outcome, Reason, Reject
from tickertape.domain.search import read_document
from tickertape.lake.reindexing import reindex_lake
from tickertape.ports.search import SearchUnavailable, Unindexed
from tickertape.search.opensearch import OpenSearch
from tickertape.usecases.reindex import Reindexed

RAW = "raw/tweets/"
REJECT = Reject.of(
    b"half a li",
    stage="ingest",
    kind="tweets",
    outcome=Outcome.QUARANTINED,
    reason=Reason.NOT_JSON,
    detail="",
    event_id=None,
    position="tweets.jsonl:3",
    at="2025-11-25T12:00:00Z",
).to_line()


def created(*keys: str) -> dict[str, Any]:
    """S3's event of objects that were created."""
    return {"Records": [{"s3": {"bucket": {"name": "lake"}, "object": {"key": key}}} for key in keys]}


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setattr(index_tweets, "_bucket", lambda name: store)
    return store


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> MemorySearch:
    index = MemorySearch()
    monkeypatch.setattr(index_tweets, "_search", lambda: index)
    return index


@pytest.mark.parametrize("written", ["a+b%26c", "a%20b%26c"])
@pytest.mark.parametrize("form", [bytes, gzip.compress])
def test_an_object_is_indexed_whatever_its_form(
    written: str, form: Callable[[bytes], bytes], lake: MemoryStore, search: MemorySearch
) -> None:
    """The key is decoded as any of them writes it, gzip is told by the first bytes, and repeats change nothing."""
    lake.put("a b&c", form(raw(enriched(id="1")) + b"\n" + raw(enriched(id="2")) + b"\n"))
    assert [{"tweets": 2}, {"tweets": 2}] == [index_tweets.handle(created(written), None) for _ in range(2)]
    assert {"1", "2"} == search.documents.keys()


def test_a_bad_line_or_object_stops_nothing(
    lake: MemoryStore, search: MemorySearch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reject is passed over; a broken line, a broken object and one that is gone are logged."""
    lake.put("good", b"\n".join([b"half a li", REJECT, raw(enriched(id="1")), raw({"schema_version": 9})]))
    lake.put("broken", b"\x1f\x8bno gzip")
    assert {"tweets": 1} == index_tweets.handle(created("good", "broken", "gone"), None)
    assert {"1"} == search.documents.keys()
    logged = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert ["tweet_not_indexed"] * 2 == [event for event in logged if event.startswith("tweet")]
    assert {"object_unreadable", "object_missing"} < set(logged)


def test_a_search_that_is_away_makes_the_event_come_again(lake: MemoryStore, search: MemorySearch) -> None:
    """The function raises, and the same event indexes everything later."""
    lake.put("a", raw(enriched(id="1")))
    search.away = True
    with pytest.raises(SearchUnavailable):
        index_tweets.handle(created("a"), None)
    search.away = False
    index_tweets.handle(created("a"), None)
    assert {"1"} == search.documents.keys()


def test_the_event_that_tries_a_notification_is_no_object(search: MemorySearch) -> None:
    """S3 sends one when the notification is set."""
    assert {"tweets": 0} == index_tweets.handle({"Event": "s3:TestEvent"}, None)


def test_only_what_a_busy_store_did_not_take_is_sent_again() -> None:
    """Of five documents one is refused for good, two wait twice and once; HTTP 200 says nothing about any of them."""
    tweets = [document for each in "12345" if (document := read_document(raw(enriched(id=each))))]
    with ScriptedOpenSearch([{"2": 429, "3": 400, "4": 503}, 429, {"2": 429}]) as server:
        refused = OpenSearch(server.url).put(tweets)
    assert [["1", "2", "3", "4", "5"], ["2", "4"], ["2", "4"], ["2"]] == server.bulks
    assert [Unindexed("3", "told 400")] == refused


def test_a_store_that_stays_busy_is_unavailable() -> None:
    """After the last attempt the documents are the caller's to bring again."""
    tweet = read_document(raw(enriched(id="1")))
    assert tweet is not None
    with ScriptedOpenSearch([{"1": 429}] * 20) as server, pytest.raises(SearchUnavailable, match="1 of 1 documents"):
        OpenSearch(server.url).put([tweet])


def test_user_and_password_of_the_address_are_used() -> None:
    """As basic authentication, decoded."""
    with ScriptedOpenSearch([]) as server:
        OpenSearch(server.url.replace("//", "//ann:p%40ss@")).rebuild()
    assert {"Basic YW5uOnBAc3M="} == {headers.get("authorization") for headers in server.headers}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (None, {}),
        ({"lat": 40.5, "lon": -74.0, "place": None}, {"location": {"lat": 40.5, "lon": -74.0}}),
        ({"lat": None, "lon": None, "place": "Rome"}, {"place": "Rome"}),
        ({"lat": 91.0, "lon": 0.0, "place": "Rome"}, {"place": "Rome"}),
        ({"lat": "40", "lon": 0.0, "place": None}, {}),
    ],
)
def test_a_place_is_a_point_only_on_the_globe(location: Any, expected: dict[str, Any]) -> None:
    """A search would refuse the whole tweet for another."""
    document = read_document(raw(enriched(location=location)))
    assert document is not None
    assert expected == {name: document[name] for name in ("location", "place") if name in document}


@pytest.mark.parametrize(
    "line",
    [b"{", b"[" * 100_000, b"5", raw(enriched(id=5)), raw(enriched(id="")), raw(enriched(author=None))],
    ids=["half", "deep", "number", "id-of-a-number", "no-id", "no-author"],
)
def test_what_is_no_tweet_is_no_document(line: bytes) -> None:
    """Each has its reason."""
    with pytest.raises(BadRecord):
        read_document(line)


def rebuilt(lake: MemoryStore, search: MemorySearch, told: Callable[[int, int], None] = lambda *_: None) -> Reindexed:
    return reindex_lake(lake, search, told)


def test_a_rebuild_leaves_exactly_the_tweets_of_the_lake() -> None:
    """Repeats count once, what is stale goes, what cannot be indexed is named, and a second run changes nothing."""
    lake, search = MemoryStore(), MemorySearch()
    search.put([{**(read_document(raw(enriched(id="stale"))) or {})}])
    lake.put(f"{RAW}1", b"\n".join([raw(enriched(id="1")), REJECT, b"half a li"]))
    lake.put(f"{RAW}2", b"\n".join([raw(enriched(id="1")), raw(enriched(id="2"))]))
    lake.put(f"{RAW}3", b"\x1f\x8bno gzip")
    lake.put("quarantine/4", raw(enriched(id="4")))
    told: list[tuple[int, int]] = []
    for _ in range(2):
        done = rebuilt(lake, search, lambda *each: told.append(each))
        assert (3, 2, 2) == (done.objects, done.tweets, len(done.unindexed))
        assert {"1", "2"} == search.documents.keys()
    assert [(1, 3), (2, 3), (3, 3)] * 2 == told


def test_tweets_that_arrive_while_it_is_rebuilt_are_there_too() -> None:
    """One that went into the old index, just before the new one took its place."""
    lake, search = MemoryStore(), MemorySearch()
    lake.put(f"{RAW}1", raw(enriched(id="1")))

    def arrives(done: int, of: int) -> None:
        if not lake.keys(f"{RAW}2"):
            lake.put(f"{RAW}2", raw(enriched(id="2")))
            search.put([read_document(raw(enriched(id="2"))) or {}])

    assert 2 == rebuilt(lake, search, arrives).tweets
    assert {"1", "2"} == search.documents.keys()


def test_a_rebuild_that_fails_leaves_the_search_as_it_was() -> None:
    """The store goes away in the middle."""
    lake, search = MemoryStore(), MemorySearch()
    search.put([read_document(raw(enriched(id="old"))) or {}])
    for number in range(3):
        lake.put(f"{RAW}{number}", raw(enriched(id=str(number))))

    def breaks(done: int, of: int) -> None:
        search.away = True

    with pytest.raises(SearchUnavailable):
        rebuilt(lake, search, breaks)
    assert {"old"} == search.documents.keys()
