"""The page of the search: what is asked, what is found and marked, pages, and what it says when there is nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash.exceptions import PreventUpdate
from plotly.utils import PlotlyJSONEncoder

from dashboard.components.saved_searches import saved_list
from dashboard.pages.search import Search, turn_page
from dashboard.queries.full_text import SearchReader
from dashboard.search_state import REGIONS, SearchState, area_of, place_of
from dashboard.state import ANY
from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch
from tickertape.domain.area import BoundingBox
from tickertape.domain.periods import Level
from tickertape.domain.search import Document, SearchQuery, Summary, matches_in, read_document
from tickertape.domain.times import format_utc

NOON = datetime(2014, 6, 6, 16, tzinfo=UTC)
CHOICES: dict[str, Any] = {
    "words": "", "ticker": None, "dates": None, "lang": None, "area": "", "sentiment": ANY,
}  # fmt: skip
HAMBURG = {"lat": 53.5, "lon": 10.0, "place": "Hamburg"}


def tweet(number: int, text: str = "$AAPL up", **changes: Any) -> Document:
    at = format_utc(NOON - timedelta(hours=number))
    document = read_document(raw(enriched(id=str(number), created_at=at, text=text, **changes)))
    assert document is not None
    return document


@pytest.fixture
def search() -> MemorySearch:
    memory = MemorySearch()
    memory.put(
        [
            tweet(0, "Buy $AAPL:US <b>now</b>", sentiment="positive"),
            tweet(1, "do not buy", sentiment="negative", tickers=["FB"], lang="de"),
            tweet(2, "buy the dip", sentiment="neutral", location=HAMBURG),
            tweet(30, "buyers only", sentiment="neutral"),
        ]
    )
    return memory


def page_of(search: MemorySearch | None) -> Search:
    return Search(SearchReader(search, monotonic=lambda: 0.0))


def show(page: Search, after: Any = (), seen: str | None = None, size: str = "50", **choices: Any) -> dict[str, Any]:
    shown = page.tweets(**CHOICES | choices, size=size, after=after, _tick=0, _click=0, seen=seen)
    names = ("tweets", "caption", "next", "is_last", "is_first", "wrong", "notice", "version")
    return dict(zip(names, shown, strict=True))


def text_of(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder)


def ids(shown: dict[str, Any]) -> list[str]:
    return [each.key for each in shown["tweets"]]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"words": "BUY"}, ["0", "1", "2"]),
        ({"words": "buy aapl"}, ["0"]),
        ({"ticker": "FB"}, ["1"]),
        ({"lang": "de"}, ["1"]),
        ({"sentiment": "neutral"}, ["2", "30"]),
        ({"area": "europe"}, ["2"]),
        ({"area": "9,53,11,54"}, ["2"]),
        ({"dates": ["2014-06-05", None]}, ["30"]),
    ],
)
def test_each_choice_narrows(search: MemorySearch, choices: dict[str, Any], expected: list[str]) -> None:
    """Whole words, ticker, language, sentiment, a region or a box, and days; the newest first."""
    assert expected == ids(show(page_of(search), **choices))


def test_what_was_found_is_marked_and_stays_text(search: MemorySearch) -> None:
    """Also within a cashtag, and nothing of a tweet becomes an element."""
    (found, *_) = show(page_of(search), words="aapl buy")["tweets"]
    marked = text_of(found)
    assert 2 == marked.count('"type": "Mark"')
    assert '{"children": "AAPL"}, "type": "Mark"' in marked
    assert ":US <b>now</b>" in marked


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("To the MOON, moonshot", "moon", ["MOON"]),
        ("mo\u200bon", "moon", []),
        ("cafe\u0301 time", "cafe\u0301", ["cafe\u0301"]),
        ("\u4eca\u65e5\u306f", "\u65e5", ["\u65e5"]),
        ("a_b $A", "a", ["A"]),
        ("anything", " ?! ", []),
        ("\u0130stanbul buy", "BUY", ["buy"]),
    ],
)
def test_words_are_told_apart_as_the_index_does(text: str, words: str, expected: list[str]) -> None:
    """Whole ones in any case, with their marks; a Chinese sign is one."""
    assert expected == [text[begin:end] for begin, end in matches_in(text, words)]


def test_pages_are_turned_and_turned_back(search: MemorySearch) -> None:
    """Older below, newer above; a new question begins at the top, and a link into the middle has the top above it."""
    search.put([tweet(number) for number in range(100, 130)])
    page = page_of(search)
    first = show(page, size="20")
    assert ("20 of 34, the newest first", False, True) == (first["caption"], first["is_last"], first["is_first"])
    after, trail = turn_page("search-older", [], [], first["next"])
    second = show(page, after, size="20")
    assert (14, [], True) == (len(second["tweets"]), second["next"], second["is_last"])
    assert not set(ids(first)) & set(ids(second))
    assert second["caption"].startswith("14 of 34, those before ")
    assert ([], []) == turn_page("search-newer", after, trail, [])
    assert ([], []) == turn_page("search-newer", after, [], [])
    assert ([], []) == turn_page("search-words", after, trail, [])
    for pressed in ("search-older", "search-newer", "search-words"):
        with pytest.raises(PreventUpdate):
            turn_page(pressed, [], [], [])


def test_all_that_matches_is_counted_over_time(search: MemorySearch) -> None:
    """In hours of New York with UTC beside, divided by sentiment, on axes that say what they count."""
    figure, caption, _ = page_of(search).figure(
        **CHOICES | {"words": "buy"}, scheme="light", _tick=0, _click=0, seen=""
    )
    assert "by hour; 3 in all: ▲ 1, ● 1, ▼ 1" == caption
    assert ("hour (New York)", "tweets found an hour") == (
        figure.layout.xaxis.title.text,
        figure.layout.yaxis.title.text,
    )
    assert "12:00 ET<br>(2014-06-06 16:00:00 UTC)" in figure.data[0].customdata[-1][1]


def test_few_that_are_close_together_are_counted_in_shorter_periods() -> None:
    """Whatever time the index covers; what all of it comes to is asked once in a while, and never of a query."""
    asked: list[SearchQuery] = []

    class Counting(MemorySearch):
        def summary(self, query: SearchQuery) -> Summary:
            asked.append(query)
            return super().summary(query)

    search = Counting()
    search.put([tweet(number, "dip" if number < 3 else "up") for number in (0, 2, 24 * 30, 24 * 700)])
    reader = SearchReader(search, monotonic=lambda: 0.0)
    levels = [reader.timeline(SearchQuery(words=words)).level for words in ("", "dip", "never")]
    since = reader.timeline(SearchQuery(since=NOON - timedelta(days=2)))
    assert ([Level.WEEKLY, Level.HOURLY, Level.WEEKLY], Level.HOURLY) == (levels, since.level)
    assert [SearchQuery()] == asked


def test_there_is_to_choose_from_what_is_indexed(search: MemorySearch) -> None:
    """Tickers and languages with their numbers, the days there are, and what is chosen although nobody wrote it."""
    tickers, languages, first, last, _ = page_of(search).choices("TSLA", "de", 0, 0, None)
    assert {"value": "TSLA", "label": "TSLA (0)"} == tickers[0]
    assert {"value": "de", "label": "de (1)"} in languages
    assert ("2014-06-05", "2014-06-06") == (first, last)


def test_nothing_found_says_what_to_do(search: MemorySearch) -> None:
    """Words, an area, or an index that is empty."""
    assert "Words are looked for whole" in text_of(show(page_of(search), words="moon")["notice"])
    assert "a point on the map" in text_of(show(page_of(search), area="Africa")["notice"])
    assert "tickertape search reindex" in text_of(show(page_of(MemorySearch()))["notice"])


def test_an_area_that_is_none_is_told_and_changes_nothing(search: MemorySearch) -> None:
    """The list stays, and the figure does."""
    shown = show(page_of(search), area="nowhere")
    assert "No region of the list; four numbers were expected, west,south,east,north in degrees" == shown["wrong"]
    with pytest.raises(PreventUpdate):
        page_of(search).figure(**CHOICES | {"area": "1,2"}, scheme="dark", _tick=0, _click=0, seen="")


def test_a_search_that_is_away_is_told_and_comes_back(search: MemorySearch) -> None:
    """What was shown stays meanwhile; the same answer afterwards takes the word back."""
    seconds = [0.0]
    page = Search(SearchReader(search, monotonic=lambda: seconds[0]))
    before = show(page)
    search.away = True
    seconds[0] = 10.0
    away = show(page, seen=before["version"])
    assert "The search does not answer" in text_of(away["notice"])
    assert "tickertape status" in text_of(away["notice"])
    with pytest.raises(PreventUpdate):
        page.choices(None, None, 0, 0, None)
    search.away = False
    seconds[0] = 20.0
    assert show(page, seen=away["version"])["notice"] is None


def test_where_none_is_run_the_page_says_how_to_switch_it_on() -> None:
    """Instead of choices that would find nothing."""
    layout = text_of(page_of(None).layout("?words=buy"))
    assert "COMPOSE_PROFILES=search" in layout
    assert "search-words" not in layout


def test_a_view_is_shared_by_its_address() -> None:
    """What was chosen comes back, and what makes no sense falls back."""
    state = SearchState(
        words="buy & hold",
        ticker="AAPL",
        dates=("2014-06-05", "2014-06-06"),
        lang="de",
        area="-125,24,-66,50",
        sentiment="negative",
        tweets="100",
        after=("2014-06-06T16:00:00Z", "at://did:plc:x,y"),
    )
    assert state == SearchState.from_search(state.to_search())
    nonsense = "?ticker=%3Cb%3E&dates=2014-13-40&lang=deutsch&sentiment=glad&tweets=1000000&after=yesterday,1"
    assert SearchState() == SearchState.from_search(nonsense)
    assert (None, None) == (place_of(["2014-06-06T16:00:00Z", ""]), area_of(" "))
    assert BoundingBox(-125, 24, -66, 50) == area_of("United States") == REGIONS["United States"]


def test_a_saved_search_is_a_link_to_this_page_whatever_the_browser_holds() -> None:
    """Its name is text, its address is written anew, and what is no saved search is passed over."""
    kept: list[dict[str, Any]] = [
        {"name": "<b>dips</b>", "query": "words=dip&after=javascript:1&x=1"},
        {"name": 5},
        {"query": "a"},
    ]
    (line,) = saved_list("/search", kept, SearchState(words="dip"))
    assert '"href": "/search?words=dip"' in text_of(line)
    assert '"aria-current": "true"' in text_of(line)
    assert "None yet" in text_of(saved_list("/search", None, SearchState()))
