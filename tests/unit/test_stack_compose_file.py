"""Reading docker-compose.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from tickertape.settings import Settings
from tickertape.stack.compose_file import BadComposeFile, parse_duration, read_compose_file, start_order
from tickertape.stack.environment import user_environment
from tickertape.stack.interpolation import BadVariable, interpolate
from tickertape.stack.secret_files import ALL

REPO = Path(__file__).resolve().parents[2]
DASHBOARD = "${TICKERTAPE_DASHBOARD_PUBLISHED:-127.0.0.1}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${SET}", "value"),
        ("$SET/x", "value/x"),
        ("${UNSET}", ""),
        ("${UNSET:-default}", "default"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY-default}", ""),
        ("${UNSET-default}", "default"),
        ("${SET:-default}", "value"),
        ("${UNSET:-${SET}:1}", "value:1"),
        ("${UNSET:-http://host:80/}", "http://host:80/"),
        ("${SET:+there}", "there"),
        ("${EMPTY:+there}", ""),
        ("${EMPTY+there}", "there"),
        ("$$SET costs $$5", "$SET costs $5"),
        ("a${SET}b${SET}c", "avaluebvaluec"),
        ("${SET:?why}", "value"),
        ("${EMPTY?why}", ""),
    ],
)
def test_variables_are_put_in_as_compose_does(text: str, expected: str) -> None:
    assert expected == interpolate(text, {"SET": "value", "EMPTY": ""})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${UNSET:?set it, please}", "UNSET must be set: set it, please"),
        ("${EMPTY:?}", "EMPTY must be set"),
        ("${SET", "no closing brace"),
        ("${}", "does not begin with a name"),
        ("${SET!x}", "was expected after SET"),
        ("5 $", "a lone \\$"),
    ],
)
def test_a_malformed_or_missing_variable_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(BadVariable, match=why):
        interpolate(text, {"SET": "value", "EMPTY": ""})


@pytest.mark.parametrize(("text", "expected"), [("5s", 5), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("1.5s", 1.5)])
def test_durations(text: str, expected: float) -> None:
    assert expected == parse_duration(text)


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "1m30", "five"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration"):
        parse_duration(text)


def test_both_forms_of_each_key_and_anchors_with_merge_keys(tmp_path: Path) -> None:
    path = tmp_path / "docker-compose.yml"
    path.write_text("""
x-environment: &environment
  A: ${A:-one}
  B: 2
services:
  first:
    image: one:1
    command: ["run", "${A:-x y}"]
    environment: ["C=3", "D=a=b", "PASSED_ON", "NOT_SET"]
    healthcheck: {test: "exit 0", interval: 1m30s, timeout: 2s, retries: 5, start_period: 10s}
  second:
    build: .
    command: run --now 'two words'
    environment: {<<: *environment, B: three, PASSED_ON: }
    depends_on: [first]
    restart: no
  third:
    image: three
    depends_on:
      first: {condition: service_healthy}
      second: {condition: service_completed_successfully}
    healthcheck: {test: [CMD, check, it]}
    restart: on-failure:3
    stop_grace_period: 1m
    profiles: [extra]
  fourth:
    image: four
    healthcheck: {test: [NONE]}
