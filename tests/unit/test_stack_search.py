"""The search of the embedded runtime: its process, and how it is filled after a start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch
from tests.fakes.world import MemoryStore
from tickertape.aws import NotDeployed
from tickertape.ports import ObjectStore
from tickertape.stack.compose_file import read_compose_file
from tickertape.stack.embedded import Ports, Site, embed
from tickertape.stack.paths import Home
from tickertape.stack.port_choice import choose_ports
from tickertape.stack.search_fill import fill_search

REPO = Path(__file__).parents[2]


class Said:
    """The Report protocol."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def show(self, text: str) -> None:
        pass


@pytest.fixture
def lake() -> MemoryStore:
    store = MemoryStore()
    store.put("raw/tweets/1", b"\n".join(raw(enriched(id=each)) for each in "12"))
    return store


def test_it_listens_on_this_machine_at_the_port_that_was_chosen(tmp_path: Path) -> None:
    """Where the profile is run; else it has neither process nor port."""
    site = Site(REPO, Home(tmp_path), tmp_path, Ports(1, 2, 3, 4, 5))
    services = read_compose_file(REPO / "docker-compose.yml", {"COMPOSE_PROFILES": "search"})
    (process,) = embed({"opensearch": services["opensearch"]}, site, os.environ).values()
    assert ("-addr", "127.0.0.1:5", "-no-stdin-watch") == process.argv[1:]
    assert process.probe is not None
    assert "127.0.0.1:5" in (process.probe() or "")


def test_a_port_is_chosen_where_the_profile_is_run() -> None:
    """One that is asked for is not looked at otherwise."""
    assert 0 == choose_ports({"search": 1}, lambda line: None).search
    assert choose_ports({}, lambda line: None, {"search"}).search >= 9200


def test_what_the_lake_has_is_indexed(lake: MemoryStore) -> None:
    """And said; of an empty lake nothing is."""
    search, said = MemorySearch(), Said()
    fill_search(search, said, MemoryStore)
    fill_search(search, said, lambda: lake)
    assert ({"1", "2"}, ["the search has the lake's 2 tweets"]) == (set(search.documents), said.lines)


def test_a_search_that_cannot_be_filled_ends_no_start(lake: MemoryStore) -> None:
    """It is said what to do then."""
    search, said = MemorySearch(), Said()
    search.away = True
    fill_search(search, said, lambda: lake)

    def not_yet() -> ObjectStore:
        raise NotDeployed("no stack")

    fill_search(search, said, not_yet)
    assert [
        "the search is not filled: away; `tickertape search reindex` does it",
        "the search is not filled: no stack; `tickertape search reindex` does it",
    ] == said.lines
