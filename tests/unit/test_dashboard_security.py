"""Who may ask the dashboard, and what its answers allow."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from dashboard.app import create_app
from dashboard.security import NotForOthers, check_address, script_hash
from tests.e2e.dashboard_world import RESOURCES, full_world

UPDATE = "/_dash-update-component"
HOST = "127.0.0.1:8050"
# What looking a tweet up asks when no id was typed.
ASKED = {
    "output": "trace-found.children",
    "outputs": {"id": "trace-found", "property": "children"},
    "inputs": [
        {"id": "trace-ask", "property": "n_clicks", "value": 1},
        {"id": "trace-id", "property": "n_submit", "value": None},
    ],
    "state": [{"id": "trace-id", "property": "value", "value": ""}],
    "changedPropIds": ["trace-ask.n_clicks"],
}
EVERYWHERE = "0.0.0.0"  # noqa: S104  # what must not be served on


@pytest.fixture(scope="module")
def client() -> Any:
    """A client of the dashboard's server."""
    world = full_world()
    app = create_app(lambda: RESOURCES, lambda: cast(Any, world.dynamodb), world.redis_client, wall=world.wall)
    return app.server.test_client()


def post(client: Any, **headers: str) -> int:
    return int(client.post(UPDATE, json=ASKED, headers={"Host": HOST, **headers}).status_code)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:9999",
        "http://127.0.0.1",
        "http://127.0.0.1:8050.evil.example",
        "http://[",
        "null",
        "",
    ],
)
def test_another_page_may_not_post(client: Any, origin: str) -> None:
    """A page from elsewhere, or nobody's, turns no knob."""
    assert 403 == post(client, Origin=origin)


def test_what_names_no_origin_may_not_post(client: Any) -> None:
    """Every browser names one; a program has the command line."""
    answer = client.post(UPDATE, json=ASKED, headers={"Host": HOST})
    assert 403 == answer.status_code
    assert "tickertape" in answer.text


@pytest.mark.parametrize("host", [HOST, "localhost:8050", "[::1]:8050", "127.0.0.2:8050"])
def test_our_own_page_may_post(client: Any, host: str) -> None:
    """Under every name that a server for this machine may listen on, what the page asks is answered."""
    assert 200 == post(client, Host=host, Origin=f"http://{host}")


@pytest.mark.parametrize("host", ["evil.example:8050", "127.0.0.1.evil.example", "192.168.1.7:8050", "[::1", ""])
@pytest.mark.parametrize("path", ["/", "/healthz", "/_dash-layout"])
def test_another_name_is_not_answered(client: Any, host: str, path: str) -> None:
    """Nobody reads this page by giving a name of his own our address."""
    assert 421 == client.get(path, headers={"Host": host}).status_code


def test_every_answer_has_strict_headers(client: Any) -> None:
    """Also an error and a file: nothing may frame the page, and no script runs but ours."""
    for path in ("/", "/assets/style.css", "/nowhere.js"):
        headers = client.get(path, headers={"Host": HOST}).headers
        assert ("nosniff", "DENY") == (headers["X-Content-Type-Options"], headers["X-Frame-Options"])
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_each_inline_script_of_the_page_is_known_by_its_hash(client: Any) -> None:
    """The policy lists exactly the scripts of the document: no `unsafe-inline`, no `unsafe-eval`, no other host."""
    answer = client.get("/", headers={"Host": HOST})
    inline = re.findall(
        r'<script(?: id="_dash-renderer" type="application/javascript")?>(.*?)</script>', answer.text, re.S
    )
    (scripts,) = [
        part for part in answer.headers["Content-Security-Policy"].split("; ") if part.startswith("script-src")
    ]
    assert {"script-src", "'self'", *map(script_hash, inline)} == set(scripts.split())
    assert 2 == len(inline)


@pytest.mark.parametrize(
    ("host", "published"),
    [("127.0.0.1", ""), ("::1", ""), ("localhost", ""), ("127.0.0.2", ""), (EVERYWHERE, "127.0.0.1")],
)
def test_a_server_for_this_machine_only_starts(host: str, published: str) -> None:
    """On a loopback address, or in a container whose port is published on one."""
    check_address(host, published)


@pytest.mark.parametrize(
    ("host", "published", "where"),
    [
        (EVERYWHERE, "", "listen on 0.0.0.0"),
        ("192.168.1.7", "", "listen on 192.168.1.7"),
        ("::", "", "listen on ::"),
        ("dashboard.example", "", "listen on dashboard.example"),
        ("", "", "listen on "),
        (EVERYWHERE, EVERYWHERE, "published on 0.0.0.0"),
    ],
)
def test_a_server_that_others_could_reach_does_not_start(host: str, published: str, where: str) -> None:
    """Without a login; the message says what to set and how to reach it from elsewhere."""
    with pytest.raises(NotForOthers, match=where) as refused:
        check_address(host, published)
    assert "TICKERTAPE_DASHBOARD_HOST=127.0.0.1" in str(refused.value)
    assert "TICKERTAPE_DASHBOARD_USERS_FILE" in str(refused.value)
    assert "ssh -L" in str(refused.value)