""")
    services = read_compose_file(path, {"PASSED_ON": "yes"})
    first, second, third = services["first"], services["second"], services["third"]
    assert ("run", "x y") == first.command
    assert {"C": "3", "D": "a=b", "PASSED_ON": "yes"} == first.environment
    assert first.healthcheck is not None
    assert ("sh", "-c", "exit 0") == first.healthcheck.test
    assert 10 + 5 * (90 + 2) == first.healthcheck.limit_s
    assert ("run", "--now", "two words") == second.command
    assert {"A": "one", "B": "three", "PASSED_ON": "yes"} == second.environment
    assert {"first": "service_started"} == second.depends_on
    assert second.build
    assert "no" == second.restart
    assert {"first": "service_healthy", "second": "service_completed_successfully"} == third.depends_on
    assert third.healthcheck is not None
    assert ("check", "it") == third.healthcheck.test
    assert ("on-failure", 60.0, ("extra",)) == (third.restart, third.stop_grace_s, third.profiles)
    assert services["fourth"].healthcheck is None
    assert [["first", "fourth"], ["second"], ["third"]] == start_order(services)


@pytest.mark.parametrize(("asked", "started"), [("", False), ("search, more", True), ("*", True), ("search", False)])
def test_a_profile_that_is_asked_for_is_started(tmp_path: Path, asked: str, started: bool) -> None:
    """As Compose itself reads COMPOSE_PROFILES: one of a service's profiles is enough, and * is all of them."""
    path = tmp_path / "docker-compose.yml"
    path.write_text("services: {a: {image: a, profiles: [more, extra]}}")
    assert started == (() == read_compose_file(path, {"COMPOSE_PROFILES": asked})["a"].profiles)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("a: 5", "service a: a mapping was expected, int came"),
        ("a: {image: x, depends_on: [b]}", "service a, key depends_on: there is no 'b'"),
        ("a: {image: x, depends_on: {a: {condition: now}}}", "key depends_on.a.condition: one of"),
        ("a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}", "a, b wait for each other"),
        ("a: {image: x, healthcheck: {test: [RUN, it]}}", "service a, key healthcheck.test"),
        ("a: {image: x, healthcheck: {test: x, interval: 5}}", "service a, key healthcheck.interval: a duration"),
        ("a: {image: x, healthcheck: {test: x, retries: 0}}", "service a, key healthcheck.retries"),
        ("a: {image: x, environment: {B: true}}", "service a, key environment.B: a text was expected, bool came"),
        ("a: {image: x, environment: 5}", "service a, key environment: a mapping or a list"),
        ("a: {image: x, command: '\"open'}", "service a, key command: No closing quotation"),
        ("a: {image: '${IMAGE:?which one}'}", "service a, key image: IMAGE must be set: which one"),
        ("a: {image: x, restart: sometimes}", "service a, key restart: one of no, always"),
    ],
)
def test_an_error_names_the_service_and_the_key(tmp_path: Path, body: str, why: str) -> None:
    path = tmp_path / "docker-compose.yml"
    path.write_text(f"services:\n  {body}\n")
    with pytest.raises(BadComposeFile) as caught:
        read_compose_file(path, {})
    assert why in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "services: 5", "services: {}", "a: [", "version: 3"])
def test_a_file_that_describes_no_services_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "docker-compose.yml"
    path.write_text(text)
    with pytest.raises(BadComposeFile):
        read_compose_file(path, {})


def test_our_own_file_publishes_on_this_machine_only_and_orders_its_services() -> None:
    text = (REPO / "docker-compose.yml").read_text()
    published = [line.strip() for line in text.splitlines() if line.strip().startswith("ports:")]
    assert 6 == len(published)
    # Only the dashboard, which asks who comes, can be published elsewhere.
    assert all(line.startswith(('ports: ["127.0.0.1:', f'ports: ["{DASHBOARD}:')) for line in published)
    services = read_compose_file(REPO / "docker-compose.yml", {"COMPOSE_PROFILES": "batch"})
    assert "http://localstack:4566" == services["twitter"].environment["AWS_ENDPOINT_URL"]
    assert [
        ["localstack", "redis", "mongo"],
        ["manager", "eventlog", "backup", "spark", "dashboard"],
        ["twitter", "stocks"],
    ] == start_order({name: service for name, service in services.items() if not service.profiles})
    assert all(service.healthcheck for service in services.values())
    # The dashboard goes by what it is told here, since a process cannot see where its port is published.
    assert f"TICKERTAPE_DASHBOARD_PUBLISHED: {DASHBOARD}\n" in text
    assert "127.0.0.1" == services["dashboard"].environment["TICKERTAPE_DASHBOARD_PUBLISHED"]
    assert any(line.startswith(f'ports: ["{DASHBOARD}:${{TICKERTAPE_DASHBOARD_PORT') for line in published)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "batch"), ({"COMPOSE_PROFILES": "search"}, "batch,search"), ({"COMPOSE_PROFILES": "*"}, "*")],
)
def test_the_batch_is_a_profile_that_a_stack_always_runs(tmp_path: Path, given: dict[str, str], expected: str) -> None:
    """Whatever else is asked for, in the environment or in `.env`; the file by itself is the stream."""
    asked = user_environment(tmp_path, given)
    assert expected == asked["COMPOSE_PROFILES"]
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    assert asked == user_environment(tmp_path, {})
    file = REPO / "docker-compose.yml"
    assert [("batch",), ()] == [read_compose_file(file, each)["spark"].profiles for each in ({}, asked)]


def test_every_setting_of_the_services_reaches_one() -> None:
    """A setting that the file does not hand on would do nothing, however well it is documented."""
    services = read_compose_file(REPO / "docker-compose.yml", {})
    handed_on = {name for service in services.values() for name in service.environment}
    settings = {
        str(field.validation_alias or f"TICKERTAPE_{name.upper()}") for name, field in Settings.model_fields.items()
    }
    # Keys travel as files; the address of the stack's own search has none in it, and that of its Dashboards is a
    # command's business.
    assert (ALL - {"OPENSEARCH_URL"}) | {"OPENSEARCH_DASHBOARDS_URL"} == settings - handed_on
