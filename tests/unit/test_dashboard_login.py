"""A dashboard that others can reach: who gets in, how often one may fail, and what its file of users may hold."""

from __future__ import annotations

from typing import Any, cast

import pytest
from flask import Flask
from typer.testing import CliRunner
from werkzeug.security import check_password_hash, generate_password_hash

from dashboard.app import create_app, listen_on
from dashboard.login.gate import COOKIE, OF_ADDRESS, OF_NAME, Login, own_path
from dashboard.login.throttle import WINDOW_S
from dashboard.security import check_address
from tests.e2e.dashboard_world import RESOURCES, full_world
from tickertape.cli.main import app as cli
from tickertape.domain.logins import BadUsers, read_users

SITE = "http://tape.example:8050"
HOST = "tape.example:8050"
# Cheap to check: the cost of a real hash is werkzeug's affair.
USERS = {name: generate_password_hash(f"{name}'s password", "pbkdf2:sha256:1") for name in ("ann", "ben", "cat", "dan")}


class Clock:
    """Seconds that a test moves on."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Any:
    """A browser that came under a name of ours."""
    world = full_world()
    app = create_app(
        lambda: RESOURCES,
        lambda: cast(Any, world.dynamodb),
        world.redis_client,
        login=Login(USERS, clock),
        wall=world.wall,
    )
    return app.server.test_client()


def log_in(client: Any, name: str = "ann", typed: str = "ann's password", origin: str = SITE, **more: str) -> Any:
    form = {"name": name, "password": typed, **more}
    return client.post("/login", data=form, base_url=SITE, headers={"Origin": origin})


def get(client: Any, path: str) -> Any:
    return client.get(path, base_url=SITE)


def test_nobody_gets_in_without_a_login_but_the_health_check_does(client: Any) -> None:
    """Pages lead to the form, which comes back to them; what a page asks is refused; no component's code is open."""
    answer = get(client, "/search?words=dip&lang=en")
    assert (303, "/login?next=%2Fsearch%3Fwords%3Ddip%26lang%3Den") == (answer.status_code, answer.location)
    assert 401 == get(client, "/_dash-layout").status_code
    assert 401 == client.post("/_dash-update-component", base_url=SITE, headers={"Origin": SITE}).status_code
    assert 303 == get(client, "/assets/tickertape.js").status_code
    assert [200, 200, 200] == [get(client, path).status_code for path in ("/healthz", "/login", "/assets/login.css")]


def test_who_logs_in_is_in_until_he_logs_out(client: Any) -> None:
    """With a cookie that no script reads and no other site sends along with what it posts."""
    answer = log_in(client, next="/search?words=dip")
    assert (303, "/search?words=dip") == (answer.status_code, answer.location)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert 200 == get(client, "/_dash-layout").status_code
    assert "Log out" in get(client, "/_dash-layout").text
    assert "<bdi>ann</bdi>" in get(client, "/logout").text
    assert 303 == client.post("/logout", base_url=SITE, headers={"Origin": SITE}).status_code
    assert 401 == get(client, "/_dash-layout").status_code


def test_over_https_the_cookie_stays_there(client: Any) -> None:
    """Also behind a proxy that ends TLS: the browser says by which scheme it came."""
    assert "Secure" in log_in(client, origin=f"https://{HOST}").headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "ben's password"), ("eve", "ann's password"), ("", ""), ("ann", "x" * 100_000)]
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(client: Any, name: str, password: str) -> None:
    """In the same words, with no cookie; what was typed stays text."""
    answer = log_in(client, name, password)
    assert (401, None) == (answer.status_code, answer.headers.get("Set-Cookie"))
    assert "That name and password do not fit." in answer.text
    assert "<script>" not in log_in(client, "<script>", next='"><script>').text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_another_site_neither_logs_in_nor_out(client: Any, origin: str) -> None:
    """What it posts is refused before anything is looked at."""
    assert 403 == log_in(client, origin=origin).status_code
    assert 403 == client.post("/logout", base_url=SITE, headers={"Origin": origin}).status_code


