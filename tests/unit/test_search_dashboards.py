"""The import into OpenSearch Dashboards: what is sent, and what is made of its answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes.records import enriched, raw
from tests.fakes.search import MemorySearch
from tests.fakes.servers.dashboards import TYPES, ImportingDashboards
from tests.ports import free_ports
from tickertape.cli import context, search
from tickertape.cli.main import app
from tickertape.domain.search import read_document
from tickertape.search.dashboards import DashboardsFailed, OpenSearchDashboards
from tickertape.search.saved_objects import DASHBOARD, saved_objects
from tickertape.settings import load
from tickertape.stack.programme import Feed, Programme, Replay
from tickertape.stack.search_dashboards import bring_dashboard
from tickertape.stack.tape_facts import TapeFacts
from tickertape.usecases.classify import Window

OBJECTS = saved_objects("now-24h", "now")
KEY = ("dashboard", DASHBOARD)
LONG_AGO = datetime(2014, 6, 9, 13, 30, tzinfo=UTC)


class Said:
    """The Report protocol."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def show(self, text: str) -> None:
        pass


def test_all_objects_are_taken_in_one_import() -> None:
    """With what they refer to, and with the login of the address, which its page's address is without."""
    with ImportingDashboards() as server:
        dashboards = OpenSearchDashboards(server.url.replace("//", "//ann:p%40ss@"))
        assert len(OBJECTS) == dashboards.bring(OBJECTS, overwrite=True)
    assert {(each["type"], each["id"]): each for each in OBJECTS} == server.objects
    assert "Basic YW5uOnBAc3M=" == server.headers[0]["authorization"]
    assert f"{server.url}/app/dashboards#/view/{DASHBOARD}" == dashboards.page_of(DASHBOARD)


def test_what_is_there_stays_unless_it_is_to_be_overwritten() -> None:
    """And what somebody removed stays away: nothing is written where one is there, whatever the answer counts."""
    with ImportingDashboards() as server:
        dashboards = OpenSearchDashboards(server.url)
        dashboards.bring(OBJECTS, overwrite=False)
        server.objects[KEY] = {"changed": True}
        del server.objects["search", "tickertape-list"]
        assert 0 == dashboards.bring(OBJECTS, overwrite=False)
        assert ({"changed": True}, len(OBJECTS) - 1) == (server.objects[KEY], len(server.objects))
        assert len(OBJECTS) == dashboards.bring(OBJECTS, overwrite=True)
        assert OBJECTS[-1] == server.objects[KEY]


def test_each_object_that_is_refused_is_named_with_its_reason() -> None:
    """As far as it is known: by its title."""
    without_pattern = [each for each in OBJECTS if each["type"] != "index-pattern"]
    with ImportingDashboards() as server, pytest.raises(DashboardsFailed) as caught:
        OpenSearchDashboards(server.url).bring(without_pattern, overwrite=True)
    assert f"7 of {len(without_pattern)} objects are refused" in str(caught.value)
    why = "it refers to what is not there: index-pattern tickertape-index-pattern"
    assert f"visualization Map of sentiment: {why}" in str(caught.value)
    assert {} == server.objects
    with ImportingDashboards(set(TYPES) - {"visualization"}) as server, pytest.raises(DashboardsFailed) as caught:
        OpenSearchDashboards(server.url).bring(OBJECTS, overwrite=True)
    reason = "objects of this type are not known there"
    assert f"6 of {len(OBJECTS)} objects are refused: visualization Tweets, authors and mood: {reason}" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, b"OpenSearch Dashboards server is not ready yet", "503 OpenSearch Dashboards server is not ready yet"),
        (302, b"", "is answered with 302"),
        (200, b"<html>", "is no OpenSearch Dashboards"),
        (200, b"[]", "is no OpenSearch Dashboards"),
        (200, b'{"success": false, "successCount": 0}', "it does not say why"),
        (
            200,
            json.dumps(
                {
                    "success": False,
                    "successCount": 0,
                    "errors": [
                        {"id": "x", "type": "map", "meta": {}, "error": {"type": "unknown", "message": "it is full"}}
                    ],
                }
            ).encode(),
            "map x: it is full",
        ),
    ],
)
def test_any_other_answer_is_said(status: int, body: bytes, said: str) -> None:
    """A server that is not ready, one that wants a login, another one's page."""
    with ImportingDashboards(answer=(status, body)) as server, pytest.raises(DashboardsFailed) as caught:
        OpenSearchDashboards(server.url).bring(OBJECTS, overwrite=True)
    assert said in str(caught.value)


