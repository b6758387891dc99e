"""`tickertape search`: what a wrong call says, without a stack."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch
from tests.fakes.world import MemoryStore
from tickertape.cli import context, search
from tickertape.cli.main import app
from tickertape.domain.search import read_document
from tickertape.settings import BadSettings, load


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["apple", "--sentiment", "happy"], "positive, neutral, negative"),
        (["--from", "yesterday"], "2025-11-28T14:30:00Z"),
        (["find", " "], "words were expected"),
    ],
)
def test_a_wrong_call_gives_one_clear_line(words: list[str], said: str) -> None:
    """Exit code 2, and what was expected; `find` may be left out."""
    answer = CliRunner().invoke(app, ["search", *words])
    assert (2, 1) == (answer.exit_code, answer.stderr.count("\n"))
    assert said in answer.stderr


@pytest.mark.parametrize(
    "url", ["http://[::1", "ann:pass-word@host", "ftp://ann:pass-word@host", "https://ann:pass-word@", "http://h:70000"]
)
def test_an_address_that_is_none_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """It may hold a password."""
    monkeypatch.setenv("OPENSEARCH_URL", url)
    with pytest.raises(BadSettings) as caught:
        load()
    assert "OPENSEARCH_URL: http:// or https:// with a host was expected" in str(caught.value)
    assert url not in str(caught.value) and "pass-word" not in str(caught.value)


def test_an_address_may_have_a_port_a_path_and_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the domain of a cloud has them."""
    url = "https://ann:p%40ss@search.example:9200/tweets"
    monkeypatch.setenv("OPENSEARCH_URL", url)
    given = load().opensearch_url
    assert given is not None and url == given.get_secret_value()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> MemorySearch:
    """A search of three tweets in the place of the stack's."""
    found = MemorySearch()
    texts = {"1": "[/b] great\x1b[2J day\x07 for $NVDA", "2": "a day", "3": "a day\nto forget"}
    for number, text in texts.items():
        tweet = read_document(raw(enriched(id=number, text=text, created_at=f"2025-11-25T14:30:0{number}Z")))
        found.put([tweet or {}])
    monkeypatch.setattr(search, "_index", lambda settings: found)
    monkeypatch.setattr(context, "attach", lambda: None)
    return found


def test_what_is_found_is_shown_a_line_each(index: MemorySearch) -> None:
    """The newest first, as it is written, and how many there are."""
    answer = CliRunner().invoke(app, ["search", "DAY", "--limit", "2"])
    assert [
        "2025-11-25T14:30:03Z  positive  cy: a day to forget",
        "2025-11-25T14:30:02Z  positive  cy: a day",
        "3 tweets, the newest 2 are shown",
    ] == answer.stdout.splitlines()
    assert "cy: [/b] great[2J day for $NVDA\n" in CliRunner().invoke(app, ["search", "nvda"]).stdout


def test_what_is_found_is_one_document_as_json(index: MemorySearch) -> None:
    """With everything that is known of a tweet; a cashtag is told with its sign or without, in any case."""
    words = ["--ticker", "$nvda", "--sentiment", "positive", "--from", "2025-11-25T14:30:03Z", "--json"]
    document = json.loads(CliRunner().invoke(app, ["search", *words]).stdout)
    assert (1, [index.documents["3"]]) == (document["total"], document["tweets"])


@pytest.mark.parametrize("words", [["day"], ["reindex"]])
def test_a_search_that_is_away_is_said_in_one_line(
    words: list[str], index: MemorySearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1."""
    index.away = True
    monkeypatch.setattr("tickertape.lake.deployed.deployed_lake", MemoryStore)
    answer = CliRunner().invoke(app, ["search", *words])
    assert (1, 1) == (answer.exit_code, answer.stderr.count("\n"))
    assert "the search does not answer: away" in answer.stderr


def test_the_index_is_made_again_from_the_lake(index: MemorySearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it has then is told, as JSON or for people."""
    lake = MemoryStore()
    lake.put("raw/tweets/a", b"\n".join([raw(enriched(id="9")), b"half a li"]))
    monkeypatch.setattr("tickertape.lake.deployed.deployed_lake", lambda: lake)
    document = json.loads(CliRunner().invoke(app, ["search", "reindex", "--json"]).stdout)
    assert (1, 1, 1, {"9"}) == (document["objects"], document["tweets"], document["unindexed"], set(index.documents))
    said = CliRunner().invoke(app, ["search", "reindex"]).stdout
    assert said.startswith("1 tweets of 1 objects can be searched")
    assert "1 lines cannot: not_json" in said