@pytest.mark.parametrize("forged", ["", "ann", "ImFubiI.aaaa.bbbb"])
def test_a_cookie_that_we_did_not_sign_is_none(client: Any, forged: str) -> None:
    """Nor does one of another start count, for each makes a key of its own."""
    client.set_cookie(COOKIE, forged, domain="tape.example")
    assert 401 == get(client, "/_dash-layout").status_code
    elsewhere = Flask("elsewhere")
    Login(USERS).register(elsewhere)
    other = elsewhere.test_client()
    token = log_in(other).headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    client.set_cookie(COOKIE, token, domain="tape.example")
    assert 401 == get(client, "/_dash-layout").status_code


def test_failures_are_throttled_and_forgotten(client: Any, clock: Clock) -> None:
    """After some with one name even the right password waits, and then counts again; another name does not wait."""
    assert [401] * OF_NAME == [log_in(client, "ann", "wrong").status_code for _ in range(OF_NAME)]
    answer = log_in(client)
    assert (429, str(int(WINDOW_S))) == (answer.status_code, answer.headers["Retry-After"])
    assert 303 == log_in(client, "ben", "ben's password").status_code
    clock.seconds = WINDOW_S + 1
    assert 303 == log_in(client).status_code


def test_guessing_names_is_throttled_too(client: Any) -> None:
    """From one address, whatever the names."""
    tried = [name for name in USERS for _ in range(OF_NAME)]
    assert [401] * OF_ADDRESS == [log_in(client, name, "wrong").status_code for name in tried]
    assert 429 == log_in(client, "eve").status_code


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", ""])
def test_a_login_leads_to_no_other_site(goal: str) -> None:
    """Only to a path of ours, else to the overview."""
    assert "/" == own_path(goal)


def test_the_form_loads_and_sends_nothing_elsewhere(client: Any) -> None:
    """It has a policy of its own, without any script."""
    headers = get(client, "/login").headers
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert ("DENY", "no-store") == (headers["X-Frame-Options"], headers["Cache-Control"])


def test_a_line_is_made_from_standard_input_and_read_again() -> None:
    """The hash fits the password, and only the hash is in the line."""
    done = CliRunner().invoke(cli, ["dashboard", "user", "ann"], input="correct horse\n")
    assert 0 == done.exit_code
    (hashed,) = read_users(f"# who\n\n{done.stdout}").values()
    assert check_password_hash(hashed, "correct horse") and "horse" not in done.stdout


@pytest.mark.parametrize(("name", "typed", "why"), [("an n", "correct horse", "a name of"), ("ann", "short", "10")])
def test_no_line_is_made_of_what_is_wrong(name: str, typed: str, why: str) -> None:
    """A name that would break the file, or a password that is guessed."""
    done = CliRunner().invoke(cli, ["dashboard", "user", name], input=f"{typed}\n")
    assert 2 == done.exit_code
    assert why in done.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nobody is in it"),
        ("# ann\n", "nobody is in it"),
        ("ann:secret", "line 1: no hash is behind ann"),
        (f"\nann:{USERS['ann']}\nann:{USERS['ben']}", "line 3: ann comes twice"),
        (f"a n:{USERS['ann']}", "line 1: a name of letters"),
    ],
)
def test_a_file_of_users_that_cannot_be_used_is_named(text: str, why: str) -> None:
    """By its line, without what is behind the name."""
    with pytest.raises(BadUsers, match=why) as refused:
        read_users(text)
    assert "secret" not in str(refused.value)


def test_with_users_another_address_is_served() -> None:
    """And this machine's own beside it, where its health is asked for."""
    check_address("192.168.1.7", "", has_login=True)
    assert "[fd00::1]:8050 127.0.0.1:8050" == listen_on("fd00::1", 8050)
