"""The search of the embedded runtime: its process, and how it is filled after a start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch
from tests.fakes.world import MemoryStore
from tickertape.aws import NotDeployed
from tickertape.ports.lake import ObjectStore
from tickertape.stack.compose_file import read_compose_file
from tickertape.stack.container_start import container_variables
from tickertape.stack.containers import Compose
from tickertape.stack.embedded import Ports, Site, embed, stack_variables
from tickertape.stack.paths import Home
from tickertape.stack.port_choice import asked_servers, choose_ports
from tickertape.stack.programme import Feed
from tickertape.stack.runtimes import AIRGAP, COMPOSE, EMBEDDED, left_out, services_of
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


ASKED = {"COMPOSE_PROFILES": "search"}


def test_dashboards_are_where_official_images_are() -> None:
    """Elsewhere no service, no port, and a line that says so; without the profile nothing is said."""
    found = {runtime: services_of(runtime, REPO, ASKED).keys() for runtime in (COMPOSE, AIRGAP, EMBEDDED)}
    assert {"opensearch-dashboards"} == found[COMPOSE] - found[AIRGAP]
    assert found[AIRGAP] == found[EMBEDDED] >= {"opensearch"}
    assert ["search", "search_dashboards"] == asked_servers(ASKED, official=True)
    assert ["search"] == asked_servers(ASKED)
    assert [] == asked_servers({}, official=True)
    assert ["", "OpenSearch Dashboards is left out"] == [left_out(one, ASKED)[:33] for one in (COMPOSE, EMBEDDED)]
    assert "" == left_out(AIRGAP, {})


def test_compose_reads_the_same_of_our_files() -> None:
    """Of the air-gapped one too, whoever calls it; it needs no engine for that."""
    files = ("docker-compose.yml", "docker-compose.airgap.yml")
    found = [set(Compose(REPO, files[:end], "x", ASKED).run("config", "--services").split()) for end in (1, 2)]
    assert {"opensearch-dashboards"} == found[0] - found[1]
    assert "opensearch" in found[1]


def test_everything_that_is_asked_for_can_be_run_without_docker(tmp_path: Path) -> None:
    """Nothing is left that has no program."""
    site = Site(REPO, Home(tmp_path), tmp_path, Ports(1, 2, 3, 4, 5))
    assert "opensearch" in embed(services_of(EMBEDDED, REPO, ASKED), site, os.environ)


def test_commands_are_told_where_dashboards_are(tmp_path: Path) -> None:
    """Where they are run; one that the user names himself stays otherwise."""
    feed, own = Feed("tape", "none", "/tape"), {"OPENSEARCH_DASHBOARDS_URL": "https://elsewhere"}
    with_them = Site(REPO, Home(tmp_path), tmp_path, Ports(1, 2, 3, 4, 5, 6))
    without = Site(REPO, Home(tmp_path), tmp_path, Ports(1, 2, 3, 4, 5))
    assert ["http://127.0.0.1:6", "https://elsewhere"] == [
        stack_variables(site, own, feed)["OPENSEARCH_DASHBOARDS_URL"] for site in (with_them, without)
    ]
    assert ["6", None] == [
        container_variables(site, own, feed).get("TICKERTAPE_SEARCH_DASHBOARDS_PORT") for site in (with_them, without)
    ]


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
