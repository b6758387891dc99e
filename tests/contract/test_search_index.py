"""A real OpenSearch-compatible server and the fake search, under the same tests; and what only a real one can do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import urllib3

from tests.dashboards_requests import asked_of
from tests.dashboards_schema import Agg
from tests.demo_lake import demo_tweets
from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch, matches, summary_of, timeline_of
from tests.fakes.world import MemoryStore
from tests.ports import free_ports
from tickertape.domain.area import BoundingBox
from tickertape.domain.periods import Level
from tickertape.domain.search import Document, Place, SearchQuery, Summary, read_document
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.times import parse_utc
from tickertape.lake.store import lines_of
from tickertape.ports.search import SearchIndex, SearchUnavailable
from tickertape.search.opensearch import OpenSearch
from tickertape.search.saved_objects import PANELS
from tickertape.usecases.reindex import reindex

REPO = Path(__file__).parents[2]
ALL = SearchQuery(since=datetime(2000, 1, 1, tzinfo=UTC))
RAW = "raw/tweets/"


@pytest.fixture
def server(osmem_url: str) -> str:
    """That server, emptied."""
    urllib3.request("DELETE", f"{osmem_url}/tweets-*")
    return osmem_url


@pytest.fixture(params=["fake", "osmem"])
def search(request: pytest.FixtureRequest) -> SearchIndex:
    return MemorySearch() if request.param == "fake" else OpenSearch(request.getfixturevalue("server"))


def tweet(**changes: Any) -> Document:
    document = read_document(raw(enriched(**changes)))
    assert document is not None
    return document


def ids(search: SearchIndex, query: SearchQuery = ALL, limit: int = 100) -> list[str]:
    return [found["id"] for found in search.find(query, limit).tweets]


def test_nothing_is_found_where_there_is_no_index(search: SearchIndex) -> None:
    """Before the first tweet a search is answered, with nothing."""
    assert (0, []) == (search.find(ALL, 10).total, ids(search))


def test_a_tweet_that_comes_again_is_there_once(search: SearchIndex) -> None:
    """In one call or in two, the last one counts and comes back as it was put."""
    last = tweet(id="1", text="changed", location={"lat": 40.5, "lon": -74.0, "place": "New York"})
    assert [] == search.put([tweet(id="1"), last])
    search.put([tweet(id="1")])
    search.put([last])
    assert [last] == list(search.find(ALL, 10).tweets)


def test_the_newest_come_first_and_all_are_counted(search: SearchIndex) -> None:
    """A limit cuts what is shown, not what is counted."""
    search.put([tweet(id=str(number), created_at=f"2025-11-25T14:30:0{number}Z") for number in range(5)])
    found = search.find(ALL, 2)
    assert (5, ["4", "3"]) == (found.total, [each["id"] for each in found.tweets])


def test_a_document_that_is_refused_costs_itself_only(search: SearchIndex) -> None:
    """It is named, and the others are taken."""
    refused = search.put([tweet(id="1"), {**tweet(id="2"), "created_at": "yesterday"}, tweet(id="3")])
    assert (["2"], {"1", "3"}) == ([each.id for each in refused], set(ids(search)))


def test_a_rebuild_is_seen_when_it_is_finished_and_replaces_everything(search: SearchIndex) -> None:
    """Until then the old index is searched, and takes tweets; afterwards nothing of it is left."""
    search.put([tweet(id="old")])
    rebuild = search.rebuild()
    rebuild.put([tweet(id="new")])
    search.put([tweet(id="old too")])
    assert {"old", "old too"} == set(ids(search))
    rebuild.finish()
    assert ["new"] == ids(search)
    search.put([tweet(id="newer")])
    assert {"new", "newer"} == set(ids(search))


def test_a_rebuild_that_is_aborted_leaves_everything_as_it_was(search: SearchIndex) -> None:
    """Another one may follow."""
    search.put([tweet(id="old")])
    rebuild = search.rebuild()
    rebuild.put([tweet(id="new")])
    rebuild.abort()
    assert ["old"] == ids(search)
    search.rebuild().finish()
    assert [] == ids(search)


def test_pages_put_together_are_all_that_matches(search: SearchIndex) -> None:
    """Each tweet once and in order, also where many are of one time."""
    search.put([tweet(id=str(number), created_at=f"2025-11-25T14:30:0{number // 4}.5Z") for number in range(10)])
    pages: list[str] = []
    after = None
    while page := search.find(ALL, 3, after).tweets:
        pages += [each["id"] for each in page]
        after = Place(parse_utc(page[-1]["created_at"]), page[-1]["id"])
    assert (ids(search), 10) == (pages, search.find(ALL, 3, after).total)


def test_nothing_is_summed_up_where_nothing_matches(search: SearchIndex) -> None:
    """Neither without an index nor without a match."""
    nothing = Summary(0, None, None, {}, {})
    assert (nothing, []) == (search.summary(ALL), search.timeline(ALL, Level.DAILY))
    search.put([tweet(id="1")])
    never = SearchQuery("never")
    assert (nothing, []) == (search.summary(never), search.timeline(never, Level.DAILY))


@pytest.mark.parametrize(
    "query",
    [
        SearchQuery("$AAPL"),
        SearchQuery("what's"),
        SearchQuery("Overnight news"),
        SearchQuery("187.5"),
        SearchQuery("chart", ticker="TSLA"),
        SearchQuery("buy", sentiment=Sentiment.POSITIVE),
        SearchQuery("buy", sentiment=Sentiment.NEGATIVE),
        SearchQuery(ticker="NVDA", since=datetime(2025, 11, 26, tzinfo=UTC), until=datetime(2025, 11, 27, tzinfo=UTC)),
        SearchQuery("today", until=datetime(2025, 11, 25, 18, tzinfo=UTC)),
        SearchQuery("#stocks"),
        SearchQuery(lang="de"),
        SearchQuery("buy", area=BoundingBox(-125, 24, -66, 50)),
        SearchQuery(area=BoundingBox(100, -60, -100, 60)),
    ],
    ids=str,
)
def test_a_search_finds_what_a_look_at_every_tweet_of_the_tape_finds(query: SearchQuery, indexed: SearchIndex) -> None:
    """Each query with exactly the tweets of a plain scan."""
    expected = sorted(each["id"] for each in demo_tweets() if matches(each, query))
    found = indexed.find(query, 10_000)
    assert (expected, len(expected)) == (sorted(each["id"] for each in found.tweets), found.total)
    assert expected


def test_what_matches_is_put_together_as_a_look_at_every_tweet_does(indexed: SearchIndex) -> None:
    """Its number and times, languages and tickers, and the number of each period at every level."""
    query = SearchQuery("buy")
    looked = [each for each in demo_tweets() if matches(each, query)]
    assert summary_of(looked) == indexed.summary(query)
    for level in Level:
        assert timeline_of(looked, level) == indexed.timeline(query, level)


@pytest.mark.usefixtures("indexed")
def test_what_opensearch_dashboards_asks_is_answered(osmem_url: str) -> None:
    """Each visualization's aggregations, with the numbers of a plain look at every tweet."""

    def ask(name: str) -> dict[str, Any]:
        body = {"size": 0, "track_total_hits": True, "aggs": asked_of(drawn[name], "24h")}
        answer: dict[str, Any] = urllib3.request("POST", f"{osmem_url}/tweets/_search", json=body).json()
        return answer

    drawn = {one.id: [Agg.model_validate(agg) for agg in one.aggs] for one, _ in PANELS}
    tweets = demo_tweets()
    moods = Counter(each["sentiment"] for each in tweets)
    totals = ask("tickertape-totals")
    assert (len(tweets), len({each["author"]["id"] for each in tweets})) == (
        totals["hits"]["total"]["value"],
        totals["aggregations"]["2"]["value"],
    )
    assert mean(each["polarity"] for each in tweets) == pytest.approx(totals["aggregations"]["3"]["value"], abs=1e-6)
    for name in ("tickertape-by-sentiment", "tickertape-shares"):
        assert moods == counted(ask(name)["aggregations"]["2"])
    days = ask("tickertape-over-time")["aggregations"]["2"]
    assert Counter(each["created_at"][:10] for each in tweets) == Counter(
        {each["key_as_string"][:10]: each["doc_count"] for each in days["buckets"]}
    )
    assert moods == sum((counted(each["3"]) for each in days["buckets"]), Counter())
    tickers = ask("tickertape-by-ticker")["aggregations"]["2"]
    mentioned = Counter(ticker for each in tweets for ticker in each["tickers"])
    assert counted(tickers) == Counter({ticker: mentioned[ticker] for ticker in counted(tickers)})
    assert sorted(mentioned.values(), reverse=True)[:20] == [each["doc_count"] for each in tickers["buckets"]]
    cells = ask("tickertape-map")["aggregations"]["filter_agg"]["2"]["buckets"]
    placed = [each for each in tweets if (each["location"] or {}).get("lat") is not None]
    assert len(placed) == sum(each["doc_count"] for each in cells)
    assert sum(each["polarity"] for each in placed) == pytest.approx(
        sum(each["1"]["value"] * each["doc_count"] for each in cells), abs=1e-4
    )
    assert all(-90 <= each["centre"]["location"]["lat"] <= 90 for each in cells)


