"""What `up` decides about Docker, without one: the runtime, the keys as files, and what a build is given."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tickertape.stack.compose_file import read_compose_file
from tickertape.stack.container_start import container_variables, project_name
from tickertape.stack.containers import containers_of
from tickertape.stack.embedded import Ports, Site, stack_variables
from tickertape.stack.images import source_digest
from tickertape.stack.paths import Home
from tickertape.stack.programme import Feed
from tickertape.stack.runtimes import AIRGAP, COMPOSE, EMBEDDED, choose, needs_of
from tickertape.stack.secret_files import NoUsers, write_secrets

REPO = Path(__file__).parents[2]
ENGINE = 'case "$1" in version) echo 27.0;; compose) echo 5.6;; '


def docker_that(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named docker, and nothing else of Docker's, on the PATH."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("script", "runtime", "why"),
    [
        ("echo Cannot connect to the Docker daemon >&2; exit 1", EMBEDDED, "Cannot connect to the Docker daemon"),
        (f"{ENGINE} image) echo id;; esac", COMPOSE, "redis:7.4, mongo:7.0 are here"),
        (f"{ENGINE} image) exit 1;; manifest) echo ok;; esac", COMPOSE, "redis:7.4 can be pulled"),
        (
            f"{ENGINE} manifest) exit 1;; image) case $* in *tickertape-base*) ;; *) exit 1;; esac;; esac",
            AIRGAP,
            "tickertape-base:bookworm is here",
        ),
    ],
)
def test_the_first_runtime_that_can_work_is_taken_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, runtime: str, why: str
) -> None:
    """Compose where its images are or can be had, airgap where they can be built, embedded otherwise."""
    docker_that(tmp_path, monkeypatch, script)
    choice = choose(REPO, {})
    assert runtime == choice.runtime
    assert why in choice.why


def test_without_a_program_docker_it_is_the_embedded_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of Docker's counts as missing then."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert EMBEDDED == choose(REPO, {}).runtime
    assert "Docker engine" not in needs_of(EMBEDDED)
    assert [] == containers_of("tickertape-demo")


def test_each_service_gets_its_own_keys_as_files(tmp_path: Path) -> None:
    """From the environment or from the user's own folder; nobody else on this machine can come to them."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "TICKERTAPE_FINNHUB_KEY").write_text("fin\n")
    given = {"TICKERTAPE_SECRETS_DIR": str(own), "TICKERTAPE_ALPACA_SECRET": "alp"}
    folder = tmp_path / "secrets"
    write_secrets(folder, {"TICKERTAPE_X_BEARER_TOKEN": "of an earlier start"})
    write_secrets(folder, given)
    assert {
        "localstack/tickertape_alpaca_secret": "alp",
        "stocks/tickertape_alpaca_secret": "alp",
        "stocks/tickertape_finnhub_key": "fin",
    } == {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_containers_are_told_where_things_are_and_no_key(tmp_path: Path) -> None:
    """The user's own endpoints stay out, his list of symbols gets its full path, and keys are not variables."""
    site = Site(REPO, Home(tmp_path), tmp_path / "data", Ports(1, 2, 3, 4))
    given = {
        "AWS_ENDPOINT_URL": "http://elsewhere",
        "TICKERTAPE_FINNHUB_KEY": "not-to-be-seen",
        "TICKERTAPE_SYMBOLS_FILE": "fixtures/symbols/sp500.csv",
        "TICKERTAPE_LANGUAGES": "en",
    }
    found = container_variables(site, given, Feed("tape", "none", "/tape"))
    assert not {"AWS_ENDPOINT_URL", "TICKERTAPE_FINNHUB_KEY"} & found.keys()
    assert str(REPO / "fixtures/symbols/sp500.csv") == found["TICKERTAPE_SYMBOLS_FILE"]
    assert ("en", "/tape", "3") == tuple(
        found[name] for name in ("TICKERTAPE_LANGUAGES", "TICKERTAPE_TAPE", "TICKERTAPE_MONGO_PORT")
    )


def test_a_search_is_reached_by_its_name_inside_and_by_its_port_outside(tmp_path: Path) -> None:
    """Where it is run; another one that the user names may have its password in the address, and travels as a file."""
    feed = Feed("tape", "none", "/tape")
    with_search = Site(REPO, Home(tmp_path), tmp_path / "data", Ports(1, 2, 3, 4, 5))
    without = Site(REPO, Home(tmp_path), tmp_path / "data", Ports(1, 2, 3, 4))
    own = {"OPENSEARCH_URL": "https://elsewhere"}
    assert ["http://opensearch:9200", None] == [
        container_variables(site, own, feed).get("OPENSEARCH_URL") for site in (with_search, without)
    ]
    write_secrets(tmp_path / "secrets", own)
    for service in ("localstack", "dashboard"):
        assert "https://elsewhere" == (tmp_path / f"secrets/{service}/opensearch_url").read_text()
    assert ["http://127.0.0.1:5", "https://elsewhere"] == [
        stack_variables(site, own, feed)["OPENSEARCH_URL"] for site in (with_search, without)
    ]


def test_the_dashboard_s_users_travel_as_a_file_and_its_address_as_one_setting(tmp_path: Path) -> None:
    """What it listens on without Docker is what its port is published on with it; a missing file ends the start."""
    site = Site(REPO, Home(tmp_path), tmp_path / "data", Ports(1, 2, 3, 4))
    feed = Feed("tape", "none", "/tape")
    users = tmp_path / "own"
    users.write_text("ann:hash")
    given = {"TICKERTAPE_DASHBOARD_HOST": "192.168.1.7", "TICKERTAPE_DASHBOARD_USERS_FILE": str(users)}
    write_secrets(tmp_path / "secrets", given)
    assert "ann:hash" == (tmp_path / "secrets/dashboard/users").read_text()
    for variables in (container_variables(site, given, feed), stack_variables(site, given, feed)):
        services = read_compose_file(REPO / "docker-compose.yml", variables)
        told = services["dashboard"].environment
        assert "192.168.1.7" == told["TICKERTAPE_DASHBOARD_PUBLISHED"]
        assert told["TICKERTAPE_DASHBOARD_USERS_FILE"].endswith("/dashboard/users")
    with pytest.raises(NoUsers, match="nowhere cannot be read"):
        write_secrets(tmp_path / "secrets", {"TICKERTAPE_DASHBOARD_USERS_FILE": str(tmp_path / "nowhere")})


def test_each_dataset_and_home_has_a_project_of_its_own(tmp_path: Path) -> None:
    """So that volumes are never shared by mistake."""
    usual = project_name(REPO, Home((REPO / ".tickertape").resolve()), "Demo-1")
    other = project_name(REPO, Home(tmp_path), "Demo-1")
    assert "tickertape-demo-1" == usual
    assert other.startswith("tickertape-")
    assert other.endswith("-demo-1")
    assert usual != other


def test_a_build_is_given_what_images_hold_and_nothing_else() -> None:
    """State, keys, environments, tests and history stay outside."""
    lines = [line for line in (REPO / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert "*" == lines[0]
    assert {
        "tickertape",
        "services",
        "spark",
        "dashboard",
        "localstack-init",
        "fixtures/demo",
        "fixtures/symbols",
        "requirements",
    } == {line[1:] for line in lines if line.startswith("!")}


def test_images_are_of_the_sources_they_were_made_of(tmp_path: Path) -> None:
    """The digest changes with a file's content, and not with what running the code leaves behind."""
    (tmp_path / "Dockerfile").write_text("FROM base\n")
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark/session.py").write_text("one\n")
    before = source_digest(tmp_path)
    (tmp_path / "spark/__pycache__").mkdir()
    (tmp_path / "spark/__pycache__/session.pyc").write_text("x")
    assert before == source_digest(tmp_path)
    (tmp_path / "spark/session.py").write_text("two\n")
    assert before != source_digest(tmp_path)