def test_nobody_who_answers_is_said_without_the_password() -> None:
    """The address is told."""
    (port,) = free_ports(1)
    with pytest.raises(DashboardsFailed) as caught:
        OpenSearchDashboards(f"http://ann:secret@127.0.0.1:{port}").bring(OBJECTS, overwrite=True)
    assert f"http://127.0.0.1:{port} does not answer" in str(caught.value)


def test_after_a_start_it_opens_at_the_times_of_the_tape(tmp_path: Path) -> None:
    """Live, at the last day; a later start leaves what is there."""
    facts = TapeFacts(tmp_path, 1, 0, LONG_AGO, LONG_AGO.replace(hour=20, minute=0), None)
    tape = Programme(
        Feed("tape", "tape"), "tape", Replay(facts, Window(), is_demo=False, speed=None, asked_speed=False)
    )
    live = Programme(Feed("jetstream", "yahoo"), "live", None)
    said = Said()
    for programme, times in ((tape, ("2014-06-09T13:30:00Z", "2014-06-09T20:00:00Z")), (live, ("now-24h", "now"))):
        with ImportingDashboards() as server:
            bring_dashboard(server.url, programme, said)
            bring_dashboard(server.url, live, said)
        attributes = server.objects[KEY]["attributes"]
        assert times == (attributes["timeFrom"], attributes["timeTo"])
        assert f"OpenSearch Dashboards: {server.url}/app/dashboards#/view/{DASHBOARD}" == said.lines[-1]


def test_a_dashboard_that_cannot_be_brought_ends_no_start() -> None:
    """It is said what to do then."""
    said = Said()
    with ImportingDashboards(answer=(503, b"not ready")) as server:
        bring_dashboard(server.url, Programme(Feed("none", "none"), "live", None), said)
    assert "503 not ready; `tickertape search dashboards` brings it" in said.lines[0]


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> MemorySearch:
    """A search of one old tweet in the place of the stack's."""
    found = MemorySearch()
    found.put([read_document(raw(enriched(created_at="2014-06-09T13:30:00Z"))) or {}])
    monkeypatch.setattr(search, "_index", lambda settings: found)
    monkeypatch.setattr(context, "attach", load)
    return found


def test_the_command_brings_the_dashboard_as_it_was_made(index: MemorySearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open at the times of the tweets that are indexed, and it says where to look; exit code 1 where nobody answers."""
    with ImportingDashboards() as server:
        monkeypatch.setenv("OPENSEARCH_DASHBOARDS_URL", server.url)
        server.objects[KEY] = {"changed": True}
        answer = CliRunner().invoke(app, ["search", "dashboards"])
        page = f"{server.url}/app/dashboards#/view/{DASHBOARD}"
        assert f"{len(OBJECTS)} objects are in OpenSearch Dashboards: {page}\n" == answer.stdout
    assert "2014-06-09T13:30:00Z" == server.objects[KEY]["attributes"]["timeFrom"]
    away = CliRunner().invoke(app, ["search", "dashboards"])
    assert (1, 1) == (away.exit_code, away.stderr.count("\n"))
    assert f"the dashboard is not brought: {server.url} does not answer" in away.stderr


def test_the_command_writes_a_file_for_the_import_by_hand(index: MemorySearch, tmp_path: Path) -> None:
    """Where none runs; its name has the ending that the import asks for, and one that cannot be written is named."""
    file = tmp_path / "tweets.ndjson"
    answer = CliRunner().invoke(app, ["search", "dashboards", "--file", str(file)])
    assert (0, f"{len(OBJECTS)} objects are in {file}\n") == (answer.exit_code, answer.stdout)
    assert [each["id"] for each in OBJECTS] == [json.loads(line)["id"] for line in file.read_bytes().splitlines()]
    wrong = CliRunner().invoke(app, ["search", "dashboards", "--file", str(tmp_path / "tweets.json")])
    assert (2, True) == (wrong.exit_code, "ends in .ndjson" in wrong.stderr)
    nowhere = CliRunner().invoke(app, ["search", "dashboards", "--file", str(tmp_path / "no/tweets.ndjson")])
    assert (1, True) == (nowhere.exit_code, "cannot be written: No such file" in nowhere.stderr)


def test_the_command_says_where_none_runs(index: MemorySearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do; a search that is away is said too."""
    answer = CliRunner().invoke(app, ["search", "dashboards"])
    assert (1, 1) == (answer.exit_code, answer.stderr.count("\n"))
    assert "OPENSEARCH_DASHBOARDS_URL" in answer.stderr
    index.away = True
    monkeypatch.setenv("OPENSEARCH_DASHBOARDS_URL", "http://127.0.0.1:1")
    assert "the search does not answer: away" in CliRunner().invoke(app, ["search", "dashboards"]).stderr