def counted(terms: dict[str, Any]) -> Counter[str]:
    return Counter({each["key"]: each["doc_count"] for each in terms["buckets"]})


@pytest.fixture(scope="module")
def indexed(osmem_url: str) -> SearchIndex:
    """The demo tape's tweets as they come from the lake, packed into objects with repeats and broken lines."""
    urllib3.request("DELETE", f"{osmem_url}/tweets-*")
    lines = [raw(each) for each in demo_tweets()]
    lake = MemoryStore()
    for number in range(0, len(lines), 500):
        lake.put(f"{RAW}{number:06}", b"\n".join([*lines[number : number + 510], b"broken"]))
    search = OpenSearch(osmem_url)
    rebuild_from(lake, search)
    return search


def rebuild_from(lake: MemoryStore, search: SearchIndex) -> Sequence[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    reindex(lambda: lake.keys(RAW), lambda key: lines_of(lake.get(key)), search, lambda *done: told.append(done))
    return told


def test_the_index_has_the_mapping_of_the_definition(server: str) -> None:
    """Made by the first tweet or by a rebuild, it is the same: points of the globe, and no field that is guessed."""
    definition = json.loads((REPO / "tickertape/search/tweets.json").read_text())["template"]["mappings"]
    search = OpenSearch(server)
    search.put([{**tweet(id="1"), "unheard_of": "text"}])
    first = urllib3.request("GET", f"{server}/tweets/_mapping").json()
    search.rebuild().finish()
    second = urllib3.request("GET", f"{server}/tweets/_mapping").json()
    assert (["tweets-000001"], ["tweets-000002"]) == (list(first), list(second))
    assert "geo_point" == definition["properties"]["location"]["type"]
    for (index,) in (first.values(), second.values()):
        assert definition["properties"].keys() == index["mappings"]["properties"].keys()
        assert "geo_point" == index["mappings"]["properties"]["location"]["type"]


def test_a_search_that_is_away_says_so(server: str) -> None:
    """Nobody listens, or somebody who is no OpenSearch; the address is told without its password."""
    with pytest.raises(SearchUnavailable) as caught:
        OpenSearch(f"http://ann:secret@127.0.0.1:{free_ports(1)[0]}").put([tweet()])
    assert "does not answer" in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(SearchUnavailable, match="is answered with 4"):
        OpenSearch(f"{server}/elsewhere").rebuild()
